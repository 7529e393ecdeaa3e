"""Transaction ids: 19 decimal digits that only ever grow."""

from __future__ import annotations

import sqlite3

__all__ = ["allocate_xact", "next_xact"]

_PREFIX = 0x0DE1 << 48
_SECONDS_MASK = (1 << 32) - 1


def next_xact(last: int, now: float) -> int:
    """Return the id that follows *last* at *now* (seconds since the epoch).

    An id holds the second it was made in, above a counter of 16 bits; when the clock stands
    still or goes back, the counter goes on from *last*, into later seconds if it must.
    """
    return max(last + 1, _PREFIX | (int(now) & _SECONDS_MASK) << 16)


def allocate_xact(connection: sqlite3.Connection, now: float) -> int:
    """Take the next id; call inside a write transaction, which makes it unique."""
    (last,) = connection.execute("SELECT value FROM meta WHERE name = 'last_xact'").fetchone()
    xact = next_xact(last, now)
    connection.execute("UPDATE meta SET value = ? WHERE name = 'last_xact'", (xact,))
    return xact
