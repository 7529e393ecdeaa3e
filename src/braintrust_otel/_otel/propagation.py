"""What Braintrust keeps in OpenTelemetry's context: the current span, logger and parent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from opentelemetry import baggage, trace
from opentelemetry.context import (
    _RUNTIME_CONTEXT,
    Context,
)
from opentelemetry.trace import (
    INVALID_SPAN,
    NonRecordingSpan,
    Span,
    SpanContext,
    TraceFlags,
    TraceState,
    set_span_in_context,
)

from braintrust_otel._model.attributes import PARENT
from braintrust_otel._model.containers import (
    Container,
    Parent,
    Relay,
    format_container,
    parse_container,
)
from braintrust_otel._otel.headers import container_in

__all__ = [
    "LOGGER_KEY",
    "OTEL_SPAN_KEY",
    "PARENT_KEY",
    "RELAY_KEY",
    "SPAN_KEY",
    "attach",
    "attach_value",
    "container_of",
    "context_for_parent",
    "detach_quietly",
    "get_current",
    "logger_container",
    "remote_span_context",
    "with_current",
    "with_relay",
    "with_values",
]

OTEL_SPAN_KEY: Final[str] = next(iter(set_span_in_context(INVALID_SPAN, Context())))
"""Where OpenTelemetry itself keeps the current span."""

SPAN_KEY: Final = "braintrust-span"
"""Holds our wrapper of the current span."""

LOGGER_KEY: Final = "braintrust-logger"
"""Holds the current logger."""

PARENT_KEY: Final = "braintrust-parent"
"""Holds the ``Parent`` under which new spans go."""

RELAY_KEY: Final = "braintrust-relay"
"""Holds what came with the trace and is handed on to other services."""


get_current: Final = _RUNTIME_CONTEXT.get_current
"""Returns the current context, without the function that OpenTelemetry has around it."""

attach: Final = _RUNTIME_CONTEXT.attach
"""Makes a context current and returns the token that undoes it."""


def with_values(context: Context, values: Mapping[str, object]) -> Context:
    """Return *context* with *values* added, in one copy."""
    return Context({**context, **values})


def attach_value(key: str, value: object) -> object:
    """Make *value* current under *key* and return the token that undoes it."""
    return attach(with_values(get_current(), {key: value}))


def with_current(context: Context, ours: object, otel_span: Span) -> Context:
    """Return *context* with a span current: our wrapper of it, and the OTel span itself."""
    return Context({**context, SPAN_KEY: ours, OTEL_SPAN_KEY: otel_span})


def detach_quietly(token: object) -> bool:
    """Undo an attach; False when *token* belongs to another task or thread and cannot be undone.

    OpenTelemetry's ``detach`` prints a traceback then, which for a span closed by a generator's
    finalizer would be noise in the user's terminal.
    """
    try:
        _RUNTIME_CONTEXT.detach(token)  # type: ignore[arg-type]  # made by attach
    except ValueError:
        return False
    return True


def context_for_parent(context: Context, parent: Parent) -> Context:
    """Return *context* with the span that *parent* names as its current, remote span.

    Ids that are not OpenTelemetry's (UUIDs of older senders) cannot be in an OTel context: the
    new span becomes an OTel root then, and only its row carries the given ids.
    """
    span_context = remote_span_context(parent)
    span = trace.INVALID_SPAN if span_context is None else NonRecordingSpan(span_context)
    return with_current(context, None, span)


def remote_span_context(parent: Parent) -> SpanContext | None:
    """Return the OTel identity of *parent*, or None when its ids are not OTel ids."""
    if not parent.span_id or not parent.root_span_id:
        return None
    if len(parent.span_id) != _SPAN_DIGITS or len(parent.root_span_id) != _TRACE_DIGITS:
        return None
    try:
        trace_id, span_id = int(parent.root_span_id, 16), int(parent.span_id, 16)
    except ValueError:
        return None
    relay = parent.relay
    flags = TraceFlags.SAMPLED if relay is None else relay.flags
    state = TraceState.from_header([relay.tracestate]) if relay and relay.tracestate else None
    span_context = SpanContext(
        trace_id, span_id, is_remote=True, trace_flags=TraceFlags(flags), trace_state=state
    )
    return span_context if span_context.is_valid else None


def with_relay(context: Context, relay: Relay) -> Context:
    """Return *context* with what *relay* hands on, so that OpenTelemetry's propagators do too.

    Baggage that the context has already stays as it is.
    """
    if context.get(RELAY_KEY) is relay:
        return context
    from opentelemetry.baggage.propagation import W3CBaggagePropagator

    inbound = W3CBaggagePropagator().extract({"baggage": relay.baggage}, Context())
    members = dict(baggage.get_all(inbound))
    members.pop(PARENT, None)
    container = container_in(relay.baggage)
    if container is not None:
        members[PARENT] = format_container(container)
    known = baggage.get_all(context)
    for name, value in members.items():
        if name not in known:
            context = baggage.set_baggage(name, value, context)
    return with_values(context, {RELAY_KEY: relay})


def container_of(context: Context, span: Span) -> Container | None:
    """Return where a new span under *span* in *context* goes, or None if nothing there says.

    Asked in this order: a parent of ours, the baggage entry, the enclosing span.
    """
    return _container_from_context(context) or _container_of_span(span)


def logger_container(context: Context, besides: object) -> Container | None:
    """Return the project of the logger that is current in *context*, unless that is *besides*."""
    logger = context.get(LOGGER_KEY)
    if logger is None or logger is besides:
        return None
    found: Container | None = getattr(logger, "container", None)
    return found


def _container_of_span(span: Span) -> Container | None:
    """Return where *span* goes, as its attribute says."""
    attributes = getattr(span, "attributes", None)
    value = attributes.get(PARENT) if attributes else None
    return parse_container(value) if isinstance(value, str) else None


def _container_from_context(context: Context) -> Container | None:
    """Return the container that *context* asks for: a parent of ours, or the baggage entry."""
    parent = context.get(PARENT_KEY)
    if isinstance(parent, Parent):
        return parent.container
    member = baggage.get_baggage(PARENT, context)
    return parse_container(member) if isinstance(member, str) else None


_SPAN_DIGITS = 16
_TRACE_DIGITS = 32
