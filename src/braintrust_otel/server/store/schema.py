"""The tables of the store, as the steps that made them."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from braintrust_otel.server.store.migrations import Migration, migration

__all__ = ["MIGRATIONS", "attachments", "has_fts5", "rows_projects_and_words"]

_FIRST_TABLES = (
    "CREATE TABLE meta (name TEXT PRIMARY KEY, value) WITHOUT ROWID",
    "INSERT INTO meta VALUES ('last_xact', 0)",
    """CREATE TABLE projects (
        id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, created TEXT NOT NULL) WITHOUT ROWID""",
    # A container's two texts stand in every row and index as one small number.
    """CREATE TABLE containers (
        number INTEGER PRIMARY KEY, kind INTEGER NOT NULL, object_id TEXT NOT NULL,
        UNIQUE (kind, object_id))""",
    # `data` comes last: what a list of traces reads stands before it, on the row's first page.
    """CREATE TABLE rows (
        number INTEGER PRIMARY KEY,
        container INTEGER NOT NULL,
        id TEXT NOT NULL,
        xact INTEGER NOT NULL,
        root_span_id TEXT,
        span_id TEXT,
        parents TEXT,
        is_root INTEGER NOT NULL,
        type TEXT,
        start REAL,
        end REAL,
        created TEXT NOT NULL,
        has_error INTEGER NOT NULL,
        tokens REAL,
        name TEXT,
        data TEXT NOT NULL)""",
    "CREATE UNIQUE INDEX rows_by_id ON rows (container, id)",
    "CREATE INDEX rows_by_container ON rows (container, number)",
    """CREATE INDEX rows_by_trace ON rows (root_span_id, container, is_root)
        WHERE root_span_id IS NOT NULL""",
    """CREATE TABLE traces (
        container INTEGER NOT NULL, root_span_id TEXT NOT NULL, start REAL NOT NULL,
        PRIMARY KEY (container, root_span_id)) WITHOUT ROWID""",
    "CREATE INDEX traces_by_start ON traces (start)",
    "CREATE INDEX traces_by_container ON traces (container, start)",
    """CREATE TABLE comments (
        container INTEGER NOT NULL, id TEXT NOT NULL, row_id TEXT NOT NULL,
        xact INTEGER NOT NULL, data TEXT NOT NULL, PRIMARY KEY (container, id)) WITHOUT ROWID""",
    "CREATE INDEX comments_by_row ON comments (container, row_id)",
    # Who changed a row, and with which note: `_audit_source` and `_audit_metadata` of a write.
    # A write that arrives twice leaves one note.
    """CREATE TABLE audits (
        container INTEGER NOT NULL, row_id TEXT NOT NULL, data TEXT NOT NULL,
        xact INTEGER NOT NULL, PRIMARY KEY (container, row_id, data)) WITHOUT ROWID""",
    """CREATE TABLE uploads (
        key TEXT PRIMARY KEY, stored REAL NOT NULL, body BLOB NOT NULL)""",
)
# Contentless: the text stands in `rows.data` already. An entry is taken out by naming the very
# words it was made of (columns.search_text), so changing how they are chosen needs a migration.
_SEARCH_INDEX = """CREATE VIRTUAL TABLE row_words USING fts5(
    name, error, input, output, content = '', columnsize = 0,
    tokenize = 'unicode61 remove_diacritics 2')"""


@migration
def rows_projects_and_words(connection: sqlite3.Connection) -> None:
    """Make the first schema; without FTS5 in this SQLite, searching reads the rows instead."""
    for statement in _FIRST_TABLES:
        connection.execute(statement)
    indexed = has_fts5(connection)
    if indexed:
        connection.execute(_SEARCH_INDEX)
    connection.execute("INSERT INTO meta VALUES ('search', ?)", ("fts5" if indexed else "like",))


_ATTACHMENT_TABLES = (
    # A content has no digest while it is being received; equal contents are kept once.
    """CREATE TABLE contents (
        number INTEGER PRIMARY KEY, digest BLOB UNIQUE, size INTEGER NOT NULL,
        stored REAL NOT NULL)""",
    "CREATE TABLE parts (content INTEGER NOT NULL, position INTEGER NOT NULL, data BLOB NOT NULL)",
    "CREATE UNIQUE INDEX parts_by_position ON parts (content, position)",
    """CREATE TABLE attachments (
        key TEXT PRIMARY KEY, filename TEXT NOT NULL, content_type TEXT NOT NULL,
        status TEXT NOT NULL, error TEXT, stored REAL NOT NULL, content INTEGER) WITHOUT ROWID""",
    "CREATE INDEX attachments_by_age ON attachments (stored)",
    "CREATE INDEX attachments_by_content ON attachments (content)",
)


@migration
def attachments(connection: sqlite3.Connection) -> None:
    """Make room for attachments."""
    for statement in _ATTACHMENT_TABLES:
        connection.execute(statement)


MIGRATIONS: Sequence[Migration] = (rows_projects_and_words, attachments)


def has_fts5(connection: sqlite3.Connection) -> bool:
    """Whether this process's SQLite brings full-text search."""
    found = connection.execute("SELECT 1 FROM pragma_module_list WHERE name = 'fts5'").fetchone()
    return found is not None
