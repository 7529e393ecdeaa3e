"""What the tests with the real library share: a loopback provider, spans, each way to trace."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import pytest

from support.client_library import provider, tracer
from support.spans import FakeTracer

if TYPE_CHECKING:
    from braintrust_otel.instrument import PatchTable

__all__ = ["library", "no_collection", "provider", "table", "tracer"]

# The library does not go with the newest clients of OpenAI, so `make apart` runs these tests.
if find_spec("litellm") is None:
    collect_ignore_glob = ["test_*.py"]


def pytest_configure(config: pytest.Config) -> None:
    """Let LiteLLM leave its connections and event loops open when the tests are over."""
    if find_spec("litellm") is not None:
        unclosed = "ignore::pytest.PytestUnraisableExceptionWarning"
        config.addinivalue_line("filterwarnings", unclosed)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let LiteLLM and what it uses warn of their own affairs."""
    for item in items:
        if "braintrust-otel-litellm" in str(item.path):
            item.add_marker(pytest.mark.filterwarnings("ignore"))


@pytest.fixture(autouse=True)
def no_collection() -> Iterator[None]:
    """Collect garbage between the tests."""
    from support.litellm_calls import collecting_afterwards

    with collecting_afterwards():
        yield


@pytest.fixture
def table(tracer: FakeTracer) -> Iterator[PatchTable]:
    """Provide the patches of the library, not applied."""
    from braintrust_otel.instrument import PatchTable
    from braintrust_otel_litellm.patches import library_patches

    patches = PatchTable(library_patches(tracer.calls()))
    yield patches
    patches.undo()


@pytest.fixture
def library(table: PatchTable) -> Any:
    """Provide the library, patched."""
    from support.litellm_calls import litellm

    assert table.apply() == []
    return litellm
