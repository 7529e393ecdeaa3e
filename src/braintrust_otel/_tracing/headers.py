"""Hands a trace to another process and takes one over, in W3C trace headers."""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping
from typing import TYPE_CHECKING, Any

from braintrust_otel._model.ids import is_span_id, is_trace_id
from braintrust_otel._otel.headers import join_baggage, pick_headers, read_headers, write_headers
from braintrust_otel._runtime import root
from braintrust_otel._tracing.current import current_span

if TYPE_CHECKING:
    from braintrust_otel._tracing.base import Span
    from braintrust_otel._tracing.span import SpanImpl

__all__ = ["extract_trace_context", "inject_span", "inject_trace_context"]

_SAMPLED = 0x01


def inject_trace_context(
    carrier: MutableMapping[str, Any] | None = None, span: Span | None = None
) -> Any:
    """Put a span into the headers of a request, so that the receiver's spans go under it.

    Args:
        carrier: Headers, which are changed; None for new ones.
        span: The span; default the current one.

    Returns:
        *carrier*, or the new headers. ``traceparent`` and ``baggage``, which names the project, are
        added; without a span nothing is. It never raises.
    """
    return (span or current_span()).inject(carrier)


def extract_trace_context(headers: Mapping[str, Any]) -> dict[str, str] | None:
    """Return the trace headers among *headers*, to be given as ``parent=`` later or elsewhere.

    Args:
        headers: The headers of a request, their names in any case.

    Returns:
        ``traceparent`` and, if they are there, ``baggage`` and ``tracestate``; None when there is
        no ``traceparent`` or an invalid one. It never raises.
    """
    return None if read_headers(headers) is None else pick_headers(headers)


def inject_span(span: SpanImpl, carrier: MutableMapping[str, Any] | None) -> Any:
    """Put *span* into *carrier* and return that; whatever goes wrong, the request is not broken."""
    headers: MutableMapping[str, Any] = {} if carrier is None else carrier
    try:
        _inject(span, headers)
    except Exception as error:  # noqa: BLE001  # the carrier is somebody else's object
        root.notices.say_at_most(
            "inject",
            f"The trace could not be put into a carrier of type {type(carrier).__name__}, so what "
            f"receives it starts a trace of its own ({type(error).__name__}: {error}). Use a dict.",
        )
    return headers


def _inject(span: SpanImpl, headers: MutableMapping[str, Any]) -> None:
    trace_id, span_id = span.root_span_id, span.span_id
    if not (is_trace_id(trace_id) and is_span_id(span_id)):
        return  # ids of another format, which these headers have no room for
    record, identity = span.braintrust_record, span.otel_span.get_span_context()
    flags, inbound = identity.trace_flags & _SAMPLED, ""
    if record.relay is not None:
        flags, inbound = flags | record.relay.flags & ~_SAMPLED, record.relay.baggage
    container = (record.account or root.pipeline()).resolved(record.container)
    baggage = join_baggage([pick_headers(headers).get("baggage", ""), inbound], container)
    traceparent = f"00-{trace_id}-{span_id}-{flags:02x}"
    write_headers(headers, traceparent, baggage, identity.trace_state.to_header())
