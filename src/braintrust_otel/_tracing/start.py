"""Starts spans."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from opentelemetry.context import Context
from opentelemetry.trace import set_span_in_context

from braintrust_otel._json import encode
from braintrust_otel._model.records import SpanRecord
from braintrust_otel._otel.propagation import OTEL_SPAN_KEY, get_current
from braintrust_otel._otel.provider import ensure_tracing
from braintrust_otel._otel.sources import keep_beside, record_of, track
from braintrust_otel._otel.standin import stand_in_for
from braintrust_otel._runtime import root
from braintrust_otel._tracing.callers import find_caller, span_name
from braintrust_otel._tracing.given import home_of_given
from braintrust_otel._tracing.homes import (
    Home,
    home_of_current,
    home_of_current_span,
    home_of_foreign,
    home_of_logger,
    home_of_record,
    is_same_container,
)
from braintrust_otel._tracing.masking import MASKING_KEY
from braintrust_otel._tracing.noop import NOOP_SPAN
from braintrust_otel._tracing.request import SpanRequest
from braintrust_otel._tracing.span import SpanImpl

if TYPE_CHECKING:
    from braintrust_otel._tracing.base import Span

__all__ = ["adopt_foreign", "begin_span", "start", "under_logger", "under_span"]


def begin_span(
    name: str,
    *,
    type: str | None = None,  # noqa: A002  # the word of the public API
    instrumentation: str | None = None,
    event: Mapping[str, object] | None = None,
    under: object = None,
) -> Span:
    """Start a span for automatic capture: it does not become current and never raises.

    Args:
        name: Name of the span.
        type: Type of the span.
        instrumentation: What captures, for ``context.span_origin``.
        event: First fields of the row.
        under: The span to start it under; anything else starts it under what is current.

    Returns:
        The no-op span when nothing is being traced.
    """
    if not root.active:
        return NOOP_SPAN
    request = SpanRequest(
        name=name,
        type=type,
        event=event,
        instrumentation=instrumentation,
        is_client=type == "llm",
    )
    try:
        return under_span(request, under) if isinstance(under, SpanImpl) else start(request)
    except Exception as error:  # noqa: BLE001  # our own bug must not reach the instrumented program
        root.notices.bug(f"starting the span {name!r}", error)
        return NOOP_SPAN


def start(request: SpanRequest) -> Span:
    """Start a span under what is current: span, parent, experiment, logger, or nothing.

    Returns:
        The no-op span when nothing is being traced.
    """
    context = get_current()
    home = None
    if request.parent:
        home = home_of_given(context, request.parent, lambda: home_of_current(context))
    if home is None:
        home = home_of_current(context)
    return NOOP_SPAN if home is None else _make(request, home, "task")


def under_span(request: SpanRequest, span: SpanImpl) -> Span:
    """Start a span under *span*, whatever is current."""
    context, home = get_current(), None
    if request.parent:
        home = home_of_given(context, request.parent, lambda: _below(span, context))
    return _make(request, home or _below(span, context), None)


def _below(span: SpanImpl, context: Context) -> Home:
    return home_of_record(set_span_in_context(span.otel_span, context), span.braintrust_record)


def under_logger(request: SpanRequest, logger: Any, *, nested: bool = True) -> Span:
    """Start a span in *logger*'s container, under the current span if that is in it too.

    Args:
        request: What the span shall be.
        logger: The logger: its ``container`` and ``place`` are used.
        nested: False for a root, whatever is current.
    """
    context = get_current()
    if request.parent:
        home = home_of_given(context, request.parent, lambda: home_of_logger(context, logger))
        if home is not None:
            return _make(request, home, "task")
    if nested and context.get(OTEL_SPAN_KEY) is not None:
        current = home_of_current_span(context)
        if current is not None and is_same_container(
            current.container, logger.container, logger.pipeline
        ):
            # Named and typed as a root: that it nests is the surroundings' doing.
            named = request._replace(name=request.name or "root", type=request.type or "task")
            return _make(named, current, None)
    return _make(request, home_of_logger(context, logger), "task")


def adopt_foreign(context: Context, otel_span: Any) -> Span:
    """Return a span of ours over another library's current span, so that it can be logged to.

    Returns:
        The no-op span when that span is not recording, or nothing of it would be shipped.
    """
    record = record_of(otel_span)
    if record is None:
        home = home_of_foreign(context, otel_span) if otel_span.is_recording() else None
        if home is None:
            return NOOP_SPAN
        record = SpanRecord(home.container, root.next_counter())
        record.account = home.account
        record.is_below_foreign = True  # for all we know
        scope = getattr(otel_span, "instrumentation_scope", None)
        record.instrumentation = getattr(scope, "name", "") or record.instrumentation
        record.stand_in = stand_in_for(otel_span, getattr(otel_span, "name", ""), None, None)
        # Nobody tells us when such a span ends: each log on it goes out at once.
        record.is_queued = record.stand_in is not None
        keep_beside(otel_span, record)
    return SpanImpl(otel_span, record, getattr(otel_span, "name", ""))


def _make(request: SpanRequest, home: Home, root_type: str | None) -> Span:
    if root.masker is not None and MASKING_KEY in get_current():
        return NOOP_SPAN
    # This function, the one that found the home, and the public one that was called.
    caller = find_caller(3)
    record = SpanRecord(home.container, root.next_counter())
    record.account = home.account
    record.caller = caller
    record.root_span_id = home.root_span_id
    record.span_parents = () if home.is_root else home.span_parents
    record.row_id = request.row_id
    if request.own_ids is not None:
        record.span_id, record.root_span_id = request.own_ids
    record.type = request.type or (root_type if home.is_root else None)
    if request.instrumentation is not None:
        record.instrumentation = request.instrumentation
    record.is_client = request.is_client
    record.propagated = request.propagated_event or home.propagated
    record.relay = home.relay
    record.is_below_foreign = home.is_below_foreign
    name = request.name or ("root" if home.is_root else span_name(caller))
    _add_first_fields(record, request)
    start_ns = None if request.start_time is None else int(request.start_time * 1e9)
    tracing = root.tracing or ensure_tracing()
    otel_span = tracing.start_own(name, home.context, record, start_ns)
    if otel_span is None:
        return NOOP_SPAN
    track(otel_span, record)
    return SpanImpl(
        otel_span, record, name, request.set_current is not False, home.is_root and home.flushes
    )


def _add_first_fields(record: SpanRecord, request: SpanRequest) -> None:
    parts = record.parts
    if record.propagated:
        # Put first, so that what the caller gives wins over what is inherited.
        parts.extend((key, encode(value)) for key, value in record.propagated.items())
    if request.span_attributes:
        parts.append(("span_attributes", encode(request.span_attributes)))
    if request.event:
        for key, value in request.event.items():
            parts.append((key, encode(value)))
