"""What the tests with a real client share: a loopback provider, spans, and each way to trace."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from braintrust_otel.instrument import PatchTable
from braintrust_otel_google_genai.clients import wrap_client
from braintrust_otel_google_genai.patches import class_patches
from support.google_calls import client_of, closing, closing_async
from support.provider import Provider, RunningProvider
from support.spans import FakeTracer


@pytest.fixture
def provider() -> Iterator[Provider]:
    """Provide a provider that answers what the test scripts."""
    with RunningProvider() as running:
        yield running


@pytest.fixture
def tracer() -> FakeTracer:
    """Provide what keeps the spans."""
    return FakeTracer()


@pytest.fixture
def table(tracer: FakeTracer) -> Iterator[PatchTable]:
    """Provide the patches of the library's classes, not applied."""
    patches = PatchTable(class_patches(tracer.calls()))
    yield patches
    patches.undo()


@pytest.fixture
def bare_client(provider: Provider) -> Iterator[Any]:
    """Provide a client that is not traced."""
    with closing(client_of(provider.url)) as made:
        yield made


@pytest.fixture
def client(bare_client: Any, tracer: FakeTracer) -> Any:
    """Provide a traced client."""
    return wrap_client(bare_client, tracer.calls())


@pytest.fixture
async def async_client(provider: Provider, tracer: FakeTracer) -> AsyncIterator[Any]:
    """Provide a traced client for asynchronous calls."""
    async with closing_async(client_of(provider.url)) as made:
        yield wrap_client(made, tracer.calls())
