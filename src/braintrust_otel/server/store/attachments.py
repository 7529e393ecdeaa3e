"""Attachments: each content is kept once, in parts, so that no large one is in memory whole."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass

from braintrust_otel._model.http import ByteStream
from braintrust_otel.errors import StoreError
from braintrust_otel.server.store.connections import Connections, transaction

__all__ = ["Attachments", "StoredAttachment", "drop_attachments"]

PART_BYTES = 1024 * 1024
"""Bytes of one part: what one transaction writes, so that rows are written in between."""

_ABANDONED_SECONDS = 3600.0
_DROPPED_AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class StoredAttachment:
    """What is known of an attachment.

    Attributes:
        key: Its name.
        filename: What people see it called.
        content_type: Its MIME type, as its uploader said.
        status: ``uploading``, ``done`` or ``error``.
        error: Why its upload failed.
        content: The number of its content; None while that is not here.
        digest: SHA-256 of the content, as hex digits.
        size_bytes: Bytes of the content.
    """

    key: str
    filename: str
    content_type: str
    status: str
    error: str | None
    content: int | None
    digest: str | None
    size_bytes: int


class Attachments:
    """The attachments of one store. Every method may be called from any thread.

    Args:
        connections: Lends connections to the database.
        clock: Seconds since the epoch.
        written: Called after so many bytes were written, to keep the store under its cap.
    """

    def __init__(
        self,
        connections: Connections,
        clock: Callable[[], float],
        written: Callable[[sqlite3.Connection, int], None],
    ) -> None:
        self._connections = connections
        self._clock = clock
        self._written = written

    def announce(self, key: str, filename: str, content_type: str) -> None:
        """Note that an attachment is on its way; what is known of it already stays."""
        with self._connections.borrow() as connection:
            connection.execute(
                "INSERT OR IGNORE INTO attachments (key, filename, content_type, status, stored) "
                "VALUES (?, ?, ?, 'uploading', ?)",
                (key, filename, content_type, self._clock()),
            )

    def save(self, key: str, filename: str, content_type: str, stream: ByteStream) -> None:
        """Keep the bytes of an attachment; whatever it was before is replaced.

        Raises:
            OSError: The stream broke; nothing is kept of it.
        """
        content, digest = self._receive(stream)
        with self._connections.borrow() as connection:
            with transaction(connection):
                content = _settle(connection, content, digest, stream.size_bytes)
                previous = _content_of(connection, key)
                connection.execute(
                    "INSERT OR REPLACE INTO attachments "
                    "(key, filename, content_type, status, stored, content) "
                    "VALUES (?, ?, ?, 'done', ?, ?)",
                    (key, filename, content_type, self._clock(), content),
                )
                if previous is not None:
                    _drop_unused(connection, [previous])
            self._written(connection, stream.size_bytes)

    def set_status(self, key: str, status: str, error: str | None) -> bool:
        """Note how an upload stands; return whether there is such an attachment."""
        with self._connections.borrow() as connection:
            changed = connection.execute(
                "UPDATE attachments SET status = ?, error = ? WHERE key = ?", (status, error, key)
            )
            return changed.rowcount > 0

    def find(self, key: str) -> StoredAttachment | None:
        """Return what is known of the attachment, or None."""
        with self._connections.borrow() as connection:
            found = connection.execute(
                "SELECT key, filename, content_type, status, error, content, hex(digest), "
                "coalesce(size, 0) FROM attachments LEFT JOIN contents ON number = content "
                "WHERE key = ?",
                (key,),
            ).fetchone()
        if found is None:
            return None
        name, filename, content_type, status, error, content, digest, size = found
        return StoredAttachment(
            key=name,
            filename=filename,
            content_type=content_type,
            status=status,
            error=error,
            content=content,
            digest=digest.lower() or None,
            size_bytes=size,
        )

    def content(self, attachment: StoredAttachment) -> ByteStream | None:
        """Return the bytes of *attachment*, to be read piece by piece; None if they are not here.

        Reading raises StoreError if the attachment is removed meanwhile.
        """
        if attachment.content is None:
            return None
        return _Content(self._connections, attachment.content, attachment.size_bytes)

    def _receive(self, stream: ByteStream) -> tuple[int, bytes]:
        """Store the parts of *stream*; return their content's number and digest."""
        digest = hashlib.sha256()
        with self._connections.borrow() as connection, transaction(connection):
            _forget_abandoned(connection, self._clock() - _ABANDONED_SECONDS)
            begun = connection.execute(
                "INSERT INTO contents (size, stored) VALUES (0, ?)", (self._clock(),)
            )
            number = int(begun.lastrowid or 0)
        try:
            for position, part in enumerate(_parts(stream.chunks())):
                digest.update(part)
                with self._connections.borrow() as connection:
                    connection.execute(
                        "INSERT INTO parts VALUES (?, ?, ?)", (number, position, part)
                    )
        except BaseException:
            with suppress(StoreError):
                self._remove(number)
            raise
        return number, digest.digest()

    def _remove(self, number: int) -> None:
        with self._connections.borrow() as connection, transaction(connection):
            _drop_content(connection, number)


@dataclass(frozen=True, slots=True)
class _Content:
    connections: Connections
    number: int
    size_bytes: int

    def chunks(self) -> Iterator[bytes]:
        """Yield the parts; no connection is held in between."""
        left, position = self.size_bytes, 0
        while left > 0:
            with self.connections.borrow() as connection:
                found = connection.execute(
                    "SELECT data FROM parts WHERE content = ? AND position = ?",
                    (self.number, position),
                ).fetchone()
            if found is None:
                raise StoreError("The attachment was removed while it was read.")
            part = bytes(found[0])
            left, position = left - len(part), position + 1
            yield part


def drop_attachments(
    connection: sqlite3.Connection, *, before: float | None, excess: int | None = None
) -> tuple[int, int]:
    """Remove old attachments, inside a write transaction.

    Args:
        connection: The connection.
        before: Remove those stored before that time; None means all.
        excess: Remove the oldest ones, about so many bytes; None means all of them.

    Returns:
        How many were removed, and the bytes of the contents that went with them.
    """
    removed = freed = 0
    limit = -1 if excess is None else _DROPPED_AT_ONCE
    oldest = connection.execute(
        "SELECT key, content FROM attachments WHERE ? IS NULL OR stored < ? ORDER BY stored "
        "LIMIT ?",
        (before, before, limit),
    ).fetchall()
    for key, content in oldest:
        if excess is not None and freed >= excess:
            break
        connection.execute("DELETE FROM attachments WHERE key = ?", (key,))
        removed += 1
        if content is not None:
            freed += _drop_unused(connection, [content])
    return removed, freed


def _parts(chunks: Iterator[bytes]) -> Iterator[bytes]:
    gathered = bytearray()
    for chunk in chunks:
        gathered += chunk
        while len(gathered) >= PART_BYTES:
            yield bytes(gathered[:PART_BYTES])
            del gathered[:PART_BYTES]
    if gathered:
        yield bytes(gathered)


def _settle(connection: sqlite3.Connection, number: int, digest: bytes, size: int) -> int:
    """Return the number of the content with that digest, which may have been here before."""
    found = connection.execute("SELECT number FROM contents WHERE digest = ?", (digest,)).fetchone()
    if found is not None:
        _drop_content(connection, number)
        return int(found[0])
    connection.execute(
        "UPDATE contents SET digest = ?, size = ? WHERE number = ?", (digest, size, number)
    )
    return number


def _content_of(connection: sqlite3.Connection, key: str) -> int | None:
    found = connection.execute("SELECT content FROM attachments WHERE key = ?", (key,)).fetchone()
    return None if found is None else found[0]


def _forget_abandoned(connection: sqlite3.Connection, before: float) -> None:
    """Remove contents whose upload was broken off by the end of a process."""
    for (number,) in connection.execute(
        "SELECT number FROM contents WHERE digest IS NULL AND stored < ?", (before,)
    ).fetchall():
        _drop_content(connection, number)


def _drop_unused(connection: sqlite3.Connection, numbers: Iterable[int]) -> int:
    """Remove those contents that no attachment has any more; return their bytes."""
    freed = 0
    for number in numbers:
        used = connection.execute(
            "SELECT 1 FROM attachments WHERE content = ? LIMIT 1", (number,)
        ).fetchone()
        if used is None:
            freed += _drop_content(connection, number)
    return freed


def _drop_content(connection: sqlite3.Connection, number: int) -> int:
    size = connection.execute("SELECT size FROM contents WHERE number = ?", (number,)).fetchone()
    connection.execute("DELETE FROM parts WHERE content = ?", (number,))
    connection.execute("DELETE FROM contents WHERE number = ?", (number,))
    return 0 if size is None else int(size[0])
