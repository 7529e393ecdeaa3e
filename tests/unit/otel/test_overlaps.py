"""Which spans may tell of one call is told from where and when they are, not from their names."""

from __future__ import annotations

from itertools import count
from typing import Any

import pytest

from braintrust_otel._model.containers import project_logs
from braintrust_otel._model.rows import Row
from braintrust_otel._otel.overlaps import CallPart, EndedSpan, Overlaps

TRACE = 1
HOME = project_logs("demo")


def span(
    span_id: int, parent: int | None = None, /, *, maker: str = "", at: tuple[int, int]
) -> EndedSpan:
    """Return a span that ran from the first to the second of *at*."""
    above = None if parent is None else (TRACE, parent)
    return EndedSpan((TRACE, span_id), above, maker or f"maker {span_id}", *at)


def rows_of(part: CallPart, **fields: Any) -> list[str]:
    """Return the ids of the rows that are corrected when the row of *part* is made."""
    span_id = str(part.span.key[1])
    told = {"span_attributes": {"type": "llm"}, "input": "q", "metadata": {"model": "m"}, **fields}
    row = Row(span_id, HOME, {"metrics": {"start": 1}, **told})
    return [one.id for one in part.settled(row, is_own=False, prefer="own")]


def test_a_span_below_is_inside() -> None:
    """The child of a call gives way to it, or the other way round."""
    calls = Overlaps()

    inner = calls.ended(span(2, 1, at=(2, 3)))
    outer = calls.ended(span(1, at=(1, 4)))

    assert rows_of(inner) == []
    assert rows_of(outer) == ["1"]


def test_spans_in_between_are_passed_over() -> None:
    """An HTTP span between two spans of a call does not hide one from the other."""
    calls = Overlaps()

    inner = calls.ended(span(3, 2, at=(2, 3)))
    calls.passed((TRACE, 2), (TRACE, 1))
    outer = calls.ended(span(1, at=(1, 4)))

    assert rows_of(inner) + rows_of(outer) == ["1"]


def test_a_span_that_outlives_the_one_above_is_inside_too() -> None:
    """The outer span may end first, as long as they were open at the same time."""
    calls = Overlaps()

    outer = calls.ended(span(1, at=(1, 3)))
    inner = calls.ended(span(2, 1, at=(2, 4)))

    assert rows_of(outer) == []
    assert rows_of(inner) == ["1"]


def test_a_span_that_began_after_the_one_above_is_another_call() -> None:
    """A call that follows another one, and is its child all the same, is a call of its own."""
    calls = Overlaps()

    first = calls.ended(span(1, at=(1, 2)))
    second = calls.ended(span(2, 1, at=(2, 4)))

    assert rows_of(first) + rows_of(second) == []


def test_a_span_beside_is_the_same_call() -> None:
    """An instrumentor whose span is not current has the other one beside it."""
    calls = Overlaps()

    inner = calls.ended(span(3, 1, at=(2, 3)))
    outer = calls.ended(span(2, 1, at=(1, 4)))

    assert rows_of(inner) + rows_of(outer) == ["2"]


def test_a_span_beside_may_end_first_although_it_began_first() -> None:
    """Of two spans that cross in time the earlier one is the outer one."""
    calls = Overlaps()

    outer = calls.ended(span(2, 1, at=(1, 3)))
    inner = calls.ended(span(3, 1, at=(2, 4)))

    assert rows_of(outer) + rows_of(inner) == ["2"]


def test_parallel_calls_of_one_instrumentor_are_two() -> None:
    """Two spans of one maker beside each other are two calls, however they overlap."""
    calls = Overlaps()

    one = calls.ended(span(2, 1, maker="m", at=(1, 3)))
    other = calls.ended(span(3, 1, maker="m", at=(2, 4)))

    assert rows_of(one) + rows_of(other) == []


def test_calls_after_each_other_are_two() -> None:
    """Spans of different makers that do not overlap are two calls."""
    calls = Overlaps()

    one = calls.ended(span(2, 1, at=(1, 2)))
    other = calls.ended(span(3, 1, at=(2, 4)))

    assert rows_of(one) + rows_of(other) == []


def test_parallel_calls_with_two_instrumentors_are_two_pairs() -> None:
    """Each call has its pair: the spans that end one right after the other."""
    calls = Overlaps()

    parts = [
        calls.ended(span(2, 1, maker="inner", at=(2, 5))),
        calls.ended(span(3, 1, maker="outer", at=(1, 6))),
        calls.ended(span(4, 1, maker="inner", at=(4, 7))),
        calls.ended(span(5, 1, maker="outer", at=(3, 8))),
    ]

    assert [rows_of(part) for part in parts] == [[], ["3"], [], ["5"]]


def test_a_span_that_most_of_another_one_is_about_is_the_same_call() -> None:
    """What ends elsewhere, with another call ending in between, is found by where it lies."""
    calls = Overlaps()

    inner = calls.ended(span(3, 1, at=(11, 19)))
    calls.ended(span(7, 6, at=(1, 30)))
    outer = calls.ended(span(2, 1, at=(10, 20)))

    assert rows_of(inner) + rows_of(outer) == ["2"]


@pytest.mark.parametrize(
    "other",
    [
        span(2, 1, at=(11, 20)),  # begins later
        span(2, 1, at=(10, 100)),  # takes far longer
        span(2, 5, at=(10, 20)),  # has another parent
        span(2, 1, maker="maker 3", at=(10, 20)),
    ],
)
def test_other_spans_that_end_elsewhere_are_calls_of_their_own(other: EndedSpan) -> None:
    """Beside each other in different threads only one that lies around the other belongs to it."""
    calls = Overlaps()

    inner = calls.ended(span(3, 1, at=(10, 19)))
    calls.ended(span(7, 6, at=(1, 2)))
    later = calls.ended(other)

    assert rows_of(inner) + rows_of(later) == []


def test_roots_that_end_elsewhere_are_calls_of_their_own() -> None:
    """Without a parent nothing tells whether spans of two threads belong together."""
    calls = Overlaps()

    inner = calls.ended(span(3, at=(11, 19)))
    calls.ended(span(7, 6, at=(1, 2)))
    outer = calls.ended(span(2, at=(10, 20)))

    assert rows_of(inner) + rows_of(outer) == []


@pytest.mark.parametrize(
    ("until", "counted", "corrected"),
    [
        (12, 7, ["2"]),  # a sliver of the time, and the same tokens
        (19, 8, []),  # most of the time, and other tokens
        (19, None, ["2"]),
        (12, None, []),
    ],
)
def test_tokens_say_whether_a_span_within_is_the_same_call(
    until: int, counted: int | None, corrected: list[str]
) -> None:
    """How long a framework takes around a call says little; equal tokens say much."""
    calls = Overlaps()
    counts = {"start": 1} if counted is None else {"start": 1, "completion_tokens": counted}

    inner = calls.ended(span(3, 1, at=(11, until)))
    calls.ended(span(7, 6, at=(1, 100)))
    outer = calls.ended(span(2, 1, at=(10, 20)))
    told = rows_of(inner, metrics={"completion_tokens": 7}) + rows_of(outer, metrics=counts)

    assert sorted(set(told)) == corrected


def test_of_calls_at_the_same_time_the_longest_fills_another_span() -> None:
    """Each framework's span goes with the call that took most of its time."""
    calls = Overlaps()

    short = calls.ended(span(3, 1, maker="client", at=(12, 18)))
    long = calls.ended(span(4, 1, maker="client", at=(11, 19)))
    calls.ended(span(7, 6, at=(1, 30)))
    outer = calls.ended(span(2, 1, maker="framework", at=(10, 20)))

    assert rows_of(short) + rows_of(long) + rows_of(outer) == ["2"]
    assert (long.is_paired, short.is_paired) == (True, False)


def test_the_same_span_is_noted_once() -> None:
    """A second processor on the same way gets the same part."""
    calls = Overlaps()

    first, second = (calls.ended(span(2, 1, at=(1, 2))) for _ in range(2))

    assert first is second


def test_rows_in_two_projects_are_settled_apart() -> None:
    """A row corrects only rows of its own container."""
    calls = Overlaps()
    inner, outer = calls.ended(span(2, 1, at=(2, 3))), calls.ended(span(1, at=(1, 4)))
    elsewhere = Row("2", project_logs("other"), {"span_attributes": {"type": "llm"}})

    inner.settled(elsewhere, is_own=False, prefer="own")

    assert rows_of(outer) == []


def test_what_never_ends_takes_bounded_memory() -> None:
    """Parents that never end, and those with very many calls, cost no more than the bounds."""
    calls, ids = Overlaps(), count(1)

    [calls.ended(span(next(ids), 10**6 + n, at=(1, 2))) for n in range(10_000)]
    [calls.ended(span(next(ids), 10**6, at=(1, 2))) for _ in range(10_000)]

    assert len(calls._waiting) == len(calls._recent) == 4_096
    assert max(map(len, calls._waiting.values())) == 16
