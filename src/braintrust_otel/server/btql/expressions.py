"""Checks expressions and computes them on rows. Values compare as in SQL: null is like nothing."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, Final

from braintrust_otel.server.btql.query import BtqlError, Expression

__all__ = ["check", "compute", "is_true", "path_of", "sort_key"]

MAX_DEPTH: Final = 100
"""Operators within operators."""

_SHOWN: Final = 60

Row = Mapping[str, Any]
_Operator = Callable[[Any, Any], object]


def check(expression: object, depth: int = 0) -> Expression:
    """Return *expression* if every part of it can be computed.

    Raises:
        BtqlError: One cannot; the message names it.
    """
    if depth > MAX_DEPTH:
        raise BtqlError(f"An expression is nested deeper than {MAX_DEPTH} operators.")
    if not isinstance(expression, dict):
        raise BtqlError(f"{str(expression)[:_SHOWN]!r} is no expression.")
    op = str(expression.get("op"))
    if op == "literal":
        if "value" not in expression:
            raise BtqlError("A literal has no `value`.")
    elif op == "ident":
        path_of(expression)
    else:
        for part in _parts(expression, op):
            check(part, depth + 1)
    return expression


def _parts(expression: Expression, op: str) -> list[Any]:
    if op in _BINARY:
        return [expression.get("left"), expression.get("right")]
    if op in _UNARY:
        return [expression.get("expr")]
    if op in ("and", "or"):
        children = expression.get("children")
        if children is None:
            return [expression.get("left"), expression.get("right")]
        if isinstance(children, list):
            return children
    known = ", ".join(("and", "or", *_UNARY, *_BINARY, "ident", "literal"))
    raise BtqlError(f"The operator {op[:_SHOWN]!r} is not known here; known are {known}.")


def compute(expression: Expression, row: Row) -> Any:
    """Return the value of a checked *expression* on *row*; None is null, and unknown truth."""
    op = expression["op"]
    if op == "literal":
        return expression["value"]
    if op == "ident":
        return _member(row, path_of(expression))
    if op in ("and", "or"):
        return _logic(op, _parts(expression, op), row)
    if op in _UNARY:
        return _UNARY[op](compute(expression["expr"], row))
    return _BINARY[op](compute(expression["left"], row), compute(expression["right"], row))


def is_true(expression: Expression | None, row: Row) -> bool:
    """Tell whether *row* is what *expression* wants; null is not."""
    return expression is None or compute(expression, row) is True


def path_of(expression: Expression) -> tuple[str | int, ...]:
    """Return the members that an identifier leads through.

    Raises:
        BtqlError: It leads nowhere.
    """
    name = expression.get("name")
    if not isinstance(name, list) or not name or not all(isinstance(x, str | int) for x in name):
        raise BtqlError("An identifier's `name` is no array of member names.")
    return tuple(name)


def sort_key(value: object) -> tuple[int, Any]:
    """Return a key that orders any values: null, truths, numbers, texts, and then all others."""
    if value is None:
        return 0, 0
    if isinstance(value, bool):
        return 1, value
    if isinstance(value, int | float):
        return 2, value
    return (3, value) if isinstance(value, str) else (4, str(value))


def _member(row: Row, path: tuple[str | int, ...]) -> Any:
    value: Any = row
    for name in path:
        if isinstance(value, dict) and isinstance(name, str):
            value = value.get(name)
        elif isinstance(value, list) and isinstance(name, int) and -len(value) <= name < len(value):
            value = value[name]
        else:
            return None
    return value


def _logic(op: str, parts: list[Any], row: Row) -> bool | None:
    deciding = op == "or"
    outcome: bool | None = not deciding
    for part in parts:
        value: object = compute(part, row)
        if value is deciding:
            return deciding
        if value is not (not deciding):
            outcome = None  # unknown, unless a later part decides
    return outcome


def _equal(left: object, right: object) -> bool | None:
    if left is None or right is None:
        return None
    # Python takes True for 1; JSON does not.
    return isinstance(left, bool) == isinstance(right, bool) and bool(left == right)


def _negated(value: bool | None) -> bool | None:
    return None if value is None else not value


def _ordered(is_ordered: _Operator) -> _Operator:
    def compare(left: object, right: object) -> object:
        if left is None or right is None:
            return None
        (left_kind, _), (right_kind, _) = sort_key(left), sort_key(right)
        return is_ordered(left, right) if left_kind == right_kind != _OTHER else None

    return compare


def _calculated(calculate: _Operator) -> _Operator:
    def result(left: object, right: object) -> object:
        if not (_is_number(left) and _is_number(right)):
            return None
        try:
            return calculate(left, right)
        except (ZeroDivisionError, OverflowError):
            return None

    return result


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _in(value: object, items: object) -> bool | None:
    if value is None or not isinstance(items, list):
        return None
    return any(_equal(value, item) for item in items)


def _includes(items: object, wanted: object) -> bool | None:
    if not isinstance(items, list):
        return None
    every = wanted if isinstance(wanted, list) else [wanted]
    return all(_in(item, items) for item in every)


def _like(*, is_case_kept: bool) -> _Operator:
    def matches(text: object, pattern: object) -> bool | None:
        if not isinstance(text, str) or not isinstance(pattern, str):
            return None
        pieces = _pieces(pattern, 0 if is_case_kept else re.IGNORECASE)
        return _matches(text, pieces, len(pattern.rpartition("%")[2]))

    return matches


@lru_cache(maxsize=32)
def _pieces(pattern: str, flags: int) -> list[re.Pattern[str]]:
    """Return what stands between the ``%`` of a pattern; each ``_`` is any character."""
    return [
        re.compile(re.escape(piece).replace("_", "."), re.DOTALL | flags)
        for piece in pattern.split("%")
    ]


def _matches(text: str, pieces: list[re.Pattern[str]], last_length: int) -> bool:
    """Match piece by piece, each as early as can be: one regex for all would take for ever."""
    first, *others = pieces
    if not others:
        return first.fullmatch(text) is not None
    found = first.match(text)
    for piece in others[:-1]:
        found = piece.search(text, found.end()) if found else None
    if found is None:
        return False
    end = max(found.end(), len(text) - last_length)
    return others[-1].fullmatch(text, end) is not None


_OTHER: Final = 4
_UNARY: Final[Mapping[str, Callable[[Any], object]]] = {
    "isnull": lambda value: value is None,
    "isnotnull": lambda value: value is not None,
    "not": lambda value: _negated(value) if isinstance(value, bool) else None,
    "neg": lambda value: -value if _is_number(value) else None,
}
_BINARY: Final[Mapping[str, _Operator]] = {
    "eq": _equal,
    "ne": lambda left, right: _negated(_equal(left, right)),
    "is": lambda left, right: left is right is None or _equal(left, right) is True,
    "lt": _ordered(lambda left, right: left < right),
    "le": _ordered(lambda left, right: left <= right),
    "gt": _ordered(lambda left, right: left > right),
    "ge": _ordered(lambda left, right: left >= right),
    "in": _in,
    "includes": _includes,
    "contains": _includes,
    "like": _like(is_case_kept=True),
    "ilike": _like(is_case_kept=False),
    "add": _calculated(lambda left, right: left + right),
    "sub": _calculated(lambda left, right: left - right),
    "mul": _calculated(lambda left, right: left * right),
    "div": _calculated(lambda left, right: left / right),
}
