"""Packing and halving."""

from __future__ import annotations

from collections import deque

import pytest

from braintrust_otel._shipping.batches import Limits, Parcel, halves, pack
from braintrust_otel._shipping.entries import Entry, Gathered, encode, route_for, seal, send_along
from support.sink import row

ROUTE = route_for({"project_id": "p1", "log_id": "g"})


def entry(row_id: str, size: int = 0) -> Entry:
    """Return a sealed entry."""
    made = encode(Gathered(row(row_id, x="x" * size)))
    send_along(made, ROUTE)
    seal(made)
    return made


def test_rows_are_packed_up_to_the_count() -> None:
    """A request takes the oldest rows, and no more than allowed."""
    ready = deque(entry(name) for name in "abcde")

    packed = pack(ready, Limits(rows=2, size_bytes=10_000))

    assert [each.id for each in packed] == ["a", "b"]
    assert [each.id for each in ready] == ["c", "d", "e"]


def test_rows_are_packed_up_to_the_bytes() -> None:
    """The envelope of the request and the separators count."""
    ready = deque(entry(name) for name in "abc")
    two = sum(each.wire_bytes for each in list(ready)[:2])

    packed = pack(deque(ready), Limits(rows=10, size_bytes=two + 29))
    fewer = pack(deque(ready), Limits(rows=10, size_bytes=two + 28))

    assert [each.id for each in packed] == ["a", "b"]
    assert [each.id for each in fewer] == ["a"]


def test_a_row_over_the_limit_travels_alone() -> None:
    """A row that fits into no request gets one of its own."""
    ready = deque([entry("big", 500), entry("a")])

    packed = pack(ready, Limits(rows=10, size_bytes=100))

    assert [each.id for each in packed] == ["big"]


@pytest.mark.parametrize(
    ("sizes", "cut"), [((1, 1, 1, 1), 2), ((900, 1, 1), 1), ((1, 1, 900), 2), ((1, 1), 1)]
)
def test_halves_have_about_the_same_bytes(sizes: tuple[int, ...], cut: int) -> None:
    """Rows are cut where their bytes are halved, and no part is empty."""
    entries = [entry(str(number), size) for number, size in enumerate(sizes)]

    first, second = halves(entries)

    assert [*first, *second] == entries
    assert len(first) == cut


def test_a_parcel_becomes_a_batch() -> None:
    """A batch holds the rows' keys and complete text, in order."""
    parcel = Parcel([entry("a"), entry("b")])

    batch = parcel.batch()

    assert [each.key for each in batch.rows] == [
        ("log_id", "project_id", "g", "p1", "a"),
        ("log_id", "project_id", "g", "p1", "b"),
    ]
    assert batch.rows[0].data == b'{"id":"a","x":"","log_id":"g","project_id":"p1"}'
    assert batch.size_bytes == parcel.wire_bytes
