"""SQLite's errors in words that say what to do."""

from __future__ import annotations

import sqlite3

import pytest

from braintrust_otel.errors import StoreError
from braintrust_otel.server.store.failures import (
    StoreDamagedError,
    StoreFullError,
    StoreLockedError,
    StoreReadOnlyError,
    translated,
)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("database is locked", StoreLockedError),
        ("database table is locked", StoreLockedError),
        ("file is not a database", StoreDamagedError),
        ("database disk image is malformed", StoreDamagedError),
        ("database or disk is full", StoreFullError),
        ("attempt to write a readonly database", StoreReadOnlyError),
        ("unable to open database file", StoreReadOnlyError),
        ("disk I/O error", StoreError),
    ],
)
def test_error_of_sqlite_becomes_ours(text: str, kind: type[StoreError]) -> None:
    """Every kind of trouble has its type, one line that names the place, and its cause."""
    cause = sqlite3.OperationalError(text)

    with pytest.raises(StoreError) as raised, translated("/x/store.db"):
        raise cause

    assert type(raised.value) is kind
    assert raised.value.__cause__ is cause
    assert str(raised.value).startswith("The store /x/store.db ") or kind is StoreFullError
    assert f"({text})" in str(raised.value)
    assert "\n" not in str(raised.value)


def test_other_errors_pass() -> None:
    """What is no trouble of SQLite's is left as it is."""
    with pytest.raises(ZeroDivisionError), translated("/x/store.db"):
        raise ZeroDivisionError
