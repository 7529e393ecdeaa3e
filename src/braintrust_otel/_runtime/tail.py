"""Holds back what belongs to a trace until the trace is over, then lets all of it pass, or nothing.

It stands before shipping. Spans are held as they are; the worker makes their rows once the trace
is over, looks at what is in them, and only then decides. What is decided is remembered for a while,
for what comes late.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeVar

from braintrust_otel._diagnostics import guard
from braintrust_otel._model.containers import ContainerKind
from braintrust_otel._model.sampling import TailSampling, TracePart, facts_of
from braintrust_otel._shipping.stats import SamplingStats

if TYPE_CHECKING:
    from braintrust_otel._diagnostics import Notices
    from braintrust_otel._model.rows import Row
    from braintrust_otel._shipping.senders import RowSource

__all__ = ["TailSampler", "Timing", "start_timer"]

MOST_DECISIONS: Final = 100_000
"""So many decisions are remembered."""

_TRACE_BYTES: Final = 600
K = TypeVar("K")
V = TypeVar("V")
Later = Callable[[float, Callable[[], None]], Callable[[], None]]
"""Calls something after some seconds, in another thread; returns what takes that back."""


def start_timer(seconds: float, call: Callable[[], None]) -> Callable[[], None]:
    """Call *call* after some *seconds* in a thread of its own; return what takes that back."""
    timer = threading.Timer(seconds, call)
    timer.name = "braintrust-otel-sampling"
    timer.daemon = True
    with suppress(RuntimeError):  # at the end of a process no thread starts: the end decides then
        timer.start()
    return timer.cancel


class Timing(NamedTuple):
    """What the sampler knows of time.

    Attributes:
        clock: Monotonic seconds.
        later: Calls something after some seconds.
    """

    clock: Callable[[], float] = time.monotonic
    later: Later = start_timer


class _Decision:
    """Whether a trace is kept; known once its rows were looked at.

    Attributes:
        is_kept: Whether it is; None while that is not known.
        is_final: Whether all that comes follows. If not, the trace was judged before its root had
            ended, or has its root in another process: later spans of a dropped one are judged anew.
    """

    __slots__ = ("is_final", "is_kept")

    def __init__(self, *, is_final: bool) -> None:
        self.is_kept: bool | None = None
        self.is_final = is_final


class _Held:
    """What is held of one trace."""

    __slots__ = ("heard_at", "open", "size_bytes", "sources", "trace_id")

    def __init__(self, trace_id: int) -> None:
        self.trace_id = trace_id
        self.sources: list[RowSource] = []
        self.open: dict[int, RowSource] = {}
        self.size_bytes = _TRACE_BYTES
        self.heard_at = 0.0

    def add(self, source: RowSource, part: TracePart) -> int:
        """Hold *source*; return by how much memory that is more."""
        more = source.size_bytes
        if part.open_key is not None:
            before = self.open.pop(part.open_key, None)
            more -= 0 if before is None else before.size_bytes
        if part.is_open and part.open_key is not None:
            self.open[part.open_key] = source
        else:
            self.sources.append(source)
        self.size_bytes += more
        return more

    def all(self) -> list[RowSource]:
        """Return what is held, in order."""
        return [*self.sources, *self.open.values()]


class TailSampler:
    """Lets whole traces pass, or drops them. Any thread may call it.

    Experiments and datasets always pass, and what belongs to no trace.

    Args:
        forward: Takes what passes.
        rules: Which traces are kept.
        notices: Told what was dropped.
        price: Adds to a row what it has cost.
        timing: Tells the time, and calls something later.
    """

    def __init__(
        self,
        forward: Callable[[RowSource], None],
        rules: TailSampling,
        notices: Notices,
        *,
        price: Callable[[Row], Row] = lambda row: row,
        timing: Timing | None = None,
    ) -> None:
        self._forward = forward
        self.rules = rules
        self._notices = notices
        self._price = price
        self._clock, self._later = timing or Timing()
        self._begin()

    def _begin(self) -> None:
        # Reentrant: a garbage collection may end a span in the middle of a step.
        self._lock = threading.RLock()
        self._held: dict[int, _Held] = {}
        self._decisions: dict[int, _Decision] = {}
        self._chosen: dict[str, int] = {}
        self._held_bytes = 0
        self._counts = {"kept": 0, "dropped": 0, "dropped_rows": 0, "early": 0, "failed": 0}
        self._cancel: Callable[[], None] | None = None
        self._is_closed = False

    def put(self, source: RowSource) -> None:
        """Hold *source*, or let it pass, or drop it."""
        part = self._part_of(source)
        if part is None or part.container.kind is not ContainerKind.PROJECT_LOGS:
            self._forward(source)
            return
        with self._lock:
            passing = self._sorted(source, part) if not self._is_closed else [source]
            passing += self._expired()
            early = self._over_bounds()
            self._arm()
        for each in (*passing, *early):
            self._forward(each)
        if early:
            self._notices.say_at_most("tail sampling", _EARLY.format(self._counts["early"]))

    def _part_of(self, source: RowSource) -> TracePart | None:
        find: Any = getattr(source, "trace_part", None)
        if find is None:
            return None
        with guard("finding the trace of a span", self._notices):
            part: TracePart | None = find()
            return part
        return None

    def decide_all(self) -> None:
        """Judge every trace that waits by what is known of it."""
        with self._lock:
            judged = [self._judge(held) for held in list(self._held.values())]
        for each in judged:
            self._forward(each)

    def close(self) -> None:
        """Judge what waits; from now on everything that was not decided passes."""
        self.decide_all()
        with self._lock:
            self._is_closed = True
            self._disarm()

    def say(self) -> None:
        """Say what was dropped, because the process ends."""
        dropped, kept = self._counts["dropped"], self._counts["kept"]
        if dropped:
            self._notices.say(
                _DROPPED.format(kept, kept + dropped, dropped, self._counts["dropped_rows"])
            )

    def stats(self) -> SamplingStats:
        """Return what became of every trace so far."""
        with self._lock:
            return SamplingStats(held=len(self._held), held_bytes=self._held_bytes, **self._counts)

    def after_fork_in_child(self) -> None:
        """Start empty: what is held is the parent's; what is decided holds here too."""
        decisions, chosen = self._decisions, self._chosen
        self._begin()
        self._decisions, self._chosen = decisions, chosen

    def _sorted(self, source: RowSource, part: TracePart) -> list[RowSource]:
        """Hold *source*, or return what passes."""
        trace_id = self._trace_of(part)
        if trace_id is None:
            return [source]
        held = self._held.pop(trace_id, None)
        if held is None:
            decision = self._decisions.get(trace_id)
            if decision is None and not part.is_span:
                return [source]  # of a trace that was never seen here, or long ago
            if decision is not None and not self._is_judged_anew(decision, part):
                return self._following(source, decision)
            held = _Held(trace_id)
            self._held_bytes += held.size_bytes
        self._held[trace_id] = held  # the latest one heard of is the last
        self._held_bytes += held.add(source, part)
        held.heard_at = self._clock()
        return [self._judge(held, is_final=part.is_root)] if part.is_end else []

    def _trace_of(self, part: TracePart) -> int | None:
        """Return the trace of *part*, and remember it if somebody chose the row's id."""
        if part.row_id is None:
            return part.trace_id
        if part.is_span and part.trace_id is not None:
            _remember(self._chosen, part.row_id, part.trace_id)
        return self._chosen.get(part.row_id, part.trace_id)

    @staticmethod
    def _is_judged_anew(decision: _Decision, part: TracePart) -> bool:
        return part.is_span and decision.is_kept is False and not decision.is_final

    def _following(self, source: RowSource, decision: _Decision) -> list[RowSource]:
        if decision.is_kept is None:
            return [_Follower(source, decision, self)]
        if decision.is_kept:
            return [source]
        self.count_dropped(1)
        return []

    def _judge(self, held: _Held, *, is_final: bool = False) -> RowSource:
        del self._held[held.trace_id]
        self._held_bytes -= held.size_bytes
        decision = _Decision(is_final=is_final)
        _remember(self._decisions, held.trace_id, decision)
        return _JudgedTrace(held, decision, self)

    def _expired(self) -> list[RowSource]:
        judged = []
        due = self._clock() - self.rules.wait
        while self._held:
            oldest = next(iter(self._held.values()))
            if oldest.heard_at > due:
                break
            judged.append(self._judge(oldest))
        return judged

    def _over_bounds(self) -> list[RowSource]:
        judged = []
        while self._held and (
            len(self._held) > self.rules.max_traces or self._held_bytes > self.rules.max_bytes
        ):
            judged.append(self._judge(next(iter(self._held.values()))))
            self._counts["early"] += 1
        return judged

    def _arm(self) -> None:
        if self._cancel is None and self._held and not self._is_closed:
            oldest = next(iter(self._held.values()))
            seconds = max(0.0, oldest.heard_at + self.rules.wait - self._clock())
            self._cancel = self._later(seconds, self._tick)

    def _disarm(self) -> None:
        if self._cancel is not None:
            self._cancel()
            self._cancel = None

    def _tick(self) -> None:
        with self._lock:
            self._cancel = None
            judged = self._expired()
            self._arm()
        for each in judged:
            self._forward(each)

    def verdict(self, trace_id: int, decision: _Decision, rows: list[Row]) -> list[Row]:
        """Decide about a trace whose rows were made; return those that pass."""
        priced = [self._price(row) for row in rows]
        decision.is_kept = self.rules.keeps(trace_id, facts_of(priced))
        with self._lock:
            self._counts["kept" if decision.is_kept else "dropped"] += 1
            if not decision.is_kept:
                self._counts["dropped_rows"] += len(priced)
        return priced if decision.is_kept else []

    def count_dropped(self, rows: int) -> None:
        """Count row writes that follow a trace that was dropped."""
        with self._lock:
            self._counts["dropped_rows"] += rows

    def rows_of(self, source: RowSource) -> list[Row]:
        """Return the rows of one *source* of a trace; a fault costs it alone."""
        try:
            return list(source.rows())
        except Exception as error:  # noqa: BLE001 - a bad source costs itself, not its trace
            with self._lock:
                self._counts["failed"] += 1
            self._notices.bug("converting what was logged", error)
            return []


class _JudgedTrace:
    """A trace that is over; whether it is kept is decided when its rows are made."""

    __slots__ = ("_decision", "_sampler", "_sources", "_trace_id", "size_bytes")

    def __init__(self, held: _Held, decision: _Decision, sampler: TailSampler) -> None:
        self._trace_id = held.trace_id
        self._sources = held.all()
        self._decision = decision
        self._sampler = sampler
        self.size_bytes = held.size_bytes

    def rows(self) -> Iterable[Row]:
        """Return the rows of the trace, or nothing."""
        rows = [row for source in self._sources for row in self._sampler.rows_of(source)]
        passing = self._sampler.verdict(self._trace_id, self._decision, rows)
        if not self._decision.is_kept:
            for source in self._sources:
                undo: Any = getattr(source, "undo", None)
                if undo is not None:
                    undo()
        return passing


class _Follower:
    """Something that came while its trace was being judged."""

    __slots__ = ("_decision", "_sampler", "_source", "size_bytes")

    def __init__(self, source: RowSource, decision: _Decision, sampler: TailSampler) -> None:
        self._source = source
        self._decision = decision
        self._sampler = sampler
        self.size_bytes = source.size_bytes

    def rows(self) -> Iterable[Row]:
        """Return the rows, if the trace is kept."""
        rows = list(self._source.rows())
        if self._decision.is_kept is False:
            self._sampler.count_dropped(len(rows))
            return ()
        return rows


def _remember(table: dict[K, V], key: K, value: V) -> None:
    table.pop(key, None)
    if len(table) >= MOST_DECISIONS:
        del table[next(iter(table))]
    table[key] = value


_DROPPED = (
    "Tail sampling kept {:,} of {:,} traces. It dropped {:,} with {:,} rows, as it was told to."
)
_EARLY = (
    "Tail sampling had to judge {:,} traces before they ended, because too many were open at once. "
    "Raise max_traces or max_bytes (BRAINTRUST_TAIL_SAMPLING_MAX_TRACES, ..._MAX_BYTES)."
)
