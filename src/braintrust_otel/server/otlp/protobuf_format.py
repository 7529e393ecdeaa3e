"""Reads and writes OTLP in protobuf; the one module that needs ``opentelemetry-proto``."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from google.protobuf.message import DecodeError
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)

from braintrust_otel._mapping.convert import resource_text
from braintrust_otel._mapping.view import EventView, LinkView
from braintrust_otel.server.otlp.protobuf_size import check_size
from braintrust_otel.server.otlp.received import (
    BadSpanError,
    MalformedError,
    Origin,
    Received,
    SpanParts,
    span_view,
)

__all__ = ["partial_success", "read_protobuf"]


def read_protobuf(body: bytes) -> Received:
    """Return what an ``ExportTraceServiceRequest`` in protobuf holds.

    Raises:
        MalformedError: *body* is none.
        TooManyError: It holds more than one request may.
    """
    check_size(body)
    try:
        request: Any = ExportTraceServiceRequest.FromString(body)
    except DecodeError as error:
        raise MalformedError(
            f"The body is no OTLP trace request in protobuf, or is nested too deeply: {error}."
        ) from error
    received = Received()
    for resource_spans in request.resource_spans:
        resource = _attributes(resource_spans.resource.attributes)
        text = resource_text(resource, is_own=False)
        for scope_spans in resource_spans.scope_spans:
            scope = scope_spans.scope
            _add(received, scope_spans.spans, Origin(resource, text, scope.name, scope.version))
    return received


def partial_success(rejected: int, message: str) -> bytes:
    """Return the answer that tells how many spans were rejected, and why."""
    answer: Any = ExportTraceServiceResponse()
    answer.partial_success.rejected_spans = rejected
    answer.partial_success.error_message = message
    data: bytes = answer.SerializeToString()
    return data


def _add(received: Received, spans: Iterable[Any], origin: Origin) -> None:
    for span in spans:
        received.make_room(len(span.events) + len(span.links))
        try:
            received.views.append(span_view(_parts(span), origin))
        except BadSpanError as error:
            received.problems.append(str(error))


def _parts(span: Any) -> SpanParts:
    return SpanParts(
        name=span.name,
        trace_id=span.trace_id.hex(),
        span_id=span.span_id.hex(),
        parent_span_id=span.parent_span_id.hex(),
        times_ns=(span.start_time_unix_nano, span.end_time_unix_nano),
        kind=span.kind,
        attributes=_attributes(span.attributes),
        events=[
            EventView(event.name, event.time_unix_nano, _attributes(event.attributes))
            for event in span.events
        ],
        links=[
            LinkView(link.trace_id.hex(), link.span_id.hex(), _attributes(link.attributes))
            for link in span.links
        ],
        status=(span.status.code, span.status.message),
        dropped=(
            span.dropped_attributes_count,
            span.dropped_events_count,
            span.dropped_links_count,
        ),
        trace_state=span.trace_state,
    )


def _attributes(pairs: Iterable[Any]) -> dict[str, object]:
    return {pair.key: _value(pair.value) for pair in pairs}


def _value(value: Any) -> object:
    """Return the value as the OTel SDK holds it; nesting is bounded by the protobuf reader."""
    kind = value.WhichOneof("value")
    if kind is None:
        return None
    plain = getattr(value, kind)
    if kind == "array_value":
        return tuple(map(_value, plain.values))
    return _attributes(plain.values) if kind == "kvlist_value" else plain
