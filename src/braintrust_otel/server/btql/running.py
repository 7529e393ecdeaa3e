"""Answers queries from the store."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any, Final

from braintrust_otel._model.containers import Container
from braintrust_otel.server.btql.expressions import compute, is_true, path_of, sort_key
from braintrust_otel.server.btql.query import BtqlError, Column, Expression, Query, Sort
from braintrust_otel.server.btql.tree import STAR
from braintrust_otel.server.store import Store

__all__ = ["Answer", "run"]

DEFAULT_LIMIT: Final = 1_000
MAX_LIMIT: Final = 10_000
MAX_ROWS_OF_TRACES: Final = 50_000
"""An answer in whole traces has more rows than its limit says."""

_PAGE: Final = 500
_MAX_DIGITS: Final = 18

_Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Answer:
    """The rows that a query asks for.

    Attributes:
        rows: The rows, or what is selected of them.
        cursor: What the next page is asked with; None after the last one.
    """

    rows: Sequence[Mapping[str, Any]]
    cursor: str | None = None


def run(store: Store, query: Query) -> Answer:
    """Return the answer to *query*.

    Raises:
        BtqlError: Its cursor is none.
    """
    if query.container is None or query.limit == 0:
        return Answer([])
    limit = min(query.limit or DEFAULT_LIMIT, MAX_LIMIT)
    if query.shape == "traces":
        answer = _traces(store, query.container, query, limit)
    elif query.sort:
        answer = _sorted_rows(store, query.container, query, limit)
    else:
        answer = _rows(store, query.container, query, limit)
    if not query.columns:
        return answer
    return Answer([_selected(row, query.columns) for row in answer.rows], answer.cursor)


def _rows(store: Store, container: Container, query: Query, limit: int) -> Answer:
    rows: list[_Row] = []
    last: int | None = None
    for number, row in _matching(store, container, query.where, _position(query.cursor)):
        if len(rows) == limit:
            return Answer(rows, str(last))
        rows.append(row)
        last = number
    return Answer(rows)


def _sorted_rows(store: Store, container: Container, query: Query, limit: int) -> Answer:
    """Return a page of rows in the order asked for; the cursor counts the rows before it."""
    start = _position(query.cursor) or 0
    found = (row for _, row in _matching(store, container, query.where))
    first = heapq.nsmallest(start + limit + 1, found, lambda row: _key(row, query.sort))
    page = first[start : start + limit]
    return Answer(page, str(start + limit) if len(first) > start + limit else None)


def _traces(store: Store, container: Container, query: Query, limit: int) -> Answer:
    """Return all rows of the traces in which a row matches; the limit and cursor count traces."""
    start = _position(query.cursor) or 0
    roots: dict[str, None] = {}
    found = ((row["root_span_id"], row) for _, row in _matching(store, container, query.where))
    if query.sort:
        keyed = ((_key(row, query.sort), root) for root, row in found)
        ordered: Iterable[str] = [root for _, root in sorted(keyed, key=itemgetter(0))]
    else:
        ordered = (root for root, _ in found)
    for root in ordered:
        roots[root] = None
        if len(roots) > start + limit:
            break
    rows: list[_Row] = []
    taken = start
    for root in list(roots)[start : start + limit]:
        if len(rows) > MAX_ROWS_OF_TRACES:
            break
        rows += [row for _, row in _scan(store, container, None, ("root_span_id", root))]
        taken += 1
    return Answer(rows, str(taken) if taken < len(roots) else None)


def _matching(
    store: Store, container: Container, where: Expression | None, before: int | None = None
) -> Iterator[tuple[int, _Row]]:
    for number, row in _scan(store, container, before, _indexed(where)):
        if is_true(where, row):
            yield number, row


def _scan(
    store: Store, container: Container, before: int | None, equal: tuple[str, str] | None
) -> Iterator[tuple[int, _Row]]:
    cursor = before
    while True:
        page = store.fetch(container, cursor, _PAGE, equal)
        yield from zip(page.numbers, page.rows, strict=True)
        cursor = page.cursor
        if cursor is None:
            return


def _indexed(where: Expression | None) -> tuple[str, str] | None:
    """Return a field and its value that every matching row has, where the store has an index."""
    if where is None:
        return None
    if where["op"] == "and":
        found = (_indexed(child) for child in where.get("children") or ())
        return next((one for one in found if one is not None), None)
    if where["op"] != "eq":
        return None
    left, right = where["left"], where["right"]
    if left["op"] != "ident" or right["op"] != "literal" or not isinstance(right["value"], str):
        return None
    path = path_of(left)
    return (str(path[0]), right["value"]) if path in (("root_span_id",), ("id",)) else None


def _selected(row: Mapping[str, Any], columns: Sequence[Column]) -> _Row:
    selected: _Row = {}
    for column in columns:
        if column.name == STAR:
            selected |= row
        else:
            selected[column.name] = compute(column.expression, row)
    return selected


def _position(cursor: str | None) -> int | None:
    if cursor is None:
        return None
    if not (cursor.isascii() and cursor.isdecimal()) or len(cursor) > _MAX_DIGITS:
        raise BtqlError("`cursor` is none that an earlier page answered with.")
    return int(cursor)


def _key(row: Mapping[str, Any], sorts: Sequence[Sort]) -> list[Any]:
    keys = (sort_key(compute(sort.expression, row)) for sort in sorts)
    return [
        _Reversed(key) if sort.is_descending else key for key, sort in zip(keys, sorts, strict=True)
    ]


@dataclass(frozen=True, slots=True)
class _Reversed:
    """A key that comes the later the smaller it is."""

    key: tuple[int, Any]

    def __lt__(self, other: _Reversed) -> bool:
        return other.key < self.key
