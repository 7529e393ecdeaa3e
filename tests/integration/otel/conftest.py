"""What is logged in these tests is caught in memory, or by a backend on loopback."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from opentelemetry import trace
from opentelemetry.context import Context, attach, detach
from opentelemetry.sdk.trace import TracerProvider

from braintrust_otel._runtime import root
from braintrust_otel.testing import CapturedRows, capture_rows
from support.backend import Backend


@pytest.fixture(autouse=True)
def _no_context() -> Iterator[None]:
    """Start the test with nothing current."""
    token = attach(Context())
    yield
    detach(token)


@pytest.fixture
def rows() -> Iterator[CapturedRows]:
    """Catch what the test logs."""
    with capture_rows() as captured:
        yield captured


@pytest.fixture
def provider() -> TracerProvider:
    """Provide the SDK provider of a program that uses OpenTelemetry already."""
    return TracerProvider(shutdown_on_exit=False)


@pytest.fixture
def tracer(provider: TracerProvider) -> trace.Tracer:
    """Provide a tracer of another library."""
    return provider.get_tracer("other.library", "1.0")


@pytest.fixture
def backend() -> Iterator[Backend]:
    """Serve a backend that needs a key, and let this process have logged nothing yet."""
    with Backend() as running, root.set_aside():
        yield running
