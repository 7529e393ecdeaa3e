"""Tail sampling by itself: what is held, for how long, and what is decided."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from typing import Any

import pytest

from braintrust_otel._diagnostics import Notices
from braintrust_otel._model.containers import project_logs
from braintrust_otel._model.ids import format_trace_id
from braintrust_otel._model.rows import Row
from braintrust_otel._model.sampling import TailSampling, TraceFacts, TracePart, facts_of
from braintrust_otel._runtime.ready import ReadyRows
from braintrust_otel._runtime.tail import TailSampler, Timing

LOGS = project_logs("demo")
TRACES = 10_000
SPAN_BYTES = 100


class Part:
    """A span of a trace: its row says what the test wants."""

    size_bytes = SPAN_BYTES

    def __init__(
        self, trace_id: int, span_id: int, part: TracePart, fields: dict[str, Any]
    ) -> None:
        self.row = Row(f"{format_trace_id(trace_id)}{span_id:016x}", LOGS, fields)
        self._part = part

    def trace_part(self) -> TracePart:
        return self._part

    def rows(self) -> Iterable[Row]:
        return (self.row,)


def inner(trace_id: int, span_id: int = 2, **fields: Any) -> Part:
    return Part(trace_id, span_id, TracePart(trace_id, LOGS), fields)


def end(trace_id: int, **fields: Any) -> Part:
    part = TracePart(trace_id, LOGS, is_root=True, is_end=True)
    return Part(trace_id, 1, part, fields)


class Shipping:
    """Stands in for shipping, and for the time: nothing happens unless the test says so."""

    def __init__(self, **rules: Any) -> None:
        self.queue: list[Any] = []
        self.rows: list[Row] = []
        self.now = 0.0
        self.alarms: list[tuple[float, Callable[[], None]]] = []
        self.said: list[str] = []
        self.sampler = TailSampler(
            self.queue.append,
            TailSampling(**rules),
            Notices(self.said.append, lambda: self.now),
            timing=Timing(lambda: self.now, self._later),
        )

    def _later(self, seconds: float, call: Callable[[], None]) -> Callable[[], None]:
        alarm = (self.now + seconds, call)
        self.alarms.append(alarm)
        return lambda: self.alarms.remove(alarm)

    def put(self, *sources: Any) -> None:
        for source in sources:
            self.sampler.put(source)

    def work(self) -> list[Row]:
        """Make the rows of all that passed; return those of this time."""
        made = [row for source in self.queue for row in source.rows()]
        self.queue.clear()
        self.rows += made
        return made

    def wait(self, seconds: float) -> None:
        self.now += seconds
        due = [alarm for alarm in self.alarms if alarm[0] <= self.now]
        for alarm in due:
            self.alarms.remove(alarm)
            alarm[1]()


def test_ten_thousand_open_traces() -> None:
    """The kept set is exact, the memory is bounded, every dropped trace is counted."""
    shipping = Shipping(base_rate=0.1, max_bytes=TRACES * 1_000)
    chance = random.Random(7)  # noqa: S311  # no secret
    traces = [chance.getrandbits(128) for _ in range(TRACES)]
    broken = set(traces[::50])
    wanted = broken | {one for one in traces if shipping.sampler.rules.is_in_base(one)}
    starts = [inner(one, **({"error": "x"} if one in broken else {})) for one in traces]
    chance.shuffle(starts)
    shipping.put(*starts)
    most_held = shipping.sampler.stats()
    ends = [end(one) for one in traces]
    chance.shuffle(ends)

    shipping.put(*ends)
    shipping.work()

    stats = shipping.sampler.stats()
    assert {int(row.id[:32], 16) for row in shipping.rows} == wanted
    assert len(shipping.rows) == 2 * len(wanted)
    assert (most_held.held, stats.held, stats.held_bytes, stats.early) == (TRACES, 0, 0, 0)
    assert (stats.kept, stats.dropped) == (len(wanted), TRACES - len(wanted))
    assert stats.dropped_rows == 2 * (TRACES - len(wanted))


@pytest.mark.parametrize("bound", [{"max_traces": 500}, {"max_bytes": 350_000}], ids=str)
def test_more_open_traces_than_there_is_room_for(bound: dict[str, int]) -> None:
    """The oldest are judged early; what they held by then still decides, and that is said."""
    shipping = Shipping(**bound)

    shipping.put(*[inner(one, error="x") for one in range(1, TRACES + 1)])
    shipping.work()

    stats = shipping.sampler.stats()
    assert stats.held <= 500
    assert stats.held_bytes <= 350_000
    assert stats.early == stats.kept == TRACES - stats.held
    assert len(shipping.said) == 1


def test_trace_without_an_end_is_judged_after_a_while() -> None:
    """Silence ends a trace, with nothing else going on."""
    shipping = Shipping(wait=60)
    shipping.put(inner(1, error="x"))
    shipping.wait(59)
    shipping.put(inner(1, 3))

    shipping.wait(59)
    early = shipping.work()
    shipping.wait(1)

    assert early == []
    assert len(shipping.work()) == 2


def test_late_span_of_a_trace_that_was_judged_in_silence_is_judged_anew() -> None:
    """What was dropped before its root ended may yet turn out to matter."""
    shipping = Shipping(wait=60)
    shipping.put(inner(1))
    shipping.wait(61)
    dropped = shipping.work()

    shipping.put(inner(1, 3, error="x"), end(1))

    assert dropped == []
    assert len(shipping.work()) == 2


def test_what_comes_while_the_trace_is_judged_follows() -> None:
    """Between the end of a trace and its verdict nothing is lost, and nothing passes."""
    shipping = Shipping()
    shipping.put(end(1), end(2, error="x"), inner(1), inner(2))

    assert {row.id[:32] for row in shipping.work()} == {format_trace_id(2)}
    assert shipping.sampler.stats().dropped_rows == 2


def test_open_span_counts_once() -> None:
    """Flushing again and again takes no further memory for an open span."""
    shipping = Shipping()
    part = TracePart(1, LOGS, is_open=True, open_key=5)
    shipping.put(*[Part(1, 5, part, {}) for _ in range(9)])

    once = shipping.sampler.stats().held_bytes
    shipping.put(Part(1, 5, part, {}))

    assert shipping.sampler.stats().held_bytes == once


def test_fault_in_one_span_costs_it_alone() -> None:
    """A span that cannot be converted does not take its trace along."""
    shipping = Shipping()
    spoilt = inner(1)
    spoilt.rows = lambda: 1 / 0  # type: ignore[assignment,method-assign]  # the fault

    shipping.put(spoilt, end(1, error="x"))

    assert len(shipping.work()) == 1
    assert shipping.sampler.stats().failed == 1


def test_what_has_no_trace_passes() -> None:
    """Records, comments on unknown rows, and sources of any other kind are none of its business."""
    shipping = Shipping()
    unknown = ReadyRows([Row("u1", LOGS, {"scores": {}}, is_merge=True)])

    shipping.put(unknown, object())

    assert len(shipping.queue) == 2


def test_closing_judges_what_waits() -> None:
    """At the end of a process everything is decided, and the sum is said."""
    shipping = Shipping()
    shipping.put(inner(1), inner(2, error="x"))

    shipping.sampler.close()
    shipping.work()
    shipping.sampler.say()

    assert [int(row.id[:32], 16) for row in shipping.rows] == [2]
    assert shipping.alarms == []
    assert len(shipping.said) == 1


def test_forked_child_starts_empty_and_remembers() -> None:
    """What is held is the parent's; what the parent decided holds in the child."""
    shipping = Shipping()
    shipping.put(end(1), inner(2, error="x"))
    shipping.work()

    shipping.sampler.after_fork_in_child()
    shipping.put(inner(1))

    assert shipping.sampler.stats().held == 0
    assert shipping.sampler.stats().dropped_rows == 1


def test_price_counts() -> None:
    """A trace whose cost is only estimated is judged by the estimate."""
    shipping = Shipping(costlier_than=1.0)
    shipping.sampler._price = lambda row: Row(
        row.id, row.container, {"metrics": {"estimated_cost": 0.6}}
    )

    shipping.put(inner(1), end(1))

    assert len(shipping.work()) == 2


def test_facts_follow_merges() -> None:
    """Metrics that a later row took away again do not count twice."""
    rows = [
        Row("a", LOGS, {"metrics": {"estimated_cost": 1.0, "start": 1.0, "end": 2.0}}),
        Row("b", LOGS, {"metrics": {"estimated_cost": 1.0, "start": 0.5, "end": 9.0}}),
        Row("a", LOGS, {"metrics": {"end": 2.0}, "_merge_paths": [["metrics"]]}, is_merge=True),
        Row("b", LOGS, {"scores": {"x": 0.2, "y": None}}, is_merge=True),
    ]

    assert facts_of(rows) == TraceFacts(False, 8.5, 1.0, 0.2)


def test_base_rate_is_that_of_opentelemetry() -> None:
    """A trace is in the base exactly when a ratio sampler of that rate would sample it."""
    from opentelemetry.sdk.trace.sampling import TraceIdRatioBased

    chance = random.Random(3)  # noqa: S311  # no secret
    ids = [chance.getrandbits(128) for _ in range(500)]
    sampler, rules = TraceIdRatioBased(0.3), TailSampling(base_rate=0.3)

    sampled = [sampler.should_sample(None, one, "x").decision.is_sampled() for one in ids]

    assert [rules.is_in_base(one) for one in ids] == sampled


@pytest.mark.parametrize(
    "wrong", [{"base_rate": 1.1}, {"base_rate": -0.1}, {"wait": 0}, {"max_traces": 0}], ids=str
)
def test_impossible_rules_are_refused(wrong: dict[str, Any]) -> None:
    """A slip in the rules is told where they are made."""
    with pytest.raises(ValueError, match="must be"):
        TailSampling(**wrong)
