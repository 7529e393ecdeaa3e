"""Reads attribute values leniently, whoever wrote them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from braintrust_otel._json import Encoded, decode, encode, loads_leniently
from braintrust_otel._mapping.values import number

__all__ = [
    "amount",
    "first_given",
    "is_cut",
    "json_text",
    "plain",
    "seconds",
    "structure",
    "texts",
    "whole",
]

_MAX_WRAPS: Final = 4
"""How often a value may be encoded in itself; some emitters encode twice."""

_OPENINGS: Final = ("{", "[", '"')


def structure(value: object) -> dict[str, Any] | list[Any] | None:
    """Return the object or list that *value* is or spells, however often it was encoded.

    Returns:
        Plain JSON; None where there is neither an object nor a list.
    """
    for _ in range(_MAX_WRAPS):
        if not isinstance(value, str):
            break
        if not value.lstrip().startswith(_OPENINGS):
            return None
        try:
            value = loads_leniently(value)
        except ValueError:
            return None
        if isinstance(value, (dict, list)):
            return value
    found = value if isinstance(value, str) else plain(value)
    return found if isinstance(found, (dict, list)) else None


def plain(value: object) -> Any:
    """Return *value* as plain JSON; a text stays as it is, whatever it spells."""
    if value is None or type(value) in (str, int, bool):
        return value
    return decode(value if isinstance(value, Encoded) else encode(value))


def is_cut(value: object) -> bool:
    """Tell whether *value* begins like an object or a list but is none, as a cut text."""
    opens = isinstance(value, str) and value.lstrip().startswith(("{", "["))
    return opens and structure(value) is None


def json_text(value: object) -> str:
    """Return a text as it is, and anything else as JSON text."""
    return value if isinstance(value, str) else encode(value).data.decode()


def texts(value: object) -> list[str]:
    """Return the texts of a list, of JSON text that spells one, or of one text by itself."""
    items = structure(value)
    if isinstance(items, list):
        return [item for item in items if isinstance(item, str)]
    return [value] if isinstance(value, str) and value else []


def amount(value: object) -> float | None:
    """Return a finite number that is not negative; integers stay integers. None for all else."""
    found = None if isinstance(value, bool) else number(value)
    return found if found is not None and found >= 0 else None


def whole(value: object) -> int | None:
    """Return a whole number that is not negative, as counts are; None for anything else."""
    found = amount(value)
    return int(found) if found is not None and found == found // 1 else None


def seconds(start_ns: int | None, at_ns: int) -> float | None:
    """Return the seconds from a span's start to *at_ns*; None if they cannot be told."""
    if start_ns is None or at_ns < start_ns:
        return None
    return (at_ns - start_ns) / 1e9


def first_given(attributes: Mapping[str, object], names: Iterable[str]) -> str | None:
    """Return the first of *names* that has a value; None if none has."""
    return next((name for name in names if attributes.get(name) is not None), None)
