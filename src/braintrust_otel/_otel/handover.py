"""Hands containers and traces over between Braintrust and programs that use OpenTelemetry alone."""

from __future__ import annotations

from collections.abc import Mapping
from contextvars import Token
from typing import TYPE_CHECKING, Any

from opentelemetry import baggage
from opentelemetry.context import Context, attach, get_current
from opentelemetry.trace import format_span_id, format_trace_id, get_current_span

from braintrust_otel._model.attributes import PARENT
from braintrust_otel._model.containers import Parent, format_container, parse_container
from braintrust_otel._model.slugs import decode_slug, encode_slug
from braintrust_otel._otel.headers import read_headers
from braintrust_otel._otel.propagation import (
    PARENT_KEY,
    context_for_parent,
    remote_span_context,
    with_values,
)
from braintrust_otel._otel.sources import record_of
from braintrust_otel._runtime import root
from braintrust_otel.errors import SlugError

if TYPE_CHECKING:
    from opentelemetry.propagators.textmap import TextMapPropagator

    from braintrust_otel._model.containers import Container

__all__ = [
    "add_parent_to_baggage",
    "add_span_parent_to_baggage",
    "context_from_span_export",
    "parent_from_headers",
]

_ROW_ID = "otel"


def add_parent_to_baggage(parent: str, ctx: Context | None = None) -> Token[Context]:
    """Let the requests that OpenTelemetry propagates from here say which container they belong to.

    Args:
        parent: ``project_name:<name>``, ``project_id:<id>`` or ``experiment_id:<id>``. Anything
            else is said once and left out.
        ctx: Context to start from; default the current one.

    Returns:
        The token of the context that is current now, for ``opentelemetry.context.detach``.
    """
    context = get_current() if ctx is None else ctx
    if parse_container(parent) is None:
        root.notices.say_once(f"baggage {parent!r:.100}", _NO_PARENT.format(parent))
    else:
        context = baggage.set_baggage(PARENT, parent, context)
    return attach(context)


def add_span_parent_to_baggage(span: Any, ctx: Context | None = None) -> Token[Context] | None:
    """Do what ``add_parent_to_baggage`` does, with the container that a span goes to.

    Args:
        span: An OpenTelemetry span with attribute ``braintrust.parent``, as our processor sets it,
            or a Braintrust span.
        ctx: Context to start from; default the current one.

    Returns:
        The token, or None, which is said once, when the span does not say where it goes.
    """
    container = _container_of(getattr(span, "otel_span", span))
    name = None if container is None else format_container(container)
    if name is None:
        root.notices.say_once("span without container", _NO_CONTAINER)
        return None
    return add_parent_to_baggage(name, ctx)


def context_from_span_export(export: str) -> Context:
    """Return a context in which OpenTelemetry spans go under an exported Braintrust span.

    Args:
        export: What ``Span.export()`` returned, in this process or another.

    Returns:
        The current context with that span as its remote one, and its container as baggage.

    Raises:
        ValueError: *export* is no exported span, or an older sender's whose ids are UUIDs, which
            OpenTelemetry has no room for.
    """
    try:
        parent = decode_slug(export)
    except SlugError as error:
        raise ValueError(str(error)) from error
    if parent.span_id is not None and remote_span_context(parent) is None:
        raise ValueError(
            f"OpenTelemetry spans cannot go under the exported span {parent.span_id!r}: its ids "
            "are not OpenTelemetry's. Give it as parent= to start_span instead."
        )
    context = with_values(context_for_parent(get_current(), parent), {PARENT_KEY: None})
    name = format_container(parent.container)
    return context if name is None else baggage.set_baggage(PARENT, name, context)


def parent_from_headers(
    headers: Mapping[str, Any], propagator: TextMapPropagator | None = None
) -> str | None:
    """Return the span that sent *headers* as a text to be given as ``parent=``.

    Args:
        headers: The headers of a request: W3C ``traceparent``, and ``baggage`` with the member
            ``braintrust.parent``.
        propagator: Reads them instead, where another format than W3C's is used.

    Returns:
        The text, or None when the headers name no span or no container. It never raises.
    """
    try:
        found = _read(headers) if propagator is None else _extract(headers, propagator)
        return None if found is None else encode_slug(found)
    except Exception as error:  # noqa: BLE001  # somebody else's propagator, over values from outside
        root.notices.say_at_most(
            "parent_from_headers", f"The headers of a request could not be read: {error!r}"
        )
        return None


def _container_of(span: Any) -> Container | None:
    """Return where *span* goes, its id included if that is known by now."""
    record = record_of(span) if hasattr(span, "get_span_context") else None
    if record is not None:
        resolved: Container = (record.account or root.pipeline()).resolved(record.container)
        return resolved
    attributes = getattr(span, "attributes", None)
    value = attributes.get(PARENT) if attributes else None
    return parse_container(value) if isinstance(value, str) else None


def _read(headers: Mapping[str, Any]) -> Parent | None:
    found = read_headers(headers)
    if found is None or found.container is None:
        return None
    return Parent(found.container, _ROW_ID, found.span_id, found.trace_id)


def _extract(headers: Mapping[str, Any], propagator: TextMapPropagator) -> Parent | None:
    context = propagator.extract(headers, Context())
    identity = get_current_span(context).get_span_context()
    name = baggage.get_baggage(PARENT, context)
    container = parse_container(name) if isinstance(name, str) else None
    if container is None or not identity.is_valid:
        return None
    span_id, trace_id = format_span_id(identity.span_id), format_trace_id(identity.trace_id)
    return Parent(container, _ROW_ID, span_id, trace_id)


_NO_PARENT = (
    "{!r} names nothing that spans can be sent to, so it is not added to the baggage. Use "
    "'project_name:<name>', 'project_id:<id>' or 'experiment_id:<id>'."
)

_NO_CONTAINER = (
    "A span does not say where it goes, so nothing is added to the baggage. Spans do where a "
    "BraintrustSpanProcessor is on the provider and routes them; else use add_parent_to_baggage."
)
