"""The bounded buffer."""

from __future__ import annotations

import pytest

from braintrust_otel._shipping.buffer import Buffer, Drained, Load
from braintrust_otel._shipping.progress import FlushMarker
from support.sink import Rows, source


class Alarm:
    """Counts how often it was raised."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self) -> None:
        self.count += 1


def make(max_rows: int = 10, max_bytes: int = 1000, load: Load | None = None) -> Buffer:
    """Return a buffer."""
    return Buffer(max_rows, max_bytes, load or Load(), Alarm())


def offered(buffer: Buffer, count: int, size: int = 100) -> list[bool]:
    """Offer *count* sources of *size* bytes."""
    return [buffer.offer(Rows(size_bytes=size)) for _ in range(count)]


def test_rows_are_bounded() -> None:
    """What is over the bound in rows is not taken."""
    buffer = make(max_rows=2)

    taken = offered(buffer, 3)

    assert taken == [True, True, False]


def test_bytes_are_bounded() -> None:
    """Once the bytes have reached the bound nothing more is taken."""
    buffer = make(max_bytes=150)

    taken = offered(buffer, 3)

    assert taken == [True, True, False]


def test_what_is_larger_than_the_bound_is_taken_by_an_empty_buffer() -> None:
    """A single huge row does not wait for room that can never be."""
    buffer = make(max_bytes=150)

    taken = offered(buffer, 2, size=9999)

    assert taken == [True, False]


def test_what_left_the_buffer_still_counts() -> None:
    """Rows that are held take room until they are settled."""
    load = Load(rows=9, size_bytes=0)
    buffer = make(max_rows=10, load=load)

    taken = offered(buffer, 2)

    assert taken == [True, False]


def test_bytes_that_left_the_buffer_still_count() -> None:
    """The memory of held rows takes room too."""
    buffer = make(max_bytes=1000, load=Load(rows=0, size_bytes=1000))

    taken = offered(buffer, 1)

    assert taken == [False]


def test_size_zero_lifts_both_bounds() -> None:
    """A queue size of 0 means no bound in rows and none in bytes."""
    buffer = make(max_rows=0, max_bytes=1)

    taken = offered(buffer, 3)

    assert taken == [True, True, True]


def test_sources_come_out_in_order() -> None:
    """What is drained is the oldest, and its bytes are given back."""
    buffer = make()
    sources = [source("a"), source("b"), source("c")]
    [buffer.offer(each) for each in sources]

    drained = buffer.drain(2)

    assert [each for each, _ in drained.sources] == sources[:2]
    assert (len(buffer), buffer.size_bytes, drained.size_bytes) == (1, 100, 200)


def test_enough_bytes_end_what_is_drained() -> None:
    """Large sources are drained a few at a time, and at least one."""
    buffer = make()
    offered(buffer, 4)

    first, second = buffer.drain(10, 150), buffer.drain(10, 1)

    assert (len(first.sources), first.size_bytes) == (2, 200)
    assert (len(second.sources), len(buffer), buffer.size_bytes) == (1, 1, 100)


def test_a_marker_ends_what_is_drained() -> None:
    """Nothing from behind a flush marker is taken with it."""
    buffer, marker = make(), FlushMarker()
    buffer.offer(source("a"))
    buffer.mark(marker)
    buffer.offer(source("b"))

    drained = buffer.drain(10)

    assert (len(drained.sources), drained.marker) == (1, marker)
    assert len(buffer) == 1


def test_what_was_not_converted_goes_back_in_front() -> None:
    """After an interruption the order is as before."""
    buffer, marker = make(), FlushMarker()
    sources = [(source("a"), 100), (source("b"), 100)]
    buffer.offer(source("c"))

    buffer.restore(Drained(sources, marker))

    first, second = buffer.drain(10), buffer.drain(10)
    assert (first.sources, first.marker) == (sources, marker)
    assert (len(second.sources), buffer.size_bytes) == (1, 0)


def test_what_was_not_converted_goes_back_without_a_marker() -> None:
    """An interruption without a flush under way puts back sources only."""
    buffer = make()

    buffer.restore(Drained([(source("a"), 100)]))

    assert (len(buffer), buffer.size_bytes) == (1, 100)


@pytest.mark.parametrize(("rows", "size_bytes"), [(2, 10_000), (100, 100)])
def test_the_alarm_is_raised_once(rows: int, size_bytes: int) -> None:
    """The worker is woken when a threshold is reached, and not again for each row after."""
    alarm = Alarm()
    buffer = Buffer(10, 1000, Load(), alarm)
    buffer.wake_at(rows, size_bytes)

    counts = [(buffer.offer(source("a")), alarm.count)[1] for _ in range(4)]

    assert counts == [0, 1, 1, 1]


def test_nobody_is_woken_while_the_worker_is_awake() -> None:
    """Without a threshold the alarm stays silent."""
    alarm = Alarm()
    buffer = Buffer(10, 1000, Load(), alarm)

    offered(buffer, 5)

    assert alarm.count == 0
