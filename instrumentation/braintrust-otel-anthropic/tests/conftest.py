"""What the tests with a real client share: a loopback provider, spans, and each way to trace."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from braintrust_otel.instrument import PatchTable
from braintrust_otel_anthropic.clients import wrap_client
from braintrust_otel_anthropic.patches import class_patches
from support.anthropic_calls import client_of
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
def client(provider: Provider, tracer: FakeTracer) -> Iterator[Any]:
    """Provide a traced client."""
    with client_of(provider.url, asynchronous=False) as made:
        yield wrap_client(made, tracer.calls())


@pytest.fixture
async def async_client(provider: Provider, tracer: FakeTracer) -> AsyncIterator[Any]:
    """Provide a traced asynchronous client."""
    async with client_of(provider.url, asynchronous=True) as made:
        yield wrap_client(made, tracer.calls())
