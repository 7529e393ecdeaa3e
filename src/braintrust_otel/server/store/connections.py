"""What lends SQLite connections, and what a write transaction is."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol

__all__ = ["FORK_WAIT", "Connections", "Prepare", "transaction"]

FORK_WAIT = 2.0
"""Seconds that a fork waits for the transactions of other threads to end."""

Prepare = Callable[[sqlite3.Connection], None]
"""Brings the schema of a newly opened database up to date."""


class Connections(Protocol):
    """Lends connections to one database."""

    place: str
    """Where the database is, for messages."""

    def borrow(self) -> AbstractContextManager[sqlite3.Connection]:
        """Lend a connection to the calling thread until the block ends.

        Raises:
            StoreError: The database cannot be opened, or an SQLite error left the block.
        """
        ...

    def before_fork(self) -> None:
        """Give up everything that must not be inherited by a forked child."""
        ...

    def after_fork_in_parent(self) -> None:
        """Go on in the parent."""
        ...

    def after_fork_in_child(self) -> None:
        """Start over in the child."""
        ...

    def close(self) -> None:
        """Close every connection that is not lent out; a later ``borrow`` opens a new one."""
        ...


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """Run the block as one write transaction: all of it is kept, or nothing."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:  # an interrupt, too, must not leave the write lock behind
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
