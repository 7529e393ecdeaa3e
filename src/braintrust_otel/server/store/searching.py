"""Finds rows by the words in their name, error, input and output."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

from braintrust_otel.server.store.schema import has_fts5

__all__ = ["Hit", "SearchIndex", "search_rows"]

_INDEXED = """
    SELECT r.root_span_id, r.id, r.name, r.start FROM row_words w
    JOIN rows r ON r.number = w.rowid
    WHERE row_words MATCH ? ORDER BY w.rowid DESC LIMIT ?"""
_SCANNED = """
    SELECT root_span_id, id, name, start FROM rows
    WHERE data LIKE ? ESCAPE '\\' ORDER BY number DESC LIMIT ?"""
_ADD = "INSERT INTO row_words (rowid, name, error, input, output) VALUES (?, ?, ?, ?, ?)"
_REMOVE = (
    "INSERT INTO row_words (row_words, rowid, name, error, input, output) "
    "VALUES ('delete', ?, ?, ?, ?, ?)"
)


@dataclass(frozen=True, slots=True)
class Hit:
    """A row that holds the words.

    Attributes:
        root_span_id: Its trace, or None for a row that is no span.
        row_id: Its id.
        name: Its span's name, if any.
        start: Seconds since the epoch, if known.
    """

    root_span_id: str | None
    row_id: str
    name: str | None
    start: float | None


class SearchIndex:
    """Keeps the search index in step with the rows; inside the caller's write transaction.

    An index that missed a row is worse than none. So when a process without FTS5 in its SQLite
    writes to the store, it marks the index as given up, and from then on every process searches by
    reading the rows.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._is_used = _is_indexed(connection)
        if self._is_used and not has_fts5(connection):
            connection.execute("UPDATE meta SET value = 'like' WHERE name = 'search'")
            self._is_used = False

    def add(self, words: Sequence[tuple[object, ...]]) -> None:
        """Add the words of rows: number, name, error, input, output."""
        if self._is_used:
            self._connection.executemany(_ADD, words)

    def remove(self, words: Sequence[tuple[object, ...]]) -> None:
        """Take out rows, given the very words they were added with."""
        if self._is_used:
            self._connection.executemany(_REMOVE, words)


def search_rows(connection: sqlite3.Connection, text: str, limit: int) -> list[Hit]:
    """Return the newest rows that hold all words of *text*; a ``"quoted phrase"`` stays together.

    Without an index the rows' JSON text is searched for *text* as it stands.
    """
    if _is_indexed(connection) and has_fts5(connection):
        query = _match_expression(text)
        found = connection.execute(_INDEXED, (query, limit)) if query else ()
    else:
        escaped = re.sub(r"([\\%_])", r"\\\1", text)
        found = connection.execute(_SCANNED, (f"%{escaped}%", limit))
    return [Hit(*row) for row in found]


def _is_indexed(connection: sqlite3.Connection) -> bool:
    found = connection.execute("SELECT value FROM meta WHERE name = 'search'").fetchone()
    return bool(found and found[0] == "fts5")


def _match_expression(text: str) -> str:
    """Quote every word, so that nothing in *text* is taken for search syntax."""
    phrases = re.findall(r'"([^"]*)"|([^\s"]+)', text)
    words = (quoted or bare for quoted, bare in phrases)
    return " ".join(f'"{word}"' for word in words if re.search(r"\w", word))
