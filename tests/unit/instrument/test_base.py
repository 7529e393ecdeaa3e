"""An instrumentor patches its library while it is on."""

from __future__ import annotations

import sys
import types
from collections.abc import Iterator, Sequence
from typing import Any, ClassVar

import pytest

from braintrust_otel.instrument import Instrumentor, Patch, library_version

MODULE = "some_other_library"


@pytest.fixture
def library() -> Iterator[Any]:
    """Provide a module with a function to patch."""
    module = types.ModuleType(MODULE)
    module.ask = lambda: "a"  # type: ignore[attr-defined]  # made for this test
    sys.modules[MODULE] = module
    yield module
    del sys.modules[MODULE]


def wrap(method: Any, instance: Any, args: Any, kwargs: Any) -> str:
    return f"<{method(*args, **kwargs)}>"


class AskInstrumentor(Instrumentor):
    """Patches a function that is there."""

    library: ClassVar[str] = "pytest"
    supported: ClassVar[str] = "pytest >= 1"

    def patches(self) -> Sequence[Patch]:
        return [Patch(MODULE, "ask", wrap)]


class GoneInstrumentor(AskInstrumentor):
    """Patches a function that is not there."""

    _instance = None  # one instance of each class

    def patches(self) -> Sequence[Patch]:
        return [Patch(MODULE, "gone", wrap)]


def test_instrumentor_patches_until_it_is_told_to_stop(library: Any) -> None:
    """Calls are wrapped between instrument and uninstrument, and again after the next one."""
    instrumentor = AskInstrumentor()
    seen = []

    instrumentor.instrument()
    seen.append(library.ask())
    instrumentor.uninstrument()
    seen.append(library.ask())
    instrumentor.instrument()
    seen.append(library.ask())
    instrumentor.uninstrument()

    assert seen == ["<a>", "a", "<a>"]


def test_missing_method_is_said(library: Any, caplog: pytest.LogCaptureFixture) -> None:
    """A method that the library should have and does not is one line in the log."""
    instrumentor = GoneInstrumentor()

    instrumentor.instrument()
    instrumentor.uninstrument()

    assert "some_other_library.gone are not traced" in caplog.text


def test_version_is_its_leading_numbers() -> None:
    """The version of an installed library is told in numbers."""
    version = library_version("pytest")

    assert version >= (8,)
    assert all(isinstance(number, int) for number in version)


def test_absent_library_has_no_version() -> None:
    """A library that is not installed has an empty version."""
    assert library_version("no-such-library-at-all") == ()
