"""What the tests with a real client share: a loopback provider, spans, and each way to trace."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from braintrust_otel_google_genai.clients import wrap_client
from braintrust_otel_google_genai.patches import class_patches
from support.client_library import ClientLibrary, provider, table, tracer
from support.google_calls import client_of, closing, closing_async
from support.provider import Provider
from support.spans import FakeTracer

__all__ = ["async_client", "bare_client", "client", "library", "provider", "table", "tracer"]


@pytest.fixture
def library() -> ClientLibrary:
    """Provide the library."""
    return ClientLibrary("google-genai", client_of, wrap_client, class_patches)


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
