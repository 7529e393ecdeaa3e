"""Brings log events and the spans they belong to together, whichever comes first.

Events wait for the end of their span. A span that has ended is remembered for a while: an event
that comes after its row was made changes the row by another one, which merges. Both tables are
bounded, and an event that has to go without having met its span is counted.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Final, Protocol

from braintrust_otel._mapping.log_events import LogEvent, changed_row, event_views
from braintrust_otel._runtime import root
from braintrust_otel._shipping.stats import LogEventStats

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import ReadableSpan

    from braintrust_otel._mapping.view import EventView
    from braintrust_otel._model.rows import Row
    from braintrust_otel._model.sampling import TracePart
    from braintrust_otel._runtime.beside import SpanKey
    from braintrust_otel._runtime.pipeline import Pipeline

__all__ = ["JoinedSpan", "LogEvents", "joined_span", "log_events"]

MAX_SPANS: Final = 8_192
"""So many spans are waited for, and so many ended ones remembered, at most."""

MAX_BYTES: Final = 16 * 1024 * 1024
"""Memory of all that is kept, roughly."""

FindPart = Callable[[], "TracePart | None"]
Remake = Callable[[Sequence["EventView"]], "Row"]
"""Returns the whole row of a span together with some events."""


class _Events:
    """The events of one span."""

    __slots__ = ("counted", "events", "joined", "size_bytes")

    def __init__(self) -> None:
        self.events: list[LogEvent] = []
        self.joined: list[JoinedSpan] = []
        self.counted = 0
        self.size_bytes = 0


class LogEvents:
    """The log events and the ended spans of late. Any thread may call it.

    Args:
        max_spans: So many spans with events that wait, and so many ended ones, are known at most.
        max_bytes: Memory of all that is kept, roughly.
    """

    def __init__(self, max_spans: int = MAX_SPANS, max_bytes: int = MAX_BYTES) -> None:
        self._max_spans = max_spans
        self._max_bytes = max_bytes
        self._lock = threading.Lock()
        self._clear()

    def _clear(self) -> None:
        self._waiting: dict[SpanKey, _Events] = {}
        self._ended: dict[SpanKey, _Events] = {}
        self._size_bytes = 0
        self._logged = self._taken = self._lost = 0

    def add(self, key: SpanKey | None, event: LogEvent) -> None:
        """Take an *event* of the span called *key*; None where it belongs to no span."""
        with self._lock:
            before = self._lost
            self._logged += 1
            late = self._keep(key, event)
            lost = self._lost
        for joined in late:
            joined.pipeline.put(_LateEvents(joined))
        if lost > before:
            root.notices.say_at_most("log events", _LOST.format(lost))

    def _keep(self, key: SpanKey | None, event: LogEvent) -> list[JoinedSpan]:
        """Keep *event*; return the spans whose rows were made without it."""
        if key is None:
            self._lost += 1
            return []
        known = self._ended.get(key) or self._waiting.get(key)
        if known is None:
            known = self._waiting[key] = _Events()
        known.events.append(event)
        self._resize(known, event.size_bytes)
        self._make_room()
        return [joined for joined in known.joined if joined.is_told]

    def ended(self, key: SpanKey, joined: JoinedSpan, size_bytes: int) -> None:
        """Let the row of a span that has ended have the span's events.

        Args:
            key: The span.
            joined: Its row to be.
            size_bytes: Memory that remembering the span takes.
        """
        with self._lock:
            before = self._lost
            known = self._waiting.pop(key, None) or self._ended.pop(key, None) or _Events()
            self._ended[key] = known
            known.joined.append(joined)
            joined.events = known
            self._resize(known, size_bytes)
            self._make_room()
            lost = self._lost
        if lost > before:
            root.notices.say_at_most("log events", _LOST.format(lost))

    def take(self, joined: JoinedSpan) -> Sequence[LogEvent]:
        """Return the events of *joined* so far, and note that its row tells them."""
        with self._lock:
            known = joined.events
            joined.is_told = True
            if known is None:
                return ()
            self._taken += len(known.events) - known.counted
            known.counted = len(known.events)
            return tuple(known.events)

    def stats(self) -> LogEventStats:
        """Return what became of every event so far."""
        with self._lock:
            waiting = self._logged - self._taken - self._lost
            return LogEventStats(self._logged, self._taken, self._lost, waiting, self._size_bytes)

    def close(self) -> None:
        """Say how many events have met no span, because the process ends."""
        with self._lock:
            left = sum(len(each.events) for each in self._waiting.values())
            self._waiting.clear()
            self._lost += left
            lost = self._lost
        if left:
            root.notices.say(_LOST.format(lost))

    def after_fork_in_child(self) -> None:
        """Start empty: what was logged so far is the parent's."""
        self._lock = threading.Lock()
        self._clear()

    def _resize(self, known: _Events, more: int) -> None:
        known.size_bytes += more
        self._size_bytes += more

    def _make_room(self) -> None:
        """Forget what is oldest: spans that have ended first, because nothing is lost by that."""
        while len(self._ended) > self._max_spans:
            self._forget(self._ended)
        while len(self._waiting) > self._max_spans:
            self._lose(self._forget(self._waiting))
        while self._size_bytes > self._max_bytes:
            if len(self._ended) > 1:
                self._forget(self._ended)
            elif len(self._waiting) > 1:
                self._lose(self._forget(self._waiting))
            else:
                return

    def _forget(self, table: dict[SpanKey, _Events]) -> _Events:
        oldest = table.pop(next(iter(table)))
        self._size_bytes -= oldest.size_bytes
        return oldest

    def _lose(self, known: _Events) -> None:
        self._lost += len(known.events)


class JoinedSpan:
    """An ended span that gets its log events, those that came and those that will.

    ``take`` and ``more`` are for the one thread that makes the rows.

    Args:
        logs: Knows the events.
        pipeline: Takes what comes late.
        remake: Makes the span's row.
        part: Tells how the span belongs to its trace.
    """

    __slots__ = ("_logs", "_remake", "_told", "events", "is_told", "part", "pipeline")

    def __init__(self, logs: LogEvents, pipeline: Pipeline, remake: Remake, part: FindPart) -> None:
        self.pipeline = pipeline
        self.part = part
        self.is_told = False
        self.events: _Events | None = None
        self._logs = logs
        self._remake = remake
        self._told: Sequence[LogEvent] = ()

    def take(self) -> Sequence[EventView]:
        """Return the events for the span's row, which is being made."""
        self._told = self._logs.take(self)
        return event_views(self._told) if self._told else ()

    def more(self) -> Row | None:
        """Return what events that came since change in the row; None for nothing."""
        before = self._told
        self._told = after = self._logs.take(self)
        if len(before) == len(after):
            return None
        return changed_row(self._remake(event_views(before)), self._remake(event_views(after)))


class _LateEvents:
    """Queued for events that came after their span's row was made."""

    __slots__ = ("_joined",)

    size_bytes = 200

    def __init__(self, joined: JoinedSpan) -> None:
        self._joined = joined

    def trace_part(self) -> TracePart | None:
        """Return how the events belong to a trace: as their span does."""
        part = self._joined.part()
        return None if part is None else part._replace(is_span=False, is_end=False, is_open=False)

    def rows(self) -> Iterable[Row]:
        """Return the row that merges what is new into the span's, if anything is."""
        row = self._joined.more()
        return () if row is None else (row,)


def log_events() -> LogEvents:
    """Return the log events of this process; from now on its spans are joined with them."""
    with root.lock:
        known: LogEvents | None = root.log_events
        if known is None:
            known = root.log_events = LogEvents()
        return known


class _Joinable(Protocol):
    """A source of a span's row."""

    @property
    def size_bytes(self) -> int: ...

    def remade(self, log_events: Sequence[EventView], /) -> Row: ...

    def trace_part(self) -> TracePart | None: ...


def joined_span(span: ReadableSpan, pipeline: Pipeline, source: _Joinable) -> JoinedSpan | None:
    """Return *span*, which has ended, as one that gets its log events; None if none are heard of.

    Args:
        span: The span.
        pipeline: Takes what comes late.
        source: Makes the span's row.
    """
    logs: LogEvents | None = root.log_events
    context = span.get_span_context()
    if logs is None or context is None:
        return None
    joined = JoinedSpan(logs, pipeline, source.remade, source.trace_part)
    logs.ended((context.trace_id, context.span_id), joined, source.size_bytes)
    return joined


_LOST = (
    "{} log events with the content of model calls are in no row: their spans are not sent to "
    "Braintrust, or ended long before, or they belong to no span."
)
