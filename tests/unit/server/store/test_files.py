"""Connections to the store file."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from braintrust_otel.server.store import StoreLockedError
from braintrust_otel.server.store.connections import transaction
from braintrust_otel.server.store.files import FileConnections
from support.stores import Clock, file_connections, log_row, store_in_memory, stored_rows


@pytest.fixture
def connections(tmp_path: Path) -> Iterator[FileConnections]:
    """Connections to a new store file."""
    made = file_connections(tmp_path / "store.db")
    yield made
    made.close()


def test_connection_is_used_again(connections: FileConnections) -> None:
    """A connection that was given back is lent again."""
    with connections.borrow() as first:
        pass
    with connections.borrow() as second:
        pass

    assert second is first


def test_two_borrowers_have_two_connections(connections: FileConnections) -> None:
    """A connection is lent to one borrower at a time."""
    with connections.borrow() as first, connections.borrow() as second:
        assert first is not second


def test_connection_of_a_failed_block_is_not_lent_again(connections: FileConnections) -> None:
    """After an error nobody inherits the connection's state."""
    used = []

    def fail() -> None:
        with connections.borrow() as connection:
            used.append(connection)
            connection.execute("BEGIN IMMEDIATE")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    with connections.borrow() as second, transaction(second):
        used.append(second)

    assert used[1] is not used[0]


def test_closed_connections_are_opened_anew(connections: FileConnections) -> None:
    """Closing is no end: the next borrower opens the file again."""
    with connections.borrow() as first:
        pass
    connections.close()

    with connections.borrow() as second:
        assert second is not first


def test_deleted_file_is_made_again(connections: FileConnections, tmp_path: Path) -> None:
    """Rows are never written into a file that was deleted under the store."""
    with connections.borrow():
        pass
    (tmp_path / "store.db").unlink()

    with connections.borrow() as connection, transaction(connection):
        connection.execute("INSERT INTO projects VALUES ('a', 'b', 'c')")

    other = sqlite3.connect(tmp_path / "store.db")
    found = other.execute("SELECT id FROM projects").fetchall()
    other.close()
    assert found == [("a",)]


def test_no_connection_is_kept_over_a_fork(connections: FileConnections) -> None:
    """Before a fork all connections are closed; both sides open new ones."""
    with connections.borrow() as first:
        pass
    connections.before_fork()
    connections.after_fork_in_parent()
    with connections.borrow() as second:
        pass
    connections.before_fork()
    connections.after_fork_in_child()
    with connections.borrow() as third:
        pass

    assert len({id(first), id(second), id(third)}) == 3
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        second.execute("SELECT 1")


def test_failed_transaction_leaves_nothing(connections: FileConnections) -> None:
    """An error inside a transaction undoes it and lets other writers in."""

    def fail(connection: sqlite3.Connection) -> None:
        with transaction(connection):
            connection.execute("INSERT INTO projects VALUES ('a', 'b', 'c')")
            raise ZeroDivisionError

    with connections.borrow() as connection:
        with pytest.raises(ZeroDivisionError):
            fail(connection)
        left = connection.execute("SELECT count(*) FROM projects").fetchone()

    assert left == (0,)


@dataclass(slots=True)
class Patience:
    """Unlocks a file during the second pause."""

    locker: sqlite3.Connection
    clock: Clock
    pauses: list[float] = field(default_factory=list)

    def __call__(self, seconds: float) -> None:
        """Take note of a pause."""
        self.pauses.append(seconds)
        self.clock.now += seconds
        if len(self.pauses) == 2:
            self.locker.execute("COMMIT")


def test_opening_waits_for_whoever_makes_the_file(tmp_path: Path) -> None:
    """Opening is tried again while another process holds the new file."""
    locker = sqlite3.connect(tmp_path / "store.db", isolation_level=None)
    locker.execute("BEGIN EXCLUSIVE")
    clock = Clock()
    patience = Patience(locker, clock)
    connections = FileConnections(
        tmp_path / "store.db", lambda _: None, 0.05, clock=clock, pause=patience
    )

    with connections.borrow() as connection:
        mode = connection.execute("PRAGMA journal_mode").fetchone()
    connections.close()
    locker.close()

    assert mode == ("wal",)
    assert len(patience.pauses) == 2


def test_opening_does_not_wait_for_ever(tmp_path: Path) -> None:
    """Opening gives up when the wait for a lock is over."""
    locker = sqlite3.connect(tmp_path / "store.db", isolation_level=None)
    locker.execute("BEGIN EXCLUSIVE")
    clock = Clock()

    def pause(seconds: float) -> None:
        clock.now += seconds

    connections = FileConnections(
        tmp_path / "store.db", lambda _: None, 0.05, clock=clock, pause=pause
    )
    with pytest.raises(StoreLockedError), connections.borrow():
        pass
    locker.close()


def test_memory_goes_on_in_the_parent_and_is_empty_in_the_child() -> None:
    """A fork leaves a store in memory to the parent; the child begins anew."""
    store = store_in_memory()
    store.write([log_row("a")])
    store.before_fork()
    store.after_fork_in_parent()
    kept = list(stored_rows(store))
    store.before_fork()
    old = store._connections._database.connection
    store.after_fork_in_child()
    begun = list(stored_rows(store))
    old.close()
    store.close()

    assert (kept, begun) == (["a"], [])
