"""Turns OpenTelemetry spans into the neutral views that dialects read. Runs in the worker."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from opentelemetry.trace import StatusCode

from braintrust_otel._mapping.view import EventView, LinkView, SpanView
from braintrust_otel._model.ids import format_span_id, format_trace_id

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import ReadableSpan

    from braintrust_otel._model.records import SpanRecord

__all__ = ["view_of"]


def view_of(span: ReadableSpan, record: SpanRecord | None = None) -> SpanView:
    """Return the view of *span*; *record* is what our own API keeps with it."""
    context, parent, status, scope = (
        span.get_span_context(),
        span.parent,
        span.status,
        span.instrumentation_scope,
    )
    return SpanView(
        name=span.name,
        trace_id=format_trace_id(context.trace_id if context else 0),
        span_id=format_span_id(context.span_id if context else 0),
        parent_span_id=format_span_id(parent.span_id) if parent and parent.is_valid else None,
        start_ns=span.start_time,
        end_ns=span.end_time,
        attributes=_mapping(span.attributes),
        events=[
            EventView(event.name, event.timestamp, _mapping(event.attributes))
            for event in span.events
        ],
        links=[
            LinkView(
                format_trace_id(link.context.trace_id),
                format_span_id(link.context.span_id),
                _mapping(link.attributes),
            )
            for link in span.links
        ],
        is_error=status.status_code is StatusCode.ERROR,
        status_description=status.description,
        kind=span.kind.name.lower(),
        scope_name=scope.name if scope else "",
        scope_version=(scope.version or "") if scope else "",
        resource=_mapping(span.resource.attributes),
        record=record,
    )


def _mapping(attributes: Any) -> Mapping[str, object]:
    return attributes or {}
