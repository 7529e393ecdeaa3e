"""Attachments in the store: received in parts, kept once, given back, removed with old traces."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from braintrust_otel._model.http import BytesStream
from braintrust_otel.errors import StoreError
from braintrust_otel.server.store import Store
from braintrust_otel.server.store import attachments as module
from support.stores import NOW, Clock, Said, cleanly, span_row, store_in_memory

LARGE = bytes(range(256)) * 10_000  # 2.56 MB: three parts
MIB = 1024 * 1024


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(clock: Clock) -> Iterator[Store]:
    yield from cleanly(store_in_memory(clock=clock))


def save(store: Store, key: str, data: bytes, name: str = "a.bin") -> None:
    store.attachments.save(key, name, "x/y", BytesStream(data))


def read(store: Store, key: str) -> bytes | None:
    found = store.attachments.find(key)
    stream = None if found is None else store.attachments.content(found)
    return None if stream is None else b"".join(stream.chunks())


def count(store: Store, table: str) -> int:
    with store._connections.borrow() as connection:
        return int(connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0])  # noqa: S608 - a name of ours


@pytest.mark.parametrize("data", [b"", b"small", LARGE, bytes(2 * MIB)])
def test_bytes_come_back(store: Store, data: bytes) -> None:
    """What was saved is given back, with its digest and size."""
    save(store, "k", data)

    found = store.attachments.find("k")

    assert found is not None
    assert read(store, "k") == data
    assert (found.size_bytes, found.status) == (len(data), "done")
    assert found.digest == hashlib.sha256(data).hexdigest()


def test_equal_bytes_are_kept_once(store: Store) -> None:
    """Two attachments with the same content share it, and each keeps its own name."""
    save(store, "a", LARGE, "one.bin")
    save(store, "b", LARGE, "two.bin")

    assert (count(store, "contents"), count(store, "parts")) == (1, 3)
    assert read(store, "a") == read(store, "b") == LARGE
    assert [store.attachments.find(key).filename for key in "ab"] == ["one.bin", "two.bin"]


def test_a_repeated_upload_replaces(store: Store) -> None:
    """New bytes under a key replace the old ones, which go unless others have them."""
    save(store, "a", b"old")
    save(store, "b", b"old")

    save(store, "a", b"new")
    kept = count(store, "contents")
    save(store, "b", b"new")

    assert (kept, count(store, "contents")) == (2, 1)
    assert read(store, "a") == b"new"


def test_an_attachment_is_known_before_its_bytes(store: Store) -> None:
    """An announced attachment is uploading; announcing it again changes nothing."""
    store.attachments.announce("k", "a.txt", "text/plain")

    found = store.attachments.find("k")
    save(store, "k", b"x")
    store.attachments.announce("k", "other", "x/y")

    assert (found.status, found.digest, store.attachments.content(found)) == (
        "uploading",
        None,
        None,
    )
    assert read(store, "k") == b"x"


def test_statuses_are_kept(store: Store) -> None:
    """A status is kept with its message; of an unknown attachment there is none to keep."""
    store.attachments.announce("k", "a", "x/y")

    is_known = store.attachments.set_status("k", "error", "no")

    found = store.attachments.find("k")
    assert (found.status, found.error) == ("error", "no")
    assert is_known
    assert not store.attachments.set_status("other", "done", None)
    assert store.attachments.find("other") is None


@dataclass(frozen=True)
class Breaking:
    """A stream that breaks in the middle."""

    size_bytes: int = 2 * MIB

    def chunks(self) -> Iterator[bytes]:
        yield bytes(MIB)
        raise OSError("broken")


def test_a_broken_upload_leaves_nothing(store: Store) -> None:
    """A stream that breaks leaves neither an attachment nor parts."""
    with pytest.raises(OSError, match="broken"):
        store.attachments.save("k", "a", "x/y", Breaking())

    assert store.attachments.find("k") is None
    assert (count(store, "contents"), count(store, "parts")) == (0, 0)


def test_uploads_of_ended_processes_are_forgotten(store: Store, clock: Clock) -> None:
    """Parts of an upload that never ended are removed after an hour."""
    with store._connections.borrow() as connection:
        connection.execute("INSERT INTO contents (number, size, stored) VALUES (7, 0, ?)", (NOW,))
        connection.execute("INSERT INTO parts VALUES (7, 0, x'00')")
    clock.now += 3601

    save(store, "k", b"x")

    assert (count(store, "contents"), count(store, "parts")) == (1, 1)


def test_an_attachment_that_goes_while_it_is_read_is_an_error(store: Store) -> None:
    """Reading what was removed meanwhile does not pass for the whole."""
    save(store, "k", b"x")
    stream = store.attachments.content(store.attachments.find("k"))
    with store._connections.borrow() as connection:
        module.drop_attachments(connection, before=None)

    with pytest.raises(StoreError, match="removed"):
        list(stream.chunks())


def small_store(clock: Clock) -> Store:
    """Return a store that may have four megabytes."""
    return store_in_memory(4 * MIB, clock=clock, say=Said())


def test_old_traces_take_their_attachments_along(clock: Clock) -> None:
    """Under the size cap the oldest trace goes with what was attached during it."""
    store = small_store(clock)
    store.write([span_row("old", trace="a" * 32, start=clock.now)])
    save(store, "old", bytes(2 * MIB))
    clock.now += 100
    store.write([span_row("new", trace="b" * 32, start=clock.now)])

    save(store, "new", b"1" * 2 * MIB)

    assert store.attachments.find("old") is None
    assert read(store, "new") == b"1" * 2 * MIB
    assert store.count_traces() == 1


def test_attachments_without_traces_go_when_there_is_no_room(clock: Clock) -> None:
    """Without any trace left, the oldest attachments make room."""
    store = small_store(clock)
    for key in ("1", "2", "3"):
        clock.now += 1
        save(store, key, key.encode() * int(1.5 * MIB))

    assert store.attachments.find("1") is None
    assert read(store, "3") == b"3" * int(1.5 * MIB)


def test_announced_attachments_are_removed_too(store: Store) -> None:
    """An attachment without bytes frees nothing, and goes all the same."""
    store.attachments.announce("k", "a", "x/y")

    with store._connections.borrow() as connection:
        removed = module.drop_attachments(connection, before=NOW + 1, excess=10)

    assert removed == (1, 0)


def test_a_failing_cleanup_does_not_hide_the_error(store: Store) -> None:
    """Where even removing the parts fails, the first error is the one that is raised."""

    class Stop(Breaking):
        def chunks(self) -> Iterator[bytes]:
            yield bytes(MIB)
            with store._connections.borrow() as connection:
                connection.execute("DROP TABLE parts")
            raise OSError("broken")

    with pytest.raises(OSError, match="broken"):
        store.attachments.save("k", "a", "x/y", Stop())


def test_the_largest_attachment_is_half_the_store() -> None:
    """One attachment cannot push everything else out."""
    assert store_in_memory(100).max_attachment_bytes == 50
    assert store_in_memory().max_attachment_bytes is None


def test_schema_is_in_place(store: Store) -> None:
    """The tables are made by a migration of their own, so that older stores get them."""
    with store._connections.borrow() as connection:
        names = [row[0] for row in connection.execute("SELECT name FROM migrations")]

    assert "attachments" in names
    assert isinstance(connection, sqlite3.Connection)
