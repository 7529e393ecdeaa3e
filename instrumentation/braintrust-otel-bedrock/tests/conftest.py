"""What the tests with a real client share: a loopback provider, spans, and each way to trace."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from braintrust_otel.instrument import PatchTable
from braintrust_otel_bedrock.clients import wrap_client
from braintrust_otel_bedrock.patches import class_patches
from support.bedrock_calls import client_of
from support.client_library import ClientLibrary, provider, table, tracer
from support.provider import Provider
from support.spans import FakeTracer

__all__ = ["bare", "client", "library", "provider", "table", "trace", "tracer"]


@pytest.fixture
def library() -> ClientLibrary:
    """Provide the library."""
    return ClientLibrary("botocore", client_of, wrap_client, class_patches)


@pytest.fixture
def bare(provider: Provider) -> Iterator[Any]:
    """Provide a client that nobody traces."""
    made = client_of(provider.url)
    yield made
    made.close()


@pytest.fixture(params=["class", "client", "both"])
def trace(
    request: pytest.FixtureRequest, tracer: FakeTracer, table: PatchTable
) -> Callable[[Any], Any]:
    """Provide each way to have a client traced; nothing is patched before it is used."""

    def by_class(client: Any) -> Any:
        table.apply()
        return client

    def by_itself(client: Any) -> Any:
        return wrap_client(client, tracer.calls())

    ways: dict[str, Callable[[Any], Any]] = {
        "class": by_class,
        "client": by_itself,
        "both": lambda client: by_itself(by_class(client)),
    }
    return ways[request.param]


@pytest.fixture
def client(provider: Provider, trace: Callable[[Any], Any]) -> Iterator[Any]:
    """Provide a traced client."""
    made = client_of(provider.url)
    yield trace(made)
    made.close()
