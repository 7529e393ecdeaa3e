"""Rows that wait for company: writes of one row are joined before they are encoded."""

from __future__ import annotations

from braintrust_otel._model.containers import Container
from braintrust_otel._model.rows import Row
from braintrust_otel._shipping.entries import Gathered, join
from braintrust_otel._shipping.spool import Ticket

__all__ = ["Gathering"]


class Gathering:
    """Joins the writes of each row, in the order in which they came.

    A write that may not be joined stays apart, and so do the writes before and after it; they keep
    their order. Belongs to the one thread that converts.
    """

    __slots__ = ("_gathered", "_latest")

    def __init__(self) -> None:
        self._gathered: list[Gathered] = []
        self._latest: dict[tuple[Container, str], int] = {}

    def __len__(self) -> int:
        return len(self._gathered)

    def add(self, row: Row, ticket: Ticket | None = None) -> None:
        """Add one write, joining it to the latest one of the same row if both allow it."""
        new = Gathered(row, tickets=() if ticket is None else (ticket,))
        place = (row.container, row.id)
        position = self._latest.get(place)
        joined = None if position is None else join(self._gathered[position], new)
        if position is None or joined is None:
            self._latest[place] = len(self._gathered)
            self._gathered.append(new)
        else:
            self._gathered[position] = joined

    def take(self) -> list[Gathered]:
        """Return what was gathered, in order, and start afresh."""
        gathered, self._gathered, self._latest = self._gathered, [], {}
        return gathered
