"""Opening the store: a file, or memory where no file can be written."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from braintrust_otel.errors import StoreError
from braintrust_otel.server.store import (
    StoreDamagedError,
    StoreLockedError,
    memory_store,
    open_store,
)
from support.stores import Said, log_row, stored_rows


def test_new_store_is_private(tmp_path: Path) -> None:
    """The directory and the file are made, for their owner only: traces hold prompts."""
    directory = tmp_path / "data" / "braintrust"

    store, notice = open_store(directory)
    store.write([log_row("a")])
    modes = [path.stat().st_mode & 0o777 for path in (directory, *sorted(directory.iterdir()))]
    store.close()

    assert notice is None
    assert store.place == str(directory / "store.db")
    assert modes == [0o700, 0o600, 0o600, 0o600]


def test_rows_are_there_when_opened_again(tmp_path: Path) -> None:
    """What was written is read by the next process."""
    first, _ = open_store(tmp_path)
    first.write([log_row("a", input=1)])
    first.close()

    second, _ = open_store(tmp_path)

    assert stored_rows(second) == {"a": log_row("a", input=1)}
    second.close()


def test_directory_that_cannot_be_made_means_memory(tmp_path: Path) -> None:
    """Where no file can be made, rows are kept in memory, and there is one line to say so."""
    (tmp_path / "home").write_text("a file, no directory")

    store, notice = open_store(tmp_path / "home" / "data")
    store.write([log_row("a")])

    assert store.place == "in memory"
    assert list(stored_rows(store)) == ["a"]
    assert notice is not None
    assert notice.startswith(f"The store {tmp_path / 'home' / 'data' / 'store.db'} cannot be made")
    assert notice.endswith("Until then rows are kept in memory and end with this process.")
    assert "\n" not in notice
    store.close()


def test_path_that_is_no_regular_file_means_memory(tmp_path: Path) -> None:
    """A store's file that SQLite cannot open means memory, too."""
    (tmp_path / "store.db").mkdir()

    store, notice = open_store(tmp_path)

    assert store.place == "in memory"
    assert notice is not None
    store.close()


@pytest.mark.parametrize(
    "spoil",
    [
        lambda path: path.write_bytes(b"this is no database at all" * 100),
        lambda path: path.write_bytes(path.read_bytes()[:5000] + os.urandom(9000)),
    ],
    ids=["foreign", "torn"],
)
def test_damaged_file_is_one_clear_line(tmp_path: Path, spoil: Callable[[Path], None]) -> None:
    """A damaged file is named with what to do, and is left as it is."""
    open_and_fill(tmp_path)
    spoil(tmp_path / "store.db")
    before = (tmp_path / "store.db").read_bytes()

    with pytest.raises(StoreDamagedError) as refused:
        open_and_fill(tmp_path)

    assert str(refused.value).startswith(f"The store {tmp_path / 'store.db'} is damaged (")
    assert "Move the file away to begin a new one" in str(refused.value)
    assert "\n" not in str(refused.value)
    assert (tmp_path / "store.db").read_bytes() == before


def test_newer_file_is_refused(tmp_path: Path) -> None:
    """A store of a newer version is neither read nor replaced."""
    open_and_fill(tmp_path)
    run(tmp_path, "PRAGMA user_version = 99")

    with pytest.raises(StoreError, match=r"newer braintrust-otel \(schema 99, this one knows"):
        open_store(tmp_path)


def test_foreign_database_is_refused(tmp_path: Path) -> None:
    """A database of another program under our name is left alone."""
    run(tmp_path, "CREATE TABLE theirs (x)")

    with pytest.raises(StoreDamagedError, match="another program's database"):
        open_store(tmp_path)


def test_locked_store_is_one_clear_line(tmp_path: Path) -> None:
    """A write that another program keeps out is refused as a passing trouble."""
    store, _ = open_store(tmp_path, busy_timeout=0.0)
    other = sqlite3.connect(tmp_path / "store.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    with pytest.raises(StoreLockedError, match="is locked by another program"):
        store.write([log_row("a")])
    other.execute("COMMIT")
    other.close()
    store.write([log_row("b")])

    assert list(stored_rows(store)) == ["b"]
    store.close()


def test_store_locked_while_it_is_made_is_waited_for(tmp_path: Path) -> None:
    """Opening a locked store ends with the same line when the wait is over."""
    other = sqlite3.connect(tmp_path / "store.db", isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")

    with pytest.raises(StoreLockedError, match="is locked by another program"):
        open_store(tmp_path, busy_timeout=0.0)
    other.close()


def test_store_in_memory_is_capped() -> None:
    """Without a file the rows may not eat the program's memory."""
    said = Said()
    store = memory_store(1 << 20, say=said)
    for number in range(150):
        store.write([log_row(f"r{number}", input="x" * 10_000)])
    store.close()

    assert len(said.lines) == 1
    assert said.lines[0].startswith("The store in memory is over its size cap of 1,048,576 bytes")


def open_and_fill(directory: Path) -> None:
    """Write enough rows into a store for several pages, and read them back."""
    store, _ = open_store(directory)
    try:
        store.write([log_row(f"r{number}", input="x" * 500) for number in range(100)])
        stored_rows(store)
    finally:
        store.close()


def run(directory: Path, statement: str) -> None:
    """Run one statement on the file behind the store's back."""
    connection = sqlite3.connect(directory / "store.db")
    connection.execute(statement)
    connection.close()
