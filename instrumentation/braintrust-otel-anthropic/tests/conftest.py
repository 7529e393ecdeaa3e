"""What the tests with a real client share: a loopback provider, spans, and each way to trace."""

from __future__ import annotations

import pytest

from braintrust_otel_anthropic.clients import wrap_client
from braintrust_otel_anthropic.patches import class_patches
from support.anthropic_calls import client_of
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
    return ClientLibrary("anthropic", client_of, wrap_client, class_patches)
