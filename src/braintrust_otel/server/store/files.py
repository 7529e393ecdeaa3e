"""Connections to a database file: lent to one thread at a time, never carried over a fork."""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from braintrust_otel.server.store.connections import FORK_WAIT, Prepare
from braintrust_otel.server.store.failures import (
    StoreLockedError,
    StoreReadOnlyError,
    translated,
)

__all__ = ["FileConnections"]

_MAX_IDLE = 4
_OPEN_PAUSE = 0.02
_PRAGMAS = (
    "PRAGMA synchronous = NORMAL",  # a commit survives a killed process; a WAL needs no more
    "PRAGMA journal_size_limit = 8388608",
    "PRAGMA cache_size = -8192",
    "PRAGMA temp_store = MEMORY",
)


@dataclass(frozen=True, slots=True)
class _Opened:
    connection: sqlite3.Connection
    identity: tuple[int, int] | None
    """Device and file number when it was opened."""


@dataclass(slots=True)
class _Pool:
    """The connections of one process."""

    pid: int = field(default_factory=os.getpid)
    gate: threading.Condition = field(default_factory=threading.Condition)
    idle: list[_Opened] = field(default_factory=list)
    lent: int = 0
    forks: int = 0


class FileConnections:
    """Lends connections to a database file that other processes use at the same time.

    SQLite must not be carried over a fork: the child would believe in file locks that only its
    parent holds, and could then pull the write-ahead log from under another process. So every
    connection is closed before a fork, and both sides open new ones.

    A file that was deleted or replaced while connections were open is noticed at the next
    ``borrow``: rows are never written into a file that nobody can find any more.

    Args:
        path: The database file; it is made, with its directory, when missing.
        prepare: Called with every new connection; brings the schema up to date.
        busy_timeout: Seconds to wait for another process's write lock.
        clock: Monotonic seconds.
        pause: Waits that many seconds.
    """

    def __init__(
        self,
        path: Path,
        prepare: Prepare,
        busy_timeout: float = 5.0,
        *,
        clock: Callable[[], float] = time.monotonic,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self.place = str(path)
        self._path = path
        self._prepare = prepare
        self._busy_timeout = busy_timeout
        self._clock = clock
        self._pause = pause
        self._pool = _Pool()

    @contextmanager
    def borrow(self) -> Iterator[sqlite3.Connection]:
        """Lend a connection; after an error it is closed and not lent again."""
        if os.getpid() != self._pool.pid:  # forked by something that skips Python's fork hooks
            self._pool = _Pool()
        pool = self._pool
        with pool.gate:
            while pool.forks:
                pool.gate.wait()
            pool.lent += 1
        opened: _Opened | None = None
        try:
            with translated(self.place):
                opened = self._take(pool)
                yield opened.connection
            if self._give_back(pool, opened):
                opened = None
        finally:
            if opened is not None:
                opened.connection.close()
            with pool.gate:
                pool.lent -= 1
                pool.gate.notify_all()

    def before_fork(self) -> None:
        """Wait until no transaction runs, then close all connections and lend no more."""
        pool = self._pool
        with pool.gate:
            pool.forks += 1
            pool.gate.wait_for(lambda: pool.lent == 0, FORK_WAIT)
        self.close()

    def after_fork_in_parent(self) -> None:
        """Lend again."""
        with self._pool.gate:
            self._pool.forks -= 1
            self._pool.gate.notify_all()

    def after_fork_in_child(self) -> None:
        """Start with no connections and no waiting threads."""
        self._pool = _Pool()

    def close(self) -> None:
        """Close the connections that are not lent out."""
        pool = self._pool
        with pool.gate:
            idle, pool.idle = pool.idle, []
        for opened in idle:
            opened.connection.close()

    def _take(self, pool: _Pool) -> _Opened:
        with pool.gate:
            opened = pool.idle.pop() if pool.idle else None
        if opened is None:
            return self._open()
        if opened.identity == _identity(self._path):
            return opened
        opened.connection.close()  # the file was deleted or replaced
        self.close()
        return self._open()

    def _give_back(self, pool: _Pool, opened: _Opened) -> bool:
        with pool.gate:
            is_kept = len(pool.idle) < _MAX_IDLE and not pool.forks
            if is_kept:
                pool.idle.append(opened)
            return is_kept

    def _open(self) -> _Opened:
        """Open the file, waiting out the processes that are opening or making it just now."""
        deadline = self._clock() + self._busy_timeout
        while True:
            try:
                with translated(self.place):
                    return self._open_once()
            except StoreLockedError:  # noqa: PERF203 - trying again is what the loop is for
                if self._clock() >= deadline:
                    raise
                self._pause(_OPEN_PAUSE)

    def _open_once(self) -> _Opened:
        _make_private_file(self._path)
        identity = _identity(self._path)
        connection = sqlite3.connect(
            self._path,
            timeout=self._busy_timeout,
            isolation_level=None,
            check_same_thread=False,
        )
        try:
            connection.execute("PRAGMA auto_vacuum = INCREMENTAL")  # counts for a new file only
            if connection.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
                connection.execute("PRAGMA journal_mode = WAL")
            for pragma in _PRAGMAS:
                connection.execute(pragma)
            self._prepare(connection)
        except BaseException:  # whatever it was, the file must not stay open
            connection.close()
            raise
        return _Opened(connection, identity)


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino


def _make_private_file(path: Path) -> None:
    """Make *path* and its directory when missing, readable by their owner only."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with suppress(FileExistsError):
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    except OSError as error:
        raise StoreReadOnlyError(
            f"The store {path} cannot be made ({error.strerror or error}). Make its directory "
            "writable, or set BRAINTRUST_LOCAL_DIR to a directory that is."
        ) from error
