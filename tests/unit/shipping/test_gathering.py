"""Writes of one row are joined while they wait."""

from __future__ import annotations

from braintrust_otel._model.containers import project_logs
from braintrust_otel._model.rows import Row
from braintrust_otel._shipping.gathering import Gathering
from support.sink import DEMO, row


def test_writes_of_one_row_become_one() -> None:
    """A row and its update are one write, with the tickets of both."""
    gathering = Gathering()
    gathering.add(row("a", x=1), 7)
    gathering.add(row("b"))
    gathering.add(row("a", is_merge=True, y=2), 8)

    gathered = gathering.take()

    assert [(each.row.id, each.writes, each.tickets) for each in gathered] == [
        ("a", 2, (7, 8)),
        ("b", 1, ()),
    ]
    assert len(gathering) == 0


def test_rows_of_different_containers_are_different() -> None:
    """One id in two containers names two rows."""
    gathering = Gathering()
    gathering.add(row("a"))
    gathering.add(row("a", container=project_logs("other")))

    count = len(gathering)

    assert count == 2


def test_a_write_that_stands_apart_divides_its_neighbours() -> None:
    """Writes before and after it are joined among themselves, and the order stays."""
    gathering = Gathering()
    gathering.add(row("a", x=1))
    gathering.add(row("a", is_merge=True, x=2))
    gathering.add(Row("a", DEMO, {"x": 3}, is_merge=True, may_join=False))
    gathering.add(row("a", is_merge=True, x=4))
    gathering.add(row("a", is_merge=True, x=5))

    gathered = gathering.take()

    assert [(each.row.fields["x"], each.writes) for each in gathered] == [(2, 2), (3, 1), (5, 2)]
