"""Rows on their way: encoding, joining, routing fields, merging."""

from __future__ import annotations

from braintrust_otel._model.rows import Row
from braintrust_otel._shipping.entries import (
    Entry,
    Gathered,
    encode,
    join,
    route_for,
    seal,
    send_along,
    turn_into_merge,
    wire,
)
from support.sink import DEMO, row


def sealed(made: Row) -> Entry:
    """Return a sealed entry of one row."""
    entry = encode(Gathered(made))
    send_along(entry, route_for({"project_id": "p1"}))
    seal(entry)
    return entry


def test_a_replacing_row_says_nothing_about_merging() -> None:
    """A row without the merge mark replaces what is stored."""
    entry = sealed(row("a", input=1))

    wired = wire(entry)

    assert wired.data == b'{"id":"a","input":1,"project_id":"p1"}'
    assert not wired.is_merge


def test_a_merging_row_says_so() -> None:
    """A merge carries the mark."""
    entry = sealed(row("a", is_merge=True))

    wired = wire(entry)

    assert wired.data == b'{"id":"a","project_id":"p1","_is_merge":true}'
    assert wired.is_merge


def test_a_row_without_a_route_is_still_json() -> None:
    """Rows whose container was never found out can be kept as failed payloads."""
    entry = encode(Gathered(row("a", is_merge=True)))

    seal(entry)

    assert entry.data == b'{"id":"a","_is_merge":true}'


def test_an_empty_route_adds_nothing() -> None:
    """A route without fields leaves the text as it is."""
    entry = encode(Gathered(row("a")))
    send_along(entry, route_for({}))

    seal(entry)

    assert entry.data == b'{"id":"a"}'


def test_a_replacing_row_can_be_turned_into_a_merge_once() -> None:
    """Turning a row into a merge twice changes nothing more."""
    entry = sealed(row("a"))

    turn_into_merge(entry)
    turn_into_merge(entry)

    assert entry.data == b'{"id":"a","project_id":"p1","_is_merge":true}'
    assert entry.is_merge


def test_joined_writes_are_counted_and_keep_their_tickets() -> None:
    """A joined row stands for all writes that went into it."""
    first = Gathered(row("a", x=1), 2, (7,))
    second = Gathered(row("a", is_merge=True, y=2), 1, (8,))

    joined = join(first, second)

    assert joined is not None
    assert (joined.writes, joined.tickets) == (3, (7, 8))
    assert joined.row.fields == {"x": 1, "y": 2}


def test_writes_that_may_not_join_stay_apart() -> None:
    """Either of two writes can refuse to be joined."""
    open_one = Gathered(row("a", is_merge=True))
    closed = Gathered(Row("a", DEMO, {}, is_merge=True, may_join=False))

    joined = (join(open_one, closed), join(closed, open_one))

    assert joined == (None, None)
