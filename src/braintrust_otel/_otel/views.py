"""Turns OpenTelemetry spans into the neutral views that dialects read. Runs in the worker."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from opentelemetry.trace import SpanContext, StatusCode

from braintrust_otel._mapping.view import EventView, LinkView, SpanView
from braintrust_otel._model.ids import format_span_id, format_trace_id
from braintrust_otel._otel.converting import resource_text
from braintrust_otel._otel.lean import LeanSpan
from braintrust_otel._runtime import root

if TYPE_CHECKING:
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import ReadableSpan

    from braintrust_otel._json import Encoded
    from braintrust_otel._model.records import SpanRecord

__all__ = ["ResourceTexts", "resource_texts", "view_of"]


class ResourceTexts:
    """What resources become in rows, made once for all spans that share one.

    The last resource is remembered, as text for spans of our API and as text for others'; a
    process rarely has a second one. Several threads may ask at once.
    """

    def __init__(self) -> None:
        self._last: tuple[Resource | None, Encoded | None, Encoded | None] = (None, None, None)

    def get(self, resource: Resource, *, is_own: bool) -> Encoded | None:
        """Return the text of *resource*."""
        known, own, other = self._last
        if known is not resource:
            attributes = resource.attributes
            own = resource_text(attributes, is_own=True)
            other = resource_text(attributes, is_own=False)
            self._last = (resource, own, other)
        return own if is_own else other


def resource_texts() -> ResourceTexts:
    """Return what this process knows of its resources."""
    texts: ResourceTexts | None = root.resource_texts
    if texts is None:
        texts = root.resource_texts = ResourceTexts()
    return texts


def view_of(span: ReadableSpan, record: SpanRecord | None, texts: ResourceTexts) -> SpanView:
    """Return the view of *span*.

    Args:
        span: The span.
        record: What our own API keeps with it.
        texts: Knows what its resource becomes.
    """
    if type(span) is LeanSpan and record is not None:
        view = span.plain_view(record, texts.get(span.resource, is_own=True))
        if view is not None:
            return view
    context, parent, status = span.get_span_context() or _NO_CONTEXT, span.parent, span.status
    attributes, kind = span.attributes or _NOTHING, span.kind.name.lower()
    if record is not None:
        if record.shown is not None:
            attributes = {k: v for k, v in attributes.items() if k not in record.shown}
        if record.is_client:
            kind = _INTERNAL
    scope, resource, events, links = (
        span.instrumentation_scope,
        span.resource,
        span.events,
        span.links,
    )
    return SpanView(
        span.name,
        format_trace_id(context.trace_id),
        format_span_id(context.span_id),
        format_span_id(parent.span_id) if parent is not None and parent.is_valid else None,
        span.start_time,
        span.end_time,
        attributes,
        _events(events) if events else (),
        _links(links) if links else (),
        status.status_code is StatusCode.ERROR,
        status.description,
        kind,
        scope.name if scope else "",
        (scope.version or "") if scope else "",
        resource.attributes,
        record,
        texts.get(resource, is_own=record is not None),
        (span.dropped_attributes, span.dropped_events, span.dropped_links),
        context.trace_state.to_header() if context.trace_state else "",
    )


def _events(events: Sequence[Any]) -> Sequence[EventView]:
    return [
        EventView(event.name, event.timestamp, event.attributes or _NOTHING) for event in events
    ]


def _links(links: Sequence[Any]) -> Sequence[LinkView]:
    return [
        LinkView(
            format_trace_id(link.context.trace_id),
            format_span_id(link.context.span_id),
            link.attributes or _NOTHING,
        )
        for link in links
    ]


_NO_CONTEXT = SpanContext(0, 0, is_remote=False)
_NOTHING: Mapping[str, object] = {}
_INTERNAL = "internal"
