"""A client with spans of its own gets the span of the captured call in their place."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.trace import SpanContext, TraceFlags, Tracer, get_current_span

from braintrust_otel.instrument import Call, QuietTracer
from support.spans import FakeTracer

IDENTITY = SpanContext(trace_id=1, span_id=2, is_remote=False, trace_flags=TraceFlags(1))


class Identified:
    """An OpenTelemetry span of which only the identity matters."""

    def get_span_context(self) -> SpanContext:
        return IDENTITY


class CallSpanWithIdentity:
    """The span of a call."""

    otel_span = Identified()

    def record(self, **fields: Any) -> None:
        return

    def record_error(self, error: BaseException) -> None:
        return

    def end(self, end_time: float | None = None) -> float:
        return 0.0


@pytest.fixture
def call() -> Call:
    return Call(CallSpanWithIdentity(), FakeTracer().calls())


@pytest.fixture
def tracer() -> Any:
    own = TracerProvider(shutdown_on_exit=False).get_tracer("client")
    return QuietTracer(own)


def current_in(tracer: Any) -> SpanContext:
    with tracer.start_as_current_span("x"):
        return get_current_span().get_span_context()


STARTS: list[Callable[[Any], SpanContext]] = [
    lambda tracer: tracer.start_span("x").get_span_context(),
    current_in,
]


@pytest.mark.parametrize("start", STARTS)
def test_captured_call_has_one_span(
    tracer: Any, call: Call, start: Callable[[Any], SpanContext]
) -> None:
    """Inside a call the client gets the identity of the call's span, to send along."""
    assert call.run(lambda: start(tracer)) == IDENTITY


def test_span_of_the_call_takes_no_record(tracer: Any, call: Call) -> None:
    """What the client says of its span goes nowhere, so that it does not have to say it."""
    span = call.run(lambda: tracer.start_span("x"))

    assert not span.is_recording()


@pytest.mark.parametrize("start", STARTS)
def test_other_spans_are_started_as_ever(tracer: Any, start: Callable[[Any], SpanContext]) -> None:
    """Outside of a call the client's own spans are made."""
    identity = start(tracer)

    assert identity.is_valid
    assert identity != IDENTITY


def test_tracer_passes_for_the_clients(tracer: Any) -> None:
    """The client finds the tracer that it expects."""
    assert isinstance(tracer, Tracer)
