"""Schema steps."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

import pytest

from braintrust_otel.errors import StoreError
from braintrust_otel.server.store.migrations import APPLICATION_ID, Migration, migrate, migration


@pytest.fixture
def database() -> Iterator[sqlite3.Connection]:
    """An empty database."""
    connection = sqlite3.connect(":memory:", isolation_level=None)
    yield connection
    connection.close()


@migration
def first(connection: sqlite3.Connection) -> None:
    connection.execute("CREATE TABLE one (x)")


@migration
def second(connection: sqlite3.Connection) -> None:
    connection.execute("CREATE TABLE two (x)")


@migration
def broken(connection: sqlite3.Connection) -> None:
    connection.execute("CREATE TABLE three (x)")
    raise ZeroDivisionError


def record(connection: sqlite3.Connection) -> list[tuple[int, str, float]]:
    return connection.execute("SELECT * FROM migrations").fetchall()


def test_step_is_named_after_its_function() -> None:
    """A decorated function is a step with its name."""
    assert isinstance(first, Migration)
    assert first.name == "first"


def test_steps_run_once_and_are_recorded(database: sqlite3.Connection) -> None:
    """Every step runs once, in order, and leaves a record."""
    migrate(database, [first], "test", lambda: 5.0)
    migrate(database, [first, second], "test", lambda: 6.0)
    migrate(database, [first, second], "test", lambda: 7.0)

    assert record(database) == [(1, "first", 5.0), (2, "second", 6.0)]
    assert database.execute("PRAGMA user_version").fetchone() == (2,)


def test_failing_step_leaves_nothing(database: sqlite3.Connection) -> None:
    """A step that fails is undone whole; those before it stay."""
    with pytest.raises(ZeroDivisionError):
        migrate(database, [first, broken], "test", lambda: 5.0)

    assert record(database) == [(1, "first", 5.0)]
    assert database.execute("SELECT 1 FROM sqlite_master WHERE name = 'three'").fetchone() is None


def test_newer_schema_is_refused(database: sqlite3.Connection) -> None:
    """A database with more steps than are known is left alone, in one line that says so."""
    migrate(database, [first, second], "test")

    with pytest.raises(StoreError) as refused:
        migrate(database, [first], "/x/store.db")

    assert str(refused.value) == (
        "The store /x/store.db was written by a newer braintrust-otel (schema 2, this one knows "
        "up to 1). Upgrade braintrust-otel, or set BRAINTRUST_LOCAL_DIR to another directory."
    )


@pytest.mark.parametrize(
    "statement", ["CREATE TABLE theirs (x)", "PRAGMA application_id = 7", "PRAGMA user_version = 1"]
)
def test_foreign_database_is_refused(database: sqlite3.Connection, statement: str) -> None:
    """Another program's database is never written to."""
    database.execute(statement)

    with pytest.raises(StoreError, match="another program's database"):
        migrate(database, [first], "test")

    assert database.execute("SELECT 1 FROM sqlite_master WHERE name = 'one'").fetchone() is None


def test_database_is_marked_as_ours(database: sqlite3.Connection) -> None:
    """The file says which program it belongs to."""
    migrate(database, [first], "test")

    assert database.execute("PRAGMA application_id").fetchone() == (APPLICATION_ID,)
