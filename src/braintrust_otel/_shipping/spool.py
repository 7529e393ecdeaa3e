"""The seam of the spool: where rows survive the process until they are acknowledged."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from braintrust_otel._model.rows import Row

__all__ = ["NoSpool", "Spool", "Ticket"]

Ticket = int
"""Names one row write in the spool that issued it."""


class Spool(Protocol):
    """Keeps row writes until they are acknowledged or refused for good.

    ``append`` and ``adopt`` run in the thread that converts, ``remove`` in any thread that
    delivers. Only masked rows get here. None of the methods raises: a spool in trouble says so and
    issues no tickets.
    """

    @property
    def is_lasting(self) -> bool:
        """Whether rows with a ticket are still there after the process has ended."""
        ...

    def append(self, rows: Sequence[Row]) -> Sequence[Ticket | None]:
        """Keep *rows* before they are sent; one ticket for each, None for what is not kept."""
        ...

    def remove(self, tickets: Iterable[Ticket]) -> None:
        """Forget the row writes that *tickets* name: they were acknowledged or refused."""
        ...

    def adopt(self) -> Iterable[tuple[Ticket, Row]]:
        """Return what a dead process left, as merge rows, so that nothing newer is wiped."""
        ...


class NoSpool:
    """Keeps nothing: rows live in memory only."""

    __slots__ = ()

    is_lasting = False

    def append(self, rows: Sequence[Row]) -> Sequence[Ticket | None]:
        """Issue no tickets."""
        return (None,) * len(rows)

    def remove(self, tickets: Iterable[Ticket]) -> None:
        """Do nothing: there are no tickets."""

    def adopt(self) -> Iterable[tuple[Ticket, Row]]:
        """Return nothing."""
        return ()
