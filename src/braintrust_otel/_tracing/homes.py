"""Finds out where a new span belongs: its container, its parent span, and what it inherits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from opentelemetry.context import Context
from opentelemetry.trace import INVALID_SPAN

from braintrust_otel._model.containers import Parent, Relay
from braintrust_otel._model.ids import format_span_id, format_trace_id
from braintrust_otel._otel.propagation import (
    LOGGER_KEY,
    OTEL_SPAN_KEY,
    PARENT_KEY,
    RELAY_KEY,
    SPAN_KEY,
    container_of,
    context_for_parent,
    with_current,
)
from braintrust_otel._otel.reach import row_under
from braintrust_otel._otel.sources import record_of
from braintrust_otel._runtime import root
from braintrust_otel._tracing.span import SpanImpl

if TYPE_CHECKING:
    from braintrust_otel._model.containers import Container
    from braintrust_otel._model.records import SpanRecord
    from braintrust_otel._runtime.pipeline import Pipeline

__all__ = [
    "Home",
    "enclosing_ids",
    "find_current",
    "home_logger",
    "home_of_current",
    "home_of_current_span",
    "home_of_foreign",
    "home_of_logger",
    "home_of_parent",
    "home_of_record",
    "is_same_container",
]


class Home(NamedTuple):
    """Where a new span goes.

    Attributes:
        context: OTel context whose current span is the parent.
        container: Container of the row.
        account: Pipeline that ships the row; None for the default one.
        is_root: Whether the span has no parent span.
        root_span_id: Root id given by an exported parent with other than OTel ids.
        span_parents: Parent ids that are not the OTel ones, or None.
        propagated: Fields inherited from the parent.
        relay: What came with the trace from another service and is handed on.
        flushes: Whether the end of the span waits until its rows are delivered.
        is_below_foreign: Whether the parent is another library's span in this process.
    """

    context: Context
    container: Container
    account: Pipeline | None
    is_root: bool
    root_span_id: str | None = None
    span_parents: tuple[str, ...] | None = None
    propagated: Mapping[str, object] | None = None
    relay: Relay | None = None
    flushes: bool = False
    is_below_foreign: bool = False


def home_of_current(context: Context) -> Home | None:
    """Return the home under what is current: span, parent, logger, processor; None without any."""
    if context.get(OTEL_SPAN_KEY) is not None:
        home = home_of_current_span(context)
        if home is not None:
            return home
    parent = context.get(PARENT_KEY)
    if isinstance(parent, Parent):
        return home_of_parent(context, parent)
    logger = context.get(LOGGER_KEY) or root.logger
    if logger is not None:
        return home_of_logger(context, logger)
    if root.processor is not None:
        return Home(_rootless(context), root.default_container(), None, is_root=True)
    return None


def home_logger(context: Context) -> Any:
    """Return the current logger: this context's, else the process-wide one, else None."""
    return context.get(LOGGER_KEY) or root.logger


def home_of_current_span(context: Context) -> Home | None:
    """Return the home under the current span, ours or another library's; None without one."""
    found = find_current(context)
    if found is None:
        return None
    where, current = found
    record = record_of(current)
    if record is not None:
        return home_of_record(where, record)
    return home_of_foreign(where, current)


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


def home_of_record(context: Context, record: SpanRecord) -> Home:
    """Return the home under the span of *record*, which is current in *context*."""
    return Home(
        context,
        record.container,
        record.account,
        is_root=False,
        root_span_id=record.root_span_id,
        span_parents=None if record.span_id is None else (record.span_id,),
        propagated=record.propagated,
        relay=record.relay,
    )


def home_of_foreign(context: Context, span: Any) -> Home | None:
    """Return the home under another library's span, if spans of this context are traced."""
    logger = home_logger(context)
    if logger is None and root.processor is None:
        return None
    identity = span.get_span_context()
    if not identity.is_valid:
        return None
    container = container_of(context, span)
    if container is None:
        container = root.default_container() if logger is None else logger.container
    account = None if logger is None else logger.pipeline
    relay = context.get(RELAY_KEY)
    home = Home(
        context,
        container,
        account,
        is_root=False,
        relay=relay if isinstance(relay, Relay) else None,
        is_below_foreign=not identity.is_remote,
    )
    above = identity.span_id if identity.is_remote else row_under(span, container, account)
    if above == identity.span_id:
        return home
    if above is not None:
        return home._replace(span_parents=(format_span_id(above),))
    return _further_up(home, identity.trace_id)


def _further_up(home: Home, trace_id: int) -> Home:
    """Return *home* under the span of ours that is above one without a row, else as a root."""
    where: Context | None = home.context
    while where is not None:
        ours = where.get(SPAN_KEY)
        if not isinstance(ours, SpanImpl):
            break
        identity = ours.otel_span.get_span_context()
        if not ours.has_ended and identity.trace_id == trace_id:
            record = ours.braintrust_record
            above = record.span_id or format_span_id(identity.span_id)
            return home._replace(span_parents=(above,), root_span_id=record.root_span_id)
        where = ours.outer_context
    return home._replace(is_root=True)


def home_of_parent(context: Context, parent: Parent) -> Home:
    """Return the home that *parent* names."""
    context = context_for_parent(context, parent)
    given = bool(parent.span_id and parent.root_span_id) and _is_rootless(context)
    return Home(
        context,
        parent.container,
        None,
        is_root=parent.span_id is None,
        root_span_id=parent.root_span_id if given else None,
        span_parents=(parent.span_id,) if given and parent.span_id else None,
        propagated=parent.propagated_event,
        relay=parent.relay,
    )


def _rootless(context: Context) -> Context:
    """Return *context* without a current span."""
    return context if _is_rootless(context) else with_current(context, None, INVALID_SPAN)


def _is_rootless(context: Context) -> bool:
    current = context.get(OTEL_SPAN_KEY)
    return current is None or current is INVALID_SPAN


def home_of_logger(context: Context, logger: Any) -> Home:
    """Return the home of a root span in *logger*'s project."""
    if context.get(OTEL_SPAN_KEY) is not None:
        context = _rootless(context)
    return Home(
        context, logger.container, logger.pipeline, is_root=True, flushes=not logger.async_flush
    )


def is_same_container(one: Container, other: Container, pipeline: Pipeline) -> bool:
    """Tell whether two containers are known to be the same, perhaps one by name and one by id."""
    if one == other:
        return True
    if one.kind is not other.kind:
        return False
    one, other = pipeline.resolved(one), pipeline.resolved(other)
    if one.id and other.id:
        return one.id == other.id
    return one.id is other.id and one.name == other.name


def enclosing_ids(context: Context, logger: Any) -> tuple[str, str] | None:
    """Return span id and trace id of the current span if it is in *logger*'s container."""
    found = find_current(context)
    home = None if found is None else home_of_current_span(context)
    if found is None or home is None:
        return None
    if not is_same_container(home.container, logger.container, logger.pipeline):
        return None
    identity, record = found[1].get_span_context(), record_of(found[1])
    span_id = None if record is None else record.span_id
    return (
        span_id or format_span_id(identity.span_id),
        home.root_span_id or format_trace_id(identity.trace_id),
    )
