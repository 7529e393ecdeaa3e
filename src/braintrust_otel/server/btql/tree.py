"""Reads queries that clients send as syntax trees in JSON."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from braintrust_otel._model.containers import Container
from braintrust_otel.server.btql.expressions import check, path_of
from braintrust_otel.server.btql.query import BtqlError, Column, Query, Shape, Sort, table

__all__ = ["STAR", "read_tree", "shape_of"]

STAR: Final = "*"

_KNOWN: Final = frozenset({"select", "from", "filter", "sort", "limit", "cursor"})


def read_tree(tree: Mapping[str, Any]) -> Query:
    """Return the query that a syntax tree says.

    Raises:
        BtqlError: It is none, or asks what cannot be answered here.
    """
    unknown = sorted(name for name, value in tree.items() if name not in _KNOWN and value)
    if unknown:
        raise BtqlError(
            f"{', '.join(unknown)}: this part of BTQL is not answered by the local server; it "
            f"knows {', '.join(sorted(_KNOWN))}."
        )
    container, shape = _source(tree.get("from"))
    where = tree.get("filter")
    return Query(
        container=container,
        shape=shape,
        columns=_columns(tree.get("select")),
        where=None if where is None else check(where),
        sort=_sorts(tree.get("sort")),
        limit=_limit(tree.get("limit")),
        cursor=_cursor(tree.get("cursor")),
    )


def _source(told: object) -> tuple[Container | None, Shape]:
    if not isinstance(told, dict) or told.get("op") != "function":
        raise BtqlError(
            'A query needs a `from` such as {"op": "function", "name": ..., "args": ...}.'
        )
    name, arguments = told.get("name"), told.get("args")
    path = name.get("name") if isinstance(name, dict) else None
    if not isinstance(path, list) or len(path) != 1 or not isinstance(arguments, list):
        raise BtqlError("`from` names no table.")
    values = [value.get("value") if isinstance(value, dict) else None for value in arguments]
    return table(path[0], values), shape_of(told.get("shape"))


def shape_of(told: object) -> Shape:
    """Return the shape of an answer.

    Raises:
        BtqlError: It is not known here.
    """
    if told is None or told == "spans":
        return "spans"
    if told == "traces":
        return "traces"
    raise BtqlError(f"The shape {str(told)[:40]!r} is not answered here; use spans or traces.")


def _columns(told: object) -> tuple[Column, ...]:
    if told is None:
        return ()
    if not isinstance(told, list):
        raise BtqlError("`select` is no array.")
    columns = tuple(_column(item) for item in told)
    return () if [column.name for column in columns] == [STAR] else columns


def _column(told: object) -> Column:
    if not isinstance(told, dict):
        raise BtqlError("An item of `select` is no object.")
    if told.get("op") == "star":
        return Column(STAR, {"op": "star"})
    expression = check(told if "op" in told else told.get("expr"))
    alias = told.get("alias")
    if isinstance(alias, str) and alias:
        return Column(alias, expression)
    if expression.get("op") != "ident":
        raise BtqlError("An item of `select` that is computed needs an `alias`.")
    return Column(".".join(map(str, path_of(expression))), expression)


def _sorts(told: object) -> tuple[Sort, ...]:
    if told is None:
        return ()
    if not isinstance(told, list) or not all(isinstance(item, dict) for item in told):
        raise BtqlError("`sort` is no array of objects.")
    return tuple(_sort(item) for item in told)


def _sort(told: Mapping[str, Any]) -> Sort:
    direction = told.get("dir") or "asc"
    if direction not in ("asc", "desc"):
        raise BtqlError("The `dir` of a `sort` is neither asc nor desc.")
    return Sort(check(told.get("expr")), direction == "desc")


def _limit(told: object) -> int | None:
    if isinstance(told, dict) and told.get("op") == "literal":
        told = told.get("value")
    if told is None:
        return None
    if isinstance(told, bool) or not isinstance(told, int) or told < 0:
        raise BtqlError("`limit` is no integer from 0 on.")
    return told


def _cursor(told: object) -> str | None:
    if told is None or isinstance(told, str):
        return told or None
    raise BtqlError("`cursor` is no text.")
