"""What can be wrong with a store file, in words that say what to do."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from braintrust_otel.errors import StoreError

__all__ = [
    "StoreDamagedError",
    "StoreFullError",
    "StoreLockedError",
    "StoreReadOnlyError",
    "translated",
]


class StoreLockedError(StoreError):
    """Another process kept the store locked for longer than a request may wait."""


class StoreFullError(StoreError):
    """The disk has no room for the rows."""


class StoreDamagedError(StoreError):
    """The file is no SQLite database, or no longer a whole one."""


class StoreReadOnlyError(StoreError):
    """The store's file or its directory cannot be written or made."""


_LOCKED = (
    "The store {place} is locked by another program ({error}); nothing was written. Close what "
    "holds it (a database browser, a stuck process) and try again."
)
_DAMAGED = (
    "The store {place} is damaged ({error}). Move the file away to begin a new one; "
    "`sqlite3 FILE .recover` may save what it holds."
)
_FULL = (
    "The disk has no room for the store {place} ({error}); nothing was written. Free some space, "
    "or set BRAINTRUST_LOCAL_DIR to a directory on another disk."
)
_READ_ONLY = (
    "The store {place} cannot be written ({error}). Make the file and its directory writable, or "
    "set BRAINTRUST_LOCAL_DIR to a directory that is."
)
# SQLite's own texts: Python 3.10 gives no error codes, and these have not changed in ten years.
_KINDS: tuple[tuple[str, type[StoreError], str], ...] = (
    ("is locked", StoreLockedError, _LOCKED),
    ("not a database", StoreDamagedError, _DAMAGED),
    ("malformed", StoreDamagedError, _DAMAGED),
    ("is full", StoreFullError, _FULL),
    ("readonly database", StoreReadOnlyError, _READ_ONLY),
    ("unable to open database file", StoreReadOnlyError, _READ_ONLY),
)
_OTHER = "The store {place} could not be used ({error})."


@contextmanager
def translated(place: str) -> Iterator[None]:
    """Turn SQLite's errors into a ``StoreError`` that names *place* and the cure."""
    try:
        yield
    except sqlite3.Error as error:
        raise _translate(place, error) from error


def _translate(place: str, error: sqlite3.Error) -> StoreError:
    text = str(error)
    for mark, kind, message in _KINDS:
        if mark in text:
            return kind(message.format(place=place, error=text))
    return StoreError(_OTHER.format(place=place, error=text))
