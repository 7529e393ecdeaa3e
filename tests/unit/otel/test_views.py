"""Spans are seen with all that a row may need of them."""

from __future__ import annotations

from typing import Any

import pytest
from opentelemetry.sdk.trace import ReadableSpan, SpanLimits, TracerProvider
from opentelemetry.trace import (
    Link,
    NonRecordingSpan,
    SpanContext,
    TraceFlags,
    TraceState,
    set_span_in_context,
)

from braintrust_otel._model.containers import project_logs
from braintrust_otel._model.records import SpanRecord
from braintrust_otel._otel.provider import LeanTracerProvider
from braintrust_otel._otel.views import ResourceTexts, view_of

PARENT = SpanContext(1, 2, True, TraceFlags(TraceFlags.SAMPLED), TraceState([("vendor", "1")]))


def ended(provider: Any) -> ReadableSpan:
    """Return a span that was told more than the limits of its provider let it keep."""
    span = provider.get_tracer("some.library").start_span(
        "outer",
        context=set_span_in_context(NonRecordingSpan(PARENT)),
        links=[Link(PARENT), Link(PARENT), Link(PARENT)],
    )
    span.set_attributes({"a": 1, "b": 2})
    span.add_event("first")
    span.add_event("second")
    span.add_event("third")
    span.end()
    assert isinstance(span, ReadableSpan)
    return span


@pytest.mark.parametrize("kind", [TracerProvider, LeanTracerProvider])
def test_what_limits_dropped_is_counted(kind: Any) -> None:
    """The view knows how many attributes, events and links are gone, and the trace state."""
    limits = SpanLimits(max_span_attributes=1, max_events=2, max_links=1)

    view = view_of(ended(kind(span_limits=limits)), None, ResourceTexts())

    assert view.dropped == (1, 1, 2)
    assert view.trace_state == "vendor=1"


def test_span_of_our_api_counts_what_was_dropped() -> None:
    """A plain span of our API is seen in a short way, but not past what it lost."""
    provider = LeanTracerProvider(span_limits=SpanLimits(max_span_attributes=1))
    span: Any = provider.get_tracer("some.library").start_span("outer")
    span.set_attributes({"a": 1, "b": 2})
    span.end()

    view = view_of(span, SpanRecord(project_logs("demo"), 7), ResourceTexts())

    assert view.dropped == (1, 0, 0)
