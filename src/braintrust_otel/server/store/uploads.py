"""Bodies that were too large for one request, kept until the request that names them."""

from __future__ import annotations

import sqlite3

__all__ = ["find_upload", "save_upload"]

KEPT_SECONDS = 3600.0
"""A body outlives the request that names it, so that a client that missed the answer may repeat."""


def save_upload(connection: sqlite3.Connection, key: str, body: bytes, now: float) -> None:
    """Keep *body* under *key* and forget old ones; inside the caller's write transaction."""
    connection.execute("DELETE FROM uploads WHERE stored < ?", (now - KEPT_SECONDS,))
    connection.execute("INSERT OR REPLACE INTO uploads VALUES (?, ?, ?)", (key, now, body))


def find_upload(connection: sqlite3.Connection, key: str) -> bytes | None:
    """Return the body kept under *key*, or None."""
    found = connection.execute("SELECT body FROM uploads WHERE key = ?", (key,)).fetchone()
    return None if found is None else bytes(found[0])
