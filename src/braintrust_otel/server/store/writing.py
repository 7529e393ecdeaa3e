"""Writes changes to rows; everything here runs inside the caller's write transaction."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, cast

from braintrust_otel._json import dumps, loads
from braintrust_otel._model.containers import Container
from braintrust_otel.server.store.changes import Change
from braintrust_otel.server.store.columns import Columns, columns_of, search_text
from braintrust_otel.server.store.searching import SearchIndex
from braintrust_otel.server.store.sql import ID_CHUNK, chunks, marks

__all__ = ["RowWriter"]

_Key = tuple[int, str]

_COLUMNS = (
    "xact",
    "root_span_id",
    "span_id",
    "parents",
    "is_root",
    "type",
    "start",
    "end",
    "created",
    "has_error",
    "tokens",
    "name",
    "data",
)
_INSERT = (
    f"INSERT INTO rows ({', '.join(_COLUMNS)}, container, id, number) "  # noqa: S608 - fixed names
    f"VALUES ({', '.join('?' * (len(_COLUMNS) + 3))})"
)
_UPDATE = f"UPDATE rows SET {', '.join(f'{name} = ?' for name in _COLUMNS)} WHERE number = ?"  # noqa: S608 - fixed names
_SAVE_TRACE = (
    "INSERT INTO traces (container, root_span_id, start) VALUES (?, ?, ?) "
    "ON CONFLICT (container, root_span_id) DO UPDATE SET start = excluded.start "
    "WHERE excluded.start < start"
)
_DROP_EMPTY_TRACE = (
    "DELETE FROM traces WHERE container = ?1 AND root_span_id = ?2 AND NOT EXISTS "
    "(SELECT 1 FROM rows WHERE root_span_id = ?2 AND container = ?1)"
)


@dataclass(frozen=True, slots=True)
class _Stored:
    number: int
    root_span_id: str | None
    row: dict[str, Any]


@dataclass(slots=True)
class _Plan:
    """The statements' values, collected before the first one runs."""

    inserts: list[tuple[object, ...]] = field(default_factory=list)
    updates: list[tuple[object, ...]] = field(default_factory=list)
    deletes: list[tuple[int]] = field(default_factory=list)
    gone: list[_Key] = field(default_factory=list)
    comments: list[tuple[object, ...]] = field(default_factory=list)
    audits: list[tuple[object, ...]] = field(default_factory=list)
    traces: dict[_Key, float] = field(default_factory=dict)
    left_traces: set[_Key] = field(default_factory=set)
    words_out: list[tuple[object, ...]] = field(default_factory=list)
    words_in: list[tuple[object, ...]] = field(default_factory=list)


class RowWriter:
    """Writes one request's changes under one transaction id.

    Args:
        connection: Inside a write transaction.
        xact: The transaction's id.
        now: Seconds since the epoch.
    """

    def __init__(self, connection: sqlite3.Connection, xact: int, now: float) -> None:
        self._connection = connection
        self._xact = xact
        self._now = now
        self._plan = _Plan()
        self._next_number = 0

    def write(self, changes: Sequence[Change], index: SearchIndex) -> int:
        """Write *changes* and return how many bytes of JSON text were stored."""
        (last,) = self._connection.execute("SELECT max(number) FROM rows").fetchone()
        self._next_number = (last or 0) + 1
        size = 0
        for container, group in _by_container(changes).items():
            number = _container_number(self._connection, container)
            stored = self._stored(number, [change.id for change in group])
            for change in group:
                size += self._decide(number, change, stored.get(change.id))
        self._run(index)
        return size

    def _stored(self, container: int, ids: Sequence[str]) -> Mapping[str, _Stored]:
        found: dict[str, _Stored] = {}
        for chunk in chunks(ids, ID_CHUNK):
            query = (
                "SELECT id, number, root_span_id, data FROM rows "  # noqa: S608 - question marks
                f"WHERE container = ? AND id IN ({marks(chunk)})"
            )
            for row_id, number, root, data in self._connection.execute(query, (container, *chunk)):
                found[row_id] = _Stored(number, root, cast("dict[str, Any]", loads(data)))
        return found

    def _decide(self, container: int, change: Change, stored: _Stored | None) -> int:
        row = change.outcome(None if stored is None else stored.row)
        if row is None:
            self._plan.gone.append((container, change.id))
            self._remove(container, stored)
            return 0
        data = dumps(row)
        if change.is_comment:
            target = row["origin"]["id"]
            self._plan.comments.append((container, change.id, target, self._xact, data.decode()))
        else:
            self._save(container, change.id, row, data.decode(), stored)
            self._plan.audits.extend(
                (container, change.id, dumps(asdict(audit)).decode(), self._xact)
                for audit in change.audits
            )
        return len(data)

    def _save(
        self, container: int, row_id: str, row: dict[str, Any], data: str, stored: _Stored | None
    ) -> None:
        columns, words = columns_of(row, self._now), search_text(row)
        values = (self._xact, *_values(columns), data)
        if stored is None:
            number, self._next_number = self._next_number, self._next_number + 1
            self._plan.inserts.append((*values, container, row_id, number))
            self._plan.words_in.append((number, *words))
        else:
            self._plan.updates.append((*values, stored.number))
            self._replace_words(stored, words)
            if stored.root_span_id is not None and stored.root_span_id != columns.root_span_id:
                self._plan.left_traces.add((container, stored.root_span_id))
        if columns.root_span_id is not None:
            began = columns.began
            start = self._now if began is None else began
            key = (container, columns.root_span_id)
            self._plan.traces[key] = min(start, self._plan.traces.get(key, start))

    def _replace_words(self, stored: _Stored, words: tuple[str, str, str, str]) -> None:
        old = search_text(stored.row)
        if old != words:
            self._plan.words_out.append((stored.number, *old))
            self._plan.words_in.append((stored.number, *words))

    def _remove(self, container: int, stored: _Stored | None) -> None:
        if stored is None:
            return
        self._plan.deletes.append((stored.number,))
        self._plan.words_out.append((stored.number, *search_text(stored.row)))
        if stored.root_span_id is not None:
            self._plan.left_traces.add((container, stored.root_span_id))

    def _run(self, index: SearchIndex) -> None:
        plan, many = self._plan, self._connection.executemany
        index.remove(plan.words_out)
        many("DELETE FROM rows WHERE number = ?", plan.deletes)
        many("DELETE FROM comments WHERE container = ? AND id = ?", plan.gone)
        many("DELETE FROM comments WHERE container = ? AND row_id = ?", plan.gone)
        many("DELETE FROM audits WHERE container = ? AND row_id = ?", plan.gone)
        many(_INSERT, plan.inserts)
        many(_UPDATE, plan.updates)
        many("INSERT OR REPLACE INTO comments VALUES (?, ?, ?, ?, ?)", plan.comments)
        many("INSERT OR IGNORE INTO audits VALUES (?, ?, ?, ?)", plan.audits)
        many(_SAVE_TRACE, [(*key, start) for key, start in plan.traces.items()])
        many(_DROP_EMPTY_TRACE, list(plan.left_traces))
        index.add(plan.words_in)


def _container_number(connection: sqlite3.Connection, container: Container) -> int:
    """Return the number that stands for *container* in the tables, giving it one if needed."""
    key = (int(container.kind), container.id)
    connection.execute("INSERT OR IGNORE INTO containers (kind, object_id) VALUES (?, ?)", key)
    found = connection.execute(
        "SELECT number FROM containers WHERE kind = ? AND object_id = ?", key
    ).fetchone()
    return int(found[0])


def _by_container(changes: Iterable[Change]) -> Mapping[Container, list[Change]]:
    groups: dict[Container, list[Change]] = {}
    for change in changes:
        groups.setdefault(change.container, []).append(change)
    return groups


def _values(columns: Columns) -> tuple[object, ...]:
    return (
        columns.root_span_id,
        columns.span_id,
        columns.parents,
        columns.is_root,
        columns.type,
        columns.start,
        columns.end,
        columns.created,
        columns.has_error,
        columns.tokens,
        columns.name,
    )
