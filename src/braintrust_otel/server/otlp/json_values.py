"""Reads the fields of OTLP's messages in JSON, each as what it has to be."""

from __future__ import annotations

import binascii
from collections.abc import Callable, Mapping
from typing import Any, Final, cast

from braintrust_otel.server.otlp.received import MAX_DEPTH, BadSpanError

__all__ = [
    "JsonObject",
    "attributes",
    "count",
    "enum_number",
    "hex_digits",
    "members",
    "nanoseconds",
    "objects",
    "text",
]

JsonObject = Mapping[str, Any]

_MAX_UNSIGNED: Final = 1 << 64
_INT64: Final = 1 << 63
_SHOWN: Final = 40


def text(message: JsonObject, name: str) -> str:
    """Return a text; empty if absent."""
    value = message.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise _wrong(name, "text")
    return value


def hex_digits(message: JsonObject, name: str) -> str:
    """Return an id in lower case; empty if absent. Whether it is one is checked elsewhere."""
    return text(message, name).lower()


def nanoseconds(message: JsonObject, name: str) -> int:
    """Return a time; 0 if absent."""
    return _unsigned(message, name, "number of nanoseconds")


def count(message: JsonObject, name: str) -> int:
    """Return how many there are of something; 0 if absent."""
    return _unsigned(message, name, "count")


def enum_number(message: JsonObject, name: str, numbers: Mapping[str, int]) -> int:
    """Return the number of an enum value, which may be told by name; 0 if absent."""
    value = message.get(name)
    if value is None:
        return 0
    number = numbers.get(value) if isinstance(value, str) else None
    if number is None:
        number = _integer(value)
    if number is None:
        raise _wrong(name, f"number and none of {', '.join(numbers)}")
    return number


def members(message: JsonObject, name: str) -> JsonObject:
    """Return a message in a message; empty if absent."""
    value = message.get(name)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise _wrong(name, "object")
    return value


def objects(message: JsonObject, name: str) -> list[JsonObject]:
    """Return the messages of a repeated field; none if absent."""
    value = message.get(name)
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise _wrong(name, "array of objects")
    return cast("list[JsonObject]", value)


def attributes(message: JsonObject, name: str = "attributes", depth: int = 0) -> dict[str, object]:
    """Return key and value pairs as the OTel SDK holds attributes."""
    return {
        text(pair, "key"): _value(members(pair, "value"), depth + 1)
        for pair in objects(message, name)
    }


def _value(value: JsonObject, depth: int) -> object:
    if depth > MAX_DEPTH:
        raise BadSpanError(f"an attribute is nested deeper than {MAX_DEPTH} values")
    if "arrayValue" in value:
        items = objects(members(value, "arrayValue"), "values")
        return tuple([_value(item, depth + 1) for item in items])
    if "kvlistValue" in value:
        return attributes(members(value, "kvlistValue"), "values", depth)
    for name, read in _SCALARS.items():
        plain = value.get(name)
        if plain is not None:
            found = read(plain)
            if found is None:
                raise BadSpanError(f"the attribute value {str(plain)[:_SHOWN]!r} is no `{name}`")
            return found
    return None


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _truth(value: object) -> bool | None:
    return value if isinstance(value, bool) else None


def _int64(value: object) -> int | None:
    number = _integer(value)
    return number if number is not None and -_INT64 <= number < _INT64 else None


def _double(value: object) -> float | None:
    """Return a number; ``"NaN"`` and its like are texts, and so may any number be."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        return float(value)
    except (ValueError, OverflowError):
        return None


def _bytes(value: object) -> bytes | None:
    if not isinstance(value, str):
        return None
    try:
        return binascii.a2b_base64(value.encode())
    except ValueError:  # no base64, or no ASCII
        return None


_SCALARS: Final[Mapping[str, Callable[[object], object]]] = {
    "stringValue": _text,
    "boolValue": _truth,
    "intValue": _int64,
    "doubleValue": _double,
    "bytesValue": _bytes,
}


def _unsigned(message: JsonObject, name: str, wanted: str) -> int:
    value = message.get(name)
    number = 0 if value is None else _integer(value)
    if number is None or not 0 <= number < _MAX_UNSIGNED:
        raise _wrong(name, wanted)
    return number


def _integer(value: object) -> int | None:
    """Return an integer that is a JSON number or a text; also 1e3, which is one, too."""
    if isinstance(value, bool):
        return None
    if isinstance(value, float):
        return int(value) if value.is_integer() else None
    if isinstance(value, int):
        return value
    if not isinstance(value, str):
        return None
    try:
        return int(value)
    except ValueError:
        return None


def _wrong(name: str, wanted: str) -> BadSpanError:
    return BadSpanError(f"`{name}` is no {wanted}")
