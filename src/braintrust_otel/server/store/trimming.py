"""Keeps the store under its size cap: the oldest traces go first, always whole."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import cast

from braintrust_otel._json import loads
from braintrust_otel.server.store.attachments import drop_attachments
from braintrust_otel.server.store.columns import search_text
from braintrust_otel.server.store.searching import SearchIndex

__all__ = ["check_interval", "drop_oldest", "excess_bytes", "is_full", "shrink_file", "used_bytes"]

TRACES_PER_STEP = 100
"""Traces that one transaction removes at most; other processes write between two of them."""

_FULL = 0.95
_GOAL = 0.93
_CHECKS_PER_CAP = 200
_ROWS = "SELECT number, id, data FROM rows WHERE container = ? AND root_span_id = ?"
_ROWS_AT_ONCE = 500
_PAGES_AT_ONCE = 1000


def check_interval(max_bytes: int) -> int:
    """Return how many bytes may be written between two looks at the size."""
    return max_bytes // _CHECKS_PER_CAP


def is_full(used: int, max_bytes: int) -> bool:
    """Whether *used* bytes call for trimming.

    That is somewhat below the cap: several processes write, and each looks only now and then.
    """
    return used > max_bytes * _FULL


def excess_bytes(used: int, max_bytes: int) -> int:
    """Return how many bytes trimming removes, so that it is not needed again at once."""
    return max(0, int(used - max_bytes * _GOAL))


def used_bytes(connection: sqlite3.Connection) -> int:
    """Return the bytes of the pages in use: what the file needs once free pages are reused."""
    return (_pragma(connection, "page_count") - _pragma(connection, "freelist_count")) * _pragma(
        connection, "page_size"
    )


def drop_oldest(connection: sqlite3.Connection, excess: int, index: SearchIndex) -> int:
    """Remove the oldest traces, about *excess* bytes of them; inside a write transaction.

    With a trace go the attachments that came before the next trace began, so that the traces that
    stay keep theirs. Without any trace left, the oldest attachments go.

    Returns:
        How many traces and attachments were removed; 0 when there are none left.
    """
    oldest = connection.execute(
        "SELECT container, root_span_id, start FROM traces ORDER BY start LIMIT ?",
        (TRACES_PER_STEP + 1,),
    ).fetchall()
    if not oldest:
        return drop_attachments(connection, before=None, excess=excess)[0]
    removed = 0
    for position, (container, root_span_id, _) in enumerate(oldest[:TRACES_PER_STEP], start=1):
        if excess <= 0:
            break
        excess -= _drop_trace(connection, container, root_span_id, index)
        removed += 1
        if position < len(oldest):
            excess -= drop_attachments(connection, before=oldest[position][2])[1]
    return removed


def shrink_file(connection: sqlite3.Connection, max_bytes: int) -> None:
    """Give free pages back to the file system as far as the file is over its cap.

    To be called outside a transaction: it makes one for each piece, so that other processes write
    in between.
    """
    over = _pages_over(connection, max_bytes)
    while over > 0:
        # Python's execute() takes one step of a statement without columns, and one step frees one
        # page; executescript() runs it to its end.
        connection.executescript(f"PRAGMA incremental_vacuum({_PAGES_AT_ONCE})")
        before, over = over, _pages_over(connection, max_bytes)
        if over == before:  # nothing is free
            return


def _drop_trace(
    connection: sqlite3.Connection, container: int, root_span_id: str, index: SearchIndex
) -> int:
    """Remove one trace and return the bytes of its rows' JSON text."""
    key = (container, root_span_id)
    rows = connection.execute(_ROWS, key)
    size = 0
    while chunk := rows.fetchmany(_ROWS_AT_ONCE):
        size += sum(len(data) for _, _, data in chunk)
        _forget(connection, container, chunk, index)
    connection.execute("DELETE FROM rows WHERE container = ? AND root_span_id = ?", key)
    connection.execute("DELETE FROM traces WHERE container = ? AND root_span_id = ?", key)
    return size


def _forget(
    connection: sqlite3.Connection,
    container: int,
    rows: Sequence[tuple[int, str, str]],
    index: SearchIndex,
) -> None:
    """Remove what other tables hold of *rows*."""
    index.remove(
        [(number, *search_text(cast("dict[str, object]", loads(data)))) for number, _, data in rows]
    )
    keys = [(container, row_id) for _, row_id, _ in rows]
    connection.executemany("DELETE FROM comments WHERE container = ? AND row_id = ?", keys)
    connection.executemany("DELETE FROM audits WHERE container = ? AND row_id = ?", keys)


def _pages_over(connection: sqlite3.Connection, max_bytes: int) -> int:
    return _pragma(connection, "page_count") - max_bytes // _pragma(connection, "page_size")


def _pragma(connection: sqlite3.Connection, name: str) -> int:
    return int(connection.execute(f"PRAGMA {name}").fetchone()[0])
