"""Brings a database's schema up to date, one transaction for each step and its record."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from braintrust_otel.errors import StoreError
from braintrust_otel.server.store.connections import transaction
from braintrust_otel.server.store.failures import StoreDamagedError

__all__ = ["APPLICATION_ID", "Migration", "migrate", "migration"]

APPLICATION_ID = 0x62744F54
"""Marks a SQLite file as ours (``btOT``), so that another program's database is left alone."""


@dataclass(frozen=True, slots=True)
class Migration:
    """One step of the schema.

    Attributes:
        name: What the step brings, for the record.
        apply: Makes the step; runs inside a transaction.
    """

    name: str
    apply: Callable[[sqlite3.Connection], None]


def migration(function: Callable[[sqlite3.Connection], None]) -> Migration:
    """Make a schema step of a function; the function's name names the step."""
    return Migration(function.__name__, function)


def migrate(
    connection: sqlite3.Connection,
    steps: Sequence[Migration],
    place: str,
    clock: Callable[[], float] = time.time,
) -> None:
    """Apply the *steps* that the database has not had yet.

    Reads only when there is nothing to do, so that readers never wait for writers.

    Raises:
        StoreError: The database was written by a newer version, or belongs to another program.
    """
    if _version(connection, steps, place) == len(steps):
        return
    for number, step in enumerate(steps, start=1):
        with transaction(connection):
            if _version(connection, steps, place) >= number:
                continue  # this database has it, or another process was quicker
            step.apply(connection)
            _record(connection, number, step.name, clock())


def _version(connection: sqlite3.Connection, steps: Sequence[Migration], place: str) -> int:
    version = int(connection.execute("PRAGMA user_version").fetchone()[0])
    application = int(connection.execute("PRAGMA application_id").fetchone()[0])
    if application != APPLICATION_ID and (version or application or _has_tables(connection)):
        raise StoreDamagedError(
            f"The store {place} is another program's database. Move the file away, or set "
            "BRAINTRUST_LOCAL_DIR to another directory."
        )
    if version > len(steps):
        raise StoreError(
            f"The store {place} was written by a newer braintrust-otel (schema {version}, this "
            f"one knows up to {len(steps)}). Upgrade braintrust-otel, or set "
            "BRAINTRUST_LOCAL_DIR to another directory."
        )
    return version


def _has_tables(connection: sqlite3.Connection) -> bool:
    return connection.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone() is not None


def _record(connection: sqlite3.Connection, number: int, name: str, now: float) -> None:
    connection.execute(
        "CREATE TABLE IF NOT EXISTS migrations "
        "(number INTEGER PRIMARY KEY, name TEXT NOT NULL, applied REAL NOT NULL)"
    )
    connection.execute("INSERT INTO migrations VALUES (?, ?, ?)", (number, name, now))
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.execute(f"PRAGMA user_version = {number:d}")
