"""Starts spans: finds what a new span belongs under, and makes it."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from opentelemetry.context import Context, get_current
from opentelemetry.trace import (
    INVALID_SPAN,
    NonRecordingSpan,
    set_span_in_context,
)

from braintrust_otel._json import encode
from braintrust_otel._model.containers import Parent
from braintrust_otel._model.records import SpanRecord
from braintrust_otel._model.scores import validate_event
from braintrust_otel._model.slugs import decode_slug
from braintrust_otel._otel.propagation import (
    LOGGER_KEY,
    OTEL_SPAN_KEY,
    PARENT_KEY,
    SPAN_KEY,
    container_of,
    context_for_parent,
    remote_span_context,
    with_current,
)
from braintrust_otel._otel.provider import ensure_tracing
from braintrust_otel._otel.sources import keep_beside, record_of, track
from braintrust_otel._otel.standin import stand_in_for
from braintrust_otel._runtime import root
from braintrust_otel._tracing.callers import find_caller, span_name
from braintrust_otel._tracing.noop import NOOP_SPAN
from braintrust_otel._tracing.span import SpanImpl
from braintrust_otel.errors import SlugError

if TYPE_CHECKING:
    from braintrust_otel._model.containers import Container
    from braintrust_otel._runtime.pipeline import Pipeline
    from braintrust_otel._tracing.base import Span

__all__ = [
    "SpanRequest",
    "adopt_foreign",
    "begin_span",
    "find_current",
    "home_logger",
    "request_of",
    "start",
    "under_logger",
    "under_span",
]


class SpanRequest(NamedTuple):
    """What a caller asked a new span to be.

    Attributes:
        name: Name, or None to derive one.
        type: Type such as ``llm``; None for the default of the place where the span starts.
        event: First fields of the row, already checked.
        span_attributes: Further attributes; ``name`` and ``type`` in it win on the row.
        start_time: Seconds since the epoch; None for now.
        set_current: Whether the span may become current; None means yes.
        parent: Exported parent, or None.
        propagated_event: Fields that the span and all its descendants get.
        row_id: Row id chosen by the caller.
        instrumentation: What makes the span, for ``context.span_origin``.
    """

    name: str | None = None
    type: str | None = None
    event: Mapping[str, Any] | None = None
    span_attributes: Mapping[str, Any] | None = None
    start_time: float | None = None
    set_current: bool | None = None
    parent: str | None = None
    propagated_event: Mapping[str, Any] | None = None
    row_id: str | None = None
    instrumentation: str | None = None


def request_of(  # noqa: PLR0913, PLR0917  # the public signature of start_span
    name: str | None = None,
    type: str | None = None,  # noqa: A002  # the public name
    span_attributes: Mapping[str, Any] | None = None,
    start_time: float | None = None,
    set_current: bool | None = None,
    parent: str | None = None,
    propagated_event: Mapping[str, Any] | None = None,
    event: Mapping[str, Any] | None = None,
) -> SpanRequest:
    """Check the arguments of a ``start_span`` call and return them as one value.

    Raises:
        ValueError: A field of *event* has the wrong shape.
    """
    fields: Mapping[str, Any] | None = None
    chosen_id = None
    if event:
        if "id" in event:
            chosen_id = event["id"] if isinstance(event["id"], str) else str(uuid.uuid4())
            event = {key: value for key, value in event.items() if key != "id"}
        fields = validate_event(event)
    if span_attributes:
        checked = validate_event({"span_attributes": span_attributes})
        span_attributes = cast("Mapping[str, Any]", checked["span_attributes"])
    return SpanRequest(
        name,
        type,
        fields,
        span_attributes,
        start_time,
        set_current,
        parent,
        propagated_event,
        chosen_id,
    )


class _Home(NamedTuple):
    """Where a new span goes.

    Attributes:
        context: OTel context whose current span is the parent.
        container: Container of the row.
        account: Pipeline that ships the row; None for the default one.
        is_root: Whether the span has no parent span.
        root_span_id: Root id given by an exported parent with other than OTel ids.
        span_parents: Parent ids given by an exported parent with other than OTel ids.
        propagated: Fields inherited from the parent.
        flushes: Whether the end of the span waits until its rows are delivered.
    """

    context: Context
    container: Container
    account: Pipeline | None
    is_root: bool
    root_span_id: str | None = None
    span_parents: tuple[str, ...] | None = None
    propagated: Mapping[str, object] | None = None
    flushes: bool = False


def begin_span(
    name: str,
    *,
    type: str | None = None,  # noqa: A002  # the word of the public API
    instrumentation: str | None = None,
    event: Mapping[str, object] | None = None,
) -> Span:
    """Start a span for automatic capture: it does not become current and never raises.

    Returns:
        The no-op span when nothing is being traced.
    """
    if not root.active:
        return NOOP_SPAN
    request = SpanRequest(name=name, type=type, event=event, instrumentation=instrumentation)
    try:
        return start(request)
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
        home = _home_of_slug(context, request.parent)
    if home is None:
        home = _home_of_current(context)
    return NOOP_SPAN if home is None else _make(request, home, "task")


def under_span(request: SpanRequest, span: SpanImpl) -> Span:
    """Start a span under *span*, whatever is current."""
    context = get_current()
    home = _home_of_slug(context, request.parent) if request.parent else None
    if home is None:
        record = span.braintrust_record
        home = _home_of_record(set_span_in_context(span.otel_span, context), record)
    return _make(request, home, None)


def under_logger(request: SpanRequest, logger: Any, *, nested: bool = True) -> Span:
    """Start a span in *logger*'s container, under the current span if that is in it too.

    Args:
        request: What the span shall be.
        logger: The logger: its ``container`` and ``place`` are used.
        nested: False for a root, whatever is current.
    """
    context = get_current()
    home = _home_of_slug(context, request.parent) if request.parent else None
    if home is None and nested:
        current = _home_of_current_span(context)
        home = current if current is not None and current.container == logger.container else None
    return _make(request, home or _home_of_logger(context, logger), "task")


def _home_of_logger(context: Context, logger: Any) -> _Home:
    """Return the home of a root span in *logger*'s project."""
    return _Home(
        _rootless(context),
        logger.container,
        logger.pipeline,
        is_root=True,
        flushes=not logger.async_flush,
    )


def adopt_foreign(context: Context, otel_span: Any) -> Span:
    """Return a span of ours over another library's current span, so that it can be logged to.

    Returns:
        The no-op span when that span is not recording, or nothing of it would be shipped.
    """
    record = record_of(otel_span)
    if record is None:
        home = _home_of_foreign(context, otel_span) if otel_span.is_recording() else None
        if home is None:
            return NOOP_SPAN
        record = SpanRecord(home.container, root.next_counter())
        record.account = home.account
        scope = getattr(otel_span, "instrumentation_scope", None)
        record.instrumentation = getattr(scope, "name", "") or record.instrumentation
        record.stand_in = stand_in_for(otel_span, getattr(otel_span, "name", ""), None, None)
        # Nobody tells us when such a span ends: each log on it goes out at once.
        record.is_queued = record.stand_in is not None
        keep_beside(otel_span, record)
    return SpanImpl(otel_span, record, getattr(otel_span, "name", ""))


def _home_of_current(context: Context) -> _Home | None:
    if context.get(OTEL_SPAN_KEY) is not None:
        home = _home_of_current_span(context)
        if home is not None:
            return home
    parent = context.get(PARENT_KEY)
    if isinstance(parent, Parent):
        return _home_of_parent(context, parent)
    logger = context.get(LOGGER_KEY) or root.logger
    if logger is not None:
        return _home_of_logger(context, logger)
    if root.processor is not None:
        return _Home(_rootless(context), root.default_container(), None, is_root=True)
    return None


def home_logger(context: Context) -> Any:
    """Return the current logger: this context's, else the process-wide one, else None."""
    return context.get(LOGGER_KEY) or root.logger


def _home_of_current_span(context: Context) -> _Home | None:
    """Return the home under the current span, ours or another library's; None without one."""
    found = find_current(context)
    if found is None:
        return None
    where, current = found
    record = record_of(current)
    if record is not None:
        return _home_of_record(where, record)
    return _home_of_foreign(where, current)


def find_current(context: Context) -> tuple[Context, Any] | None:
    """Return the current OTel span and the context that holds it, passing over ended ones of ours.

    A span of ours that has ended but is still attached is not what new work belongs under: what
    was current before it is.
    """
    where: Context | None = context
    while where is not None:
        current: Any = where.get(OTEL_SPAN_KEY)
        if current is None or current is INVALID_SPAN:
            return None
        ours = where.get(SPAN_KEY)
        if not (isinstance(ours, SpanImpl) and ours.otel_span is current and ours.has_ended):
            return where, current
        where = ours.outer_context
    return None


def _home_of_record(context: Context, record: SpanRecord) -> _Home:
    return _Home(
        context,
        record.container,
        record.account,
        is_root=False,
        root_span_id=record.root_span_id,
        propagated=record.propagated,
    )


def _home_of_foreign(context: Context, span: Any) -> _Home | None:
    """Return the home under another library's span, if spans of this context are traced."""
    logger = home_logger(context)
    if logger is None and root.processor is None:
        return None
    identity = span.get_span_context()
    if not identity.is_valid:
        return None
    never_recorded = isinstance(span, NonRecordingSpan) and not identity.is_remote
    container = container_of(context, span)
    if container is None:
        container = root.default_container() if logger is None else logger.container
    account = None if logger is None else logger.pipeline
    return _Home(context, container, account, is_root=never_recorded)


def _home_of_slug(context: Context, slug: str) -> _Home | None:
    """Return the home that an exported parent names, or None when it cannot be read."""
    try:
        parent = decode_slug(slug)
    except SlugError as error:
        root.notices.say_at_most(
            "parent", f"A parent could not be read, so the span starts afresh. {error}"
        )
        return None
    return _home_of_parent(context, parent)


def _home_of_parent(context: Context, parent: Parent) -> _Home:
    given = bool(parent.span_id and parent.root_span_id) and remote_span_context(parent) is None
    return _Home(
        context_for_parent(context, parent),
        parent.container,
        None,
        is_root=parent.span_id is None,
        root_span_id=parent.root_span_id if given else None,
        span_parents=(parent.span_id,) if given and parent.span_id else None,
        propagated=parent.propagated_event,
    )


def _rootless(context: Context) -> Context:
    """Return *context* without a current span."""
    current = context.get(OTEL_SPAN_KEY)
    if current is None or current is INVALID_SPAN:
        return context
    return with_current(context, None, INVALID_SPAN)


def _make(request: SpanRequest, home: _Home, root_type: str | None) -> Span:
    caller = find_caller(2)
    record = SpanRecord(home.container, root.next_counter())
    record.account = home.account
    record.caller = caller
    record.root_span_id = home.root_span_id
    record.span_parents = () if home.is_root else home.span_parents
    record.row_id = request.row_id
    record.type = request.type or (root_type if home.is_root else None)
    if request.instrumentation is not None:
        record.instrumentation = request.instrumentation
    record.propagated = request.propagated_event or home.propagated
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
