"""Opens the store: the user's file where that can be written, memory where it cannot."""

from __future__ import annotations

import os
import sqlite3
import weakref
from collections.abc import Callable
from pathlib import Path

from braintrust_otel._diagnostics import Notices
from braintrust_otel.server.store.connections import Connections
from braintrust_otel.server.store.failures import StoreReadOnlyError
from braintrust_otel.server.store.files import FileConnections
from braintrust_otel.server.store.memory import MemoryConnections
from braintrust_otel.server.store.migrations import migrate
from braintrust_otel.server.store.schema import MIGRATIONS
from braintrust_otel.server.store.store import Store

__all__ = ["FILE_NAME", "MAX_MEMORY_BYTES", "memory_store", "open_store"]

FILE_NAME = "store.db"
MAX_MEMORY_BYTES = 64 * 1024 * 1024
"""Cap of a store in memory, whatever the cap of the file would be."""


def open_store(
    directory: Path,
    max_bytes: int | None = None,
    *,
    busy_timeout: float = 5.0,
    say: Callable[[str], None] | None = None,
) -> tuple[Store, str | None]:
    """Open the store in *directory*, making both when missing.

    Args:
        directory: Where the file is; made readable by its owner only.
        max_bytes: Size that the file is kept under; None for no limit.
        busy_timeout: Seconds to wait for another process's write lock.
        say: Tells the user something in one line, such as that old traces are being removed;
            by default in the package's log.

    Returns:
        The store, and what the user should be told once: that the directory cannot be written
        and the rows are in memory; None when there is nothing to tell.

    Raises:
        StoreError: The file is damaged, locked, another program's, or of a newer version. Nothing
            was changed; opening can be tried again.
    """
    path = directory / FILE_NAME
    connections = FileConnections(path, _preparing(str(path)), busy_timeout)
    store = Store(connections, max_bytes, say=say or Notices().say)
    try:
        store.check()
    except StoreReadOnlyError as error:
        notice = f"{error} Until then rows are kept in memory and end with this process."
        return memory_store(max_bytes, say=say), notice
    _follow_forks(connections)
    return store, None


def memory_store(
    max_bytes: int | None = None, *, say: Callable[[str], None] | None = None
) -> Store:
    """Return a store in memory, capped at 64 MiB or at *max_bytes*, whichever is less."""
    connections = MemoryConnections(_preparing("in memory"))
    _follow_forks(connections)
    return Store(
        connections, min(max_bytes or MAX_MEMORY_BYTES, MAX_MEMORY_BYTES), say=say or Notices().say
    )


def _preparing(place: str) -> Callable[[sqlite3.Connection], None]:
    return lambda connection: migrate(connection, MIGRATIONS, place)


def _follow_forks(connections: Connections) -> None:
    """Have Python tell *connections* of forks, as long as somebody else holds on to them."""
    if not hasattr(os, "register_at_fork"):  # Windows does not fork
        return
    held = weakref.ref(connections)

    def tell(action: Callable[[Connections], None]) -> Callable[[], None]:
        def told() -> None:
            alive = held()
            if alive is not None:
                action(alive)

        return told

    os.register_at_fork(
        before=tell(lambda kept: kept.before_fork()),
        after_in_parent=tell(lambda kept: kept.after_fork_in_parent()),
        after_in_child=tell(lambda kept: kept.after_fork_in_child()),
    )
