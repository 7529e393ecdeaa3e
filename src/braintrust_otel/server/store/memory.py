"""The one connection to a database in memory."""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from braintrust_otel.server.store.connections import FORK_WAIT, Prepare
from braintrust_otel.server.store.failures import translated

__all__ = ["MemoryConnections"]


@dataclass(slots=True)
class _Database:
    """The database of one process."""

    pid: int = field(default_factory=os.getpid)
    lock: threading.Lock = field(default_factory=threading.Lock)
    connection: sqlite3.Connection | None = None
    is_held: bool = False


class MemoryConnections:
    """Lends the one connection to a database in memory; gone with the process.

    A forked child starts with an empty database.

    Args:
        prepare: Called with the new connection; makes the schema.
    """

    def __init__(self, prepare: Prepare) -> None:
        self.place = "in memory"
        self._prepare = prepare
        self._database = _Database()

    @contextmanager
    def borrow(self) -> Iterator[sqlite3.Connection]:
        """Lend the connection; other threads wait, which is short: nothing here does I/O."""
        if os.getpid() != self._database.pid:
            self._database = _Database()
        database = self._database
        with database.lock, translated(self.place):
            if database.connection is None:
                database.connection = self._open()
            yield database.connection

    def before_fork(self) -> None:
        """Wait until no transaction runs."""
        database = self._database
        database.is_held = database.lock.acquire(timeout=FORK_WAIT)

    def after_fork_in_parent(self) -> None:
        """Lend again."""
        database = self._database
        if database.is_held:
            database.is_held = False
            database.lock.release()

    def after_fork_in_child(self) -> None:
        """Start with an empty database."""
        self._database = _Database()

    def close(self) -> None:
        """Forget everything."""
        database = self._database
        with database.lock:
            connection, database.connection = database.connection, None
        if connection is not None:
            connection.close()

    def _open(self) -> sqlite3.Connection:
        connection = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
        self._prepare(connection)
        return connection
