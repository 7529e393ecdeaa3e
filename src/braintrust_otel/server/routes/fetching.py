"""Rows go out, page by page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from braintrust_otel._model.containers import Container, ContainerKind
from braintrust_otel._model.http import HttpResponse
from braintrust_otel.server.btql.expressions import check
from braintrust_otel.server.btql.query import BtqlError, Expression, Query
from braintrust_otel.server.btql.running import run
from braintrust_otel.server.routes.calls import Call, Refusal, answer

__all__ = ["check_version", "fetch_rows"]

_TABLES = {
    "project_logs": ContainerKind.PROJECT_LOGS,
    "experiment": ContainerKind.EXPERIMENT,
    "dataset": ContainerKind.DATASET,
}
_DEFAULT_LIMIT = 1000
_MAX_LIMIT = 10_000
_MAX_DIGITS = 18
_MAX_XACT_DIGITS = 30


def fetch_rows(call: Call) -> HttpResponse:
    """Answer with the rows of a project's logs, an experiment or a dataset, newest first.

    ``limit`` bounds the rows of a page; a page of large rows ends earlier. The ``cursor`` of the
    answer asks for the next page, and is null after the last one. ``filters`` are
    ``{"type": "path_lookup", "path": [...], "value": ...}``, all of which a row has to meet.
    """
    kind = _TABLES.get(call.params["table"])
    if kind is None:
        known = ", ".join(_TABLES)
        raise Refusal(404, f"There is no {call.params['table']} to fetch from; there are {known}.")
    container = Container(kind, id=call.params["object_id"])
    asked = _asked(call)
    limit, cursor, filters = _limit(asked), _cursor(asked), _filters(asked)
    rows: Sequence[Mapping[str, Any]]
    if filters is None:
        page = call.store.fetch(container, cursor, limit)
        rows, after = page.rows, None if page.cursor is None else str(page.cursor)
    else:
        told = None if cursor is None else str(cursor)
        found = run(call.store, Query(container, where=filters, limit=limit, cursor=told))
        rows, after = found.rows, found.cursor
    check_version(rows, asked.get("version"))
    if kind is ContainerKind.DATASET:  # readers take a record without the key for an old one
        rows = [
            row if "expected" in row else {**row, "expected": row.get("output")} for row in rows
        ]
    return answer({"events": rows, "cursor": after})


def check_version(rows: Iterable[Mapping[str, Any]], version: object) -> None:
    """Refuse to answer with rows that were written after the *version* that was asked for.

    The store keeps the newest state of each row only.

    Raises:
        Refusal: There is such a row.
    """
    if version is None:
        return
    if not isinstance(version, str) or not version.isdecimal():
        raise Refusal(400, "`version` is no transaction id (decimal digits).")
    for row in rows:
        if int(row.get("_xact_id") or 0) > int(version[:_MAX_XACT_DIGITS]):
            raise Refusal(
                400,
                f"The row {row.get('id')} was changed after version {version}, and the local "
                "server keeps the newest state only. Ask without a version.",
            )


def _asked(call: Call) -> dict[str, Any]:
    if call.body:
        return call.json_object()
    asked: dict[str, Any] = {name: values[0] for name, values in call.query.items()}
    limit = asked.get("limit")
    if isinstance(limit, str) and limit.isdecimal() and len(limit) <= _MAX_DIGITS:
        asked["limit"] = int(limit)
    return asked


def _limit(asked: dict[str, Any]) -> int:
    limit = asked.get("limit")
    if limit is None:
        return _DEFAULT_LIMIT
    if isinstance(limit, bool) or not isinstance(limit, int) or limit <= 0:
        raise Refusal(400, "`limit` is no positive integer.")
    return min(limit, _MAX_LIMIT)


def _cursor(asked: dict[str, Any]) -> int | None:
    cursor = asked.get("cursor")
    if cursor is None or cursor == "":
        return None
    if not isinstance(cursor, str) or not cursor.isdecimal() or len(cursor) > _MAX_DIGITS:
        raise Refusal(400, "`cursor` is none that an earlier page answered with.")
    return int(cursor)


def _filters(asked: dict[str, Any]) -> Expression | None:
    filters = asked.get("filters")
    if not filters:
        return None
    if not isinstance(filters, list) or not all(map(_is_lookup, filters)):
        raise Refusal(
            400, '`filters` is no array of {"type": "path_lookup", "path": [...], "value": ...}.'
        )
    children = [_lookup(item["path"], item.get("value")) for item in filters]
    try:
        return check({"op": "and", "children": children})
    except BtqlError as error:
        raise Refusal(400, f"`filters`: {error}") from error


def _is_lookup(told: object) -> bool:
    return isinstance(told, dict) and told.get("type") == "path_lookup" and "path" in told


def _lookup(path: object, value: object) -> Expression:
    member = {"op": "ident", "name": path}
    if value is None:
        return {"op": "isnull", "expr": member}
    return {"op": "eq", "left": member, "right": {"op": "literal", "value": value}}
