"""Reads OTLP in JSON: ids are hex digits, 64-bit integers may be texts, enums are numbers or names.

Fields that are unknown, or null, are as good as absent. A value of the wrong type costs its span;
above the spans it costs the request.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from braintrust_otel._mapping.convert import resource_text
from braintrust_otel._mapping.view import EventView, LinkView
from braintrust_otel.server.otlp.json_values import (
    JsonObject,
    attributes,
    count,
    enum_number,
    hex_digits,
    members,
    nanoseconds,
    objects,
    text,
)
from braintrust_otel.server.otlp.received import (
    MAX_NODES,
    BadSpanError,
    MalformedError,
    Origin,
    Received,
    SpanParts,
    span_view,
    too_many_nodes,
)
from braintrust_otel.server.routes.calls import Refusal, json_object

__all__ = ["read_json"]

_KINDS = {
    "SPAN_KIND_UNSPECIFIED": 0,
    "SPAN_KIND_INTERNAL": 1,
    "SPAN_KIND_SERVER": 2,
    "SPAN_KIND_CLIENT": 3,
    "SPAN_KIND_PRODUCER": 4,
    "SPAN_KIND_CONSUMER": 5,
}
_CODES = {"STATUS_CODE_UNSET": 0, "STATUS_CODE_OK": 1, "STATUS_CODE_ERROR": 2}


def read_json(body: bytes) -> Received:
    """Return what an ``ExportTraceServiceRequest`` in JSON holds.

    Raises:
        MalformedError: *body* is none.
        TooManyError: It holds more than one request may.
    """
    if body.count(b"{") + body.count(b"[") > MAX_NODES:
        raise too_many_nodes()
    try:
        request = json_object(body)
    except Refusal as refusal:
        raise MalformedError(refusal.message) from refusal
    received = Received()
    try:
        for resource_spans in objects(request, "resourceSpans"):
            _add_resource(received, resource_spans)
    except BadSpanError as error:
        raise MalformedError(f"The body is no OTLP trace request in JSON: {error}.") from error
    return received


def _add_resource(received: Received, resource_spans: JsonObject) -> None:
    resource = attributes(members(resource_spans, "resource"))
    told = resource_text(resource, is_own=False)
    for scope_spans in objects(resource_spans, "scopeSpans"):
        scope = members(scope_spans, "scope")
        origin = Origin(resource, told, text(scope, "name"), text(scope, "version"))
        spans = scope_spans.get("spans")
        if not isinstance(spans, list | None):
            raise BadSpanError("`spans` is no array")
        for span in spans or ():
            _add_span(received, span, origin)


def _add_span(received: Received, span: object, origin: Origin) -> None:
    if not isinstance(span, dict):
        received.make_room(0)
        received.problems.append("the span is no object")
        return
    received.make_room(_length(span.get("events")) + _length(span.get("links")))
    try:
        received.views.append(span_view(_parts(span), origin))
    except BadSpanError as error:
        received.problems.append(str(error))


def _length(told: object) -> int:
    return len(told) if isinstance(told, list) else 0


def _parts(span: Mapping[str, Any]) -> SpanParts:
    status = members(span, "status")
    return SpanParts(
        name=text(span, "name"),
        trace_id=hex_digits(span, "traceId"),
        span_id=hex_digits(span, "spanId"),
        parent_span_id=hex_digits(span, "parentSpanId"),
        times_ns=(nanoseconds(span, "startTimeUnixNano"), nanoseconds(span, "endTimeUnixNano")),
        kind=enum_number(span, "kind", _KINDS),
        attributes=attributes(span),
        events=[
            EventView(text(event, "name"), nanoseconds(event, "timeUnixNano"), attributes(event))
            for event in objects(span, "events")
        ],
        links=[
            LinkView(hex_digits(link, "traceId"), hex_digits(link, "spanId"), attributes(link))
            for link in objects(span, "links")
        ],
        status=(enum_number(status, "code", _CODES), text(status, "message")),
        dropped=(
            count(span, "droppedAttributesCount"),
            count(span, "droppedEventsCount"),
            count(span, "droppedLinksCount"),
        ),
        trace_state=text(span, "traceState"),
    )
