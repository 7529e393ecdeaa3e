"""What the tracing side hands to shipping: spans that become rows when the worker asks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, Final

from braintrust_otel._diagnostics import guard
from braintrust_otel._model.records import Taken
from braintrust_otel._model.rows import Row
from braintrust_otel._otel.converting import span_row, update_row
from braintrust_otel._otel.lean import LeanSpan
from braintrust_otel._otel.log_events import JoinedSpan, joined_span
from braintrust_otel._otel.parts import own_part
from braintrust_otel._otel.trace_parts import own_part_of
from braintrust_otel._otel.views import resource_texts, view_of
from braintrust_otel._runtime import root
from braintrust_otel._runtime.ready import row_bytes

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import ReadableSpan
    from opentelemetry.trace import Span

    from braintrust_otel._mapping.view import EventView, SpanView
    from braintrust_otel._model.records import SpanRecord
    from braintrust_otel._model.sampling import TracePart
    from braintrust_otel._otel.overlaps import CallPart
    from braintrust_otel._otel.standin import StandIn
    from braintrust_otel._runtime.beside import SpanKey
    from braintrust_otel._runtime.pipeline import Pipeline

__all__ = [
    "SCOPE",
    "SPAN_BYTES",
    "OwnSpan",
    "keep_beside",
    "queue_ended",
    "queue_news",
    "queue_open_spans",
    "record_of",
    "track",
    "was_queued",
]

SCOPE: Final = "braintrust_otel"
"""Instrumentation scope of the spans of our API."""

SPAN_BYTES: Final = 1_500
"""Memory of a span without its payload, measured for lean spans with a few attributes."""


class OwnSpan:
    """A span of our API: its whole row at first, afterwards whatever was logged since.

    Queued when the span ends, when ``flush`` meets it open, and when something is logged on it
    after its end. Rows of one span come from one worker in the order of queueing.
    """

    __slots__ = ("_joined", "_part", "_record", "_span", "size_bytes")

    def __init__(
        self, span: ReadableSpan, record: SpanRecord, part: CallPart | None = None
    ) -> None:
        self._span = span if record.stand_in is None else record.stand_in
        self._record = record
        self._part = part
        size = SPAN_BYTES
        for _, text in record.parts:  # cheaper than a sum, for the two or three there are
            size += len(text.data)
        self.size_bytes = size
        if record.followers:
            self.size_bytes += sum([row_bytes(row) for row in record.followers])
        self._joined: JoinedSpan | None = None

    def join_logs(self, pipeline: Pipeline) -> None:
        """Let the row hold what was, or will be, logged about the span; *pipeline* ships it."""
        self._joined = joined_span(self._span, pipeline, self)

    def rows(self) -> Iterable[Row]:
        """Return the row, or the merge row with what is new; nothing when nothing is.

        Rows that waited for the span's own come behind it.
        """
        record = self._record
        view = self._view(() if self._joined is None else self._joined.take())
        taken = record.take(has_ended=view.end_ns is not None)
        if taken.is_first:
            row: Row | None = span_row(view, taken, root.provenance, record.container)
        else:
            row = update_row(view, taken)
        own = () if row is None else (row,)
        if self._part is not None:
            if row is None or row.is_merge:
                whole = Taken((*taken.earlier, *taken.parts), is_first=True)
                row = span_row(view, whole, root.provenance, record.container)
            own = (*own, *self._part.settled(row, is_own=True, prefer=root.settings().llm_span))
        return (*own, *record.take_followers()) if record.followers else own

    def trace_part(self) -> TracePart | None:
        """Return how the span belongs to its trace."""
        return own_part_of(self._span, self._record)

    def undo(self) -> None:
        """Let the next row be whole: the one that was made is not sent."""
        self._record.untake()

    def _view(self, log_events: Sequence[EventView]) -> SpanView:
        view = view_of(self._span, self._record, resource_texts())
        if log_events:
            view.events = (*view.events, *log_events)
        return view

    def remade(self, log_events: Sequence[EventView]) -> Row:
        """Return the span's whole row, with what was logged about it."""
        record = self._record
        whole = Taken(record.parts[:], is_first=True)
        return span_row(self._view(log_events), whole, root.provenance, record.container)


def record_of(span: Any) -> SpanRecord | None:
    """Return what our API keeps with *span*, or None if our API never met it."""
    record: SpanRecord | None = getattr(span, "braintrust_record", None)
    if record is None and root.records_beside:
        key = _key_of(span)
        record = None if key is None else root.records_beside.get(key)
    return record


def was_queued(span: ReadableSpan) -> bool:
    """Tell whether *span*, of which nothing is kept, is a span of ours that is queued elsewhere.

    A copy of it, made by another vendor's processor, or itself where it could not carry its record,
    may still come from a second processor or in a batch.
    """
    scope = span.instrumentation_scope
    if scope is not None and scope.name == SCOPE:
        return True
    if not root.records_beside:
        return False
    key = _key_of(span)
    return key is not None and root.records_beside.is_done(key)


def keep_beside(span: Any, record: SpanRecord) -> None:
    """Keep *record* for *span*: with it if it is lean, and beside it for copies of it."""
    if isinstance(span, LeanSpan):
        span.braintrust_record = record
    key = _key_of(span)
    if key is None:
        return
    forgotten = [one for one in root.records_beside.keep(key, record) if not one.is_queued]
    if forgotten:
        root.notices.say_at_most(
            "beside",
            f"{len(forgotten)} spans are open for so long that what was logged on them is "
            "forgotten. End each span.",
        )


def track(span: Span, record: SpanRecord) -> None:
    """Remember *span* until it ends, so that a flush can ship what is logged on it so far.

    Live spans are shipped at once as well.
    """
    root.open_spans[span.get_span_context().span_id] = (span, record)
    if root.live_spans is not False and root.is_live():
        with guard("announcing a span", root.notices):
            for listener in root.live_listeners:
                listener(span, record)
            queue_news(span, record)


def queue_ended(
    span: Any, record: SpanRecord, pipeline: Pipeline | None = None, end_ns: int | None = None
) -> None:
    """Queue *span*, which has ended; once, even if several processors see it.

    Args:
        span: The span.
        record: What our API keeps with it.
        pipeline: Where to queue it; None for the pipeline of the span's account.
        end_ns: When it ended, for a stand-in that has not been told.
    """
    stand_in: StandIn | None = record.stand_in
    if record.is_queued and (stand_in is None or not stand_in.is_recording()):
        return
    record.is_queued = True
    if stand_in is not None:
        stand_in.end_at(end_ns)
    context = span.get_span_context()
    root.open_spans.pop(context.span_id, None)
    if root.records_beside.is_used:
        root.records_beside.finish((context.trace_id, context.span_id))
    way = pipeline or record.account or root.pipeline()
    source = OwnSpan(span, record, own_part(span, record, way))
    if root.log_events is not None:
        source.join_logs(way)
    way.put(source)


def queue_news(span: Any, record: SpanRecord) -> None:
    """Queue what was logged on *span* since it was last queued."""
    (record.account or root.pipeline()).put(OwnSpan(span, record))


def queue_open_spans() -> None:
    """Queue what was logged so far on spans that have not ended."""
    for span, record in list(root.open_spans.values()):
        queue_news(span, record)


def _key_of(span: Any) -> SpanKey | None:
    context = span.get_span_context()
    return None if context is None else (context.trace_id, context.span_id)
