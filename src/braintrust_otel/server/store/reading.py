"""Reads traces and rows back; nothing here writes."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from braintrust_otel._json import loads
from braintrust_otel._model.containers import Container, ContainerKind
from braintrust_otel.server.store.sql import ID_CHUNK, chunks, marks

__all__ = [
    "Page",
    "SpanOutline",
    "TraceSummary",
    "count_traces",
    "fetch_page",
    "match_traces",
    "recent_traces",
    "trace_outline",
    "trace_rows",
]

MAX_PAGE_BYTES = 16 * 1024 * 1024
"""A page ends early once its rows hold that much JSON text."""

Fields = dict[str, Any]

_PROJECT_LOGS = int(ContainerKind.PROJECT_LOGS)
_RECENT = f"""
    WITH picked AS (
        SELECT t.container, t.root_span_id, t.start FROM traces t
        JOIN containers c ON c.number = t.container
        WHERE (?1 IS NULL OR (c.kind = {_PROJECT_LOGS} AND c.object_id = ?1))
          AND (?2 IS NULL OR t.root_span_id = ?2)
        ORDER BY t.start DESC LIMIT ?3),
    sums AS (
        SELECT p.container, p.root_span_id, p.start,
            max(r.end) AS end, sum(r.type IS NOT 'log') AS spans, sum(r.has_error) AS errors,
            coalesce(sum(CASE WHEN r.type = 'llm' THEN r.tokens END), sum(r.tokens)) AS tokens,
            (SELECT number FROM rows WHERE root_span_id = p.root_span_id
                AND container = p.container AND is_root ORDER BY start, number LIMIT 1) AS root
        FROM picked p
        JOIN rows r ON r.root_span_id = p.root_span_id AND r.container = p.container
        GROUP BY p.container, p.root_span_id)
    SELECT s.root_span_id, c.kind, c.object_id, j.name, root.name, s.start,
        root.number IS NOT NULL, root.start, root.end, s.end, s.spans, s.errors, s.tokens
    FROM sums s
    JOIN containers c ON c.number = s.container
    LEFT JOIN projects j ON c.kind = {_PROJECT_LOGS} AND j.id = c.object_id
    LEFT JOIN rows root ON root.number = s.root
    ORDER BY s.start DESC, s.root_span_id"""  # noqa: S608 - the one value is a number of ours
_ROW = "SELECT r.number, r.container, r.id, r.xact, r.is_root, r.created, r.data FROM rows r "
_TRACE = _ROW + "WHERE r.root_span_id = ? ORDER BY coalesce(r.start, 9e99), r.number"
_IN_CONTAINER = (
    _ROW
    + "JOIN containers c ON c.number = r.container WHERE c.kind = ?1 AND c.object_id = ?2 "
    + "AND r.number < ?3 "
)
_NEWEST_FIRST = "ORDER BY r.number DESC LIMIT ?4"
# What readers see as the trace of a row that is no span is the row's own id.
_WITH: Mapping[str, str] = {
    "id": "AND r.id = ?5 ",
    "root_span_id": "AND (r.root_span_id = ?5 OR (r.root_span_id IS NULL AND r.id = ?5)) ",
}
_OUTLINE = (
    "SELECT id, span_id, parents, is_root, name, type, start, end, has_error, tokens FROM rows "
    "WHERE root_span_id = ? ORDER BY coalesce(start, 9e99), number"
)


@dataclass(frozen=True, slots=True)
class TraceSummary:
    """A trace in one line.

    Attributes:
        trace_id: The trace's ``root_span_id``.
        container: Where its rows belong.
        project_name: Name of the project, if the container is a project's logs and is known.
        name: Name of the root span, if that has arrived.
        start: Seconds since the epoch.
        duration: Seconds from the root's start to its end; None while the root is open. Without
            a root, seconds from the first start to the last end.
        spans: Spans of the trace.
        errors: Rows with an error.
        tokens: Tokens of the trace's model calls; where there are none, of all its spans.
    """

    trace_id: str
    container: Container
    project_name: str | None
    name: str | None
    start: float
    duration: float | None
    spans: int
    errors: int
    tokens: float | None


@dataclass(frozen=True, slots=True)
class SpanOutline:
    """A span without its content: what a tree needs.

    Attributes:
        row_id: The row's id.
        span_id: The span's id, if any.
        parents: Span ids of its parents; empty for a root.
        is_root: Whether it is the root of its trace.
        name: The span's name, if any.
        type: The span's type, if any.
        start: Seconds since the epoch, if known.
        end: Seconds since the epoch, if known.
        has_error: Whether the row has an error.
        tokens: Tokens used, if known.
    """

    row_id: str
    span_id: str | None
    parents: tuple[str, ...]
    is_root: bool
    name: str | None
    type: str | None
    start: float | None
    end: float | None
    has_error: bool
    tokens: float | None


@dataclass(frozen=True, slots=True)
class Page:
    """Some rows of a container, newest first.

    Attributes:
        rows: The rows as a client reads them.
        cursor: What the next page is asked with; None after the last one.
        numbers: What a page that begins after each row is asked with.
    """

    rows: Sequence[Fields]
    cursor: int | None
    numbers: Sequence[int] = ()


def recent_traces(
    connection: sqlite3.Connection,
    *,
    project_id: str | None = None,
    trace_id: str | None = None,
    limit: int = 50,
) -> list[TraceSummary]:
    """Return the traces that started last, of one project or of all, or those of one trace id."""
    found = connection.execute(_RECENT, (project_id, trace_id, limit))
    return [_summary(*row) for row in found]


def count_traces(connection: sqlite3.Connection) -> int:
    """Return how many traces there are."""
    (count,) = connection.execute("SELECT count(DISTINCT root_span_id) FROM traces").fetchone()
    return int(count)


def match_traces(connection: sqlite3.Connection, prefix: str, limit: int) -> list[str]:
    """Return the ids, at most *limit*, of the traces whose id begins with *prefix*."""
    query = (
        "SELECT DISTINCT root_span_id FROM rows WHERE root_span_id >= ? AND root_span_id < ? "
        "ORDER BY root_span_id LIMIT ?"
    )
    found = connection.execute(query, (prefix, prefix + "\U0010ffff", limit))
    return [trace_id for (trace_id,) in found]


def trace_rows(connection: sqlite3.Connection, trace_id: str) -> list[Fields]:
    """Return all rows of a trace, whatever their container, in the order of their starts."""
    return _complete(connection, connection.execute(_TRACE, (trace_id,)))


def trace_outline(connection: sqlite3.Connection, trace_id: str) -> list[SpanOutline]:
    """Return the spans of a trace without their content, in the order of their starts."""
    return [_outline(*row) for row in connection.execute(_OUTLINE, (trace_id,))]


def fetch_page(
    connection: sqlite3.Connection,
    container: Container,
    *,
    cursor: int | None,
    limit: int,
    equal: tuple[str, str] | None = None,
) -> Page:
    """Return rows of *container*, newest first, from *cursor* on.

    With *equal*, those whose ``id`` or ``root_span_id`` (its first item) is its second item.

    Pages neither miss nor repeat a row that was there when the first page was read, whatever is
    written meanwhile.
    """
    before = cursor if cursor is not None else 1 << 62
    values = (int(container.kind), container.id, before, limit + 1)
    if equal is None:
        found = connection.execute(_IN_CONTAINER + _NEWEST_FIRST, values)
    else:
        name, value = equal
        query = f"{_IN_CONTAINER}{_WITH[name]}{_NEWEST_FIRST}"
        found = connection.execute(query, (*values, value))
    page: list[tuple[Any, ...]] = []
    size, more = 0, False
    for row in found:
        more = len(page) == limit or size > MAX_PAGE_BYTES
        if more:
            break
        page.append(row)
        size += len(row[-1])
    found.close()
    numbers = [row[0] for row in page]
    return Page(_complete(connection, page), numbers[-1] if more and page else None, numbers)


def _summary(*row: Any) -> TraceSummary:
    trace_id, kind, object_id, project, name, start, has_root, began, ended, last, *counts = row
    if not has_root:
        began, ended = start, last
    duration = None if began is None or ended is None else max(0.0, ended - began)
    container = Container(ContainerKind(kind), id=object_id, name=project)
    return TraceSummary(trace_id, container, project, name, start, duration, *counts)


def _outline(*row: Any) -> SpanOutline:
    row_id, span_id, parents, is_root, name, kind, start, end, has_error, tokens = row
    return SpanOutline(
        row_id=row_id,
        span_id=span_id,
        parents=_texts(parents),
        is_root=bool(is_root),
        name=name,
        type=kind,
        start=start,
        end=end,
        has_error=bool(has_error),
        tokens=tokens,
    )


def _texts(parents: str | None) -> tuple[str, ...]:
    values = loads(parents) if parents else None
    return tuple(str(value) for value in values) if isinstance(values, list) else ()


def _complete(connection: sqlite3.Connection, found: Iterable[tuple[Any, ...]]) -> list[Fields]:
    """Add what the store knows of rows beyond their JSON text."""
    rows: list[Fields] = []
    by_key: dict[tuple[int, str], Fields] = {}
    for _, container, row_id, xact, is_root, created, data in found:
        row = cast("Fields", loads(data))
        row["_xact_id"] = str(xact)
        row["is_root"] = bool(is_root)
        row.setdefault("created", created)
        # Rows that are no spans have no span ids, but readers expect some.
        row["span_id"] = row.get("span_id") or row_id
        row["root_span_id"] = row.get("root_span_id") or row_id
        rows.append(row)
        by_key[container, row_id] = row
    for container in {key[0] for key in by_key}:
        ids = [row_id for number, row_id in by_key if number == container]
        for name, row_id, entry in _attached(connection, container, ids):
            by_key[container, row_id].setdefault(name, []).append(entry)
    return rows


def _attached(
    connection: sqlite3.Connection, container: int, ids: Sequence[str]
) -> Iterable[tuple[str, str, Mapping[str, Any]]]:
    """Yield the comments and audit notes of rows: the field's name, the row's id, the entry."""
    for name, table in (("comments", "comments"), ("audit_data", "audits")):
        for chunk in chunks(ids, ID_CHUNK):
            query = (
                f"SELECT row_id, xact, data FROM {table} WHERE container = ? "  # noqa: S608 - fixed names and question marks
                f"AND row_id IN ({marks(chunk)}) ORDER BY xact"
            )
            for row_id, xact, data in connection.execute(query, (container, *chunk)):
                yield name, row_id, {**cast("Fields", loads(data)), "_xact_id": str(xact)}
