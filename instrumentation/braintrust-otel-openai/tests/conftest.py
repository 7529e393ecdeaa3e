"""What the tests with a real client share: a loopback provider, spans, and each way to trace."""

from __future__ import annotations

import pytest

from braintrust_otel_openai.clients import wrap_client
from braintrust_otel_openai.patches import class_patches
from support.client_library import (
    ClientLibrary,
    async_bare,
    async_client,
    bare,
    client,
    either,
    provider,
    table,
    trace,
    tracer,
)
from support.openai_calls import client_of

__all__ = [
    "async_bare",
    "async_client",
    "bare",
    "client",
    "either",
    "library",
    "provider",
    "table",
    "trace",
    "tracer",
]


@pytest.fixture
def library() -> ClientLibrary:
    """Provide the library."""
    return ClientLibrary("openai", client_of, wrap_client, class_patches)
