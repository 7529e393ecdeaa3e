"""Attribute values as row values."""

from __future__ import annotations

from math import isfinite

from braintrust_otel._json import Encoded, decode, encode, encode_text

__all__ = ["json_value", "native", "number", "open_object", "text"]

_STRUCTURES = (b"{", b"[")


def native(value: object) -> object:
    """Return *value* as it is if it is a plain scalar, else encoded."""
    if type(value) is str or type(value) is int or type(value) is bool:
        return value
    return value if type(value) is float and isfinite(value) else encode(value)


def json_value(value: object, *, structures_only: bool = False) -> object:
    """Return the value that a text of JSON holds; another text stays a text.

    Args:
        value: An attribute's value; what is no text is taken as it is.
        structures_only: Parse only objects and arrays: ``"12"`` stays a text.
    """
    if not isinstance(value, str):
        return native(value)
    if structures_only and not value.lstrip().startswith(("{", "[")):
        return value
    parsed = encode_text(value)
    if parsed is None or (structures_only and parsed.data[:1] not in _STRUCTURES):
        return value
    return parsed


def open_object(value: object) -> dict[str, object] | None:
    """Return the object that an attribute holds, as JSON text or natively; None if it has none."""
    found = json_value(value)
    opened = decode(found) if isinstance(found, Encoded) and found.data[:1] == b"{" else None
    return dict(opened) if isinstance(opened, dict) else None


def number(value: object) -> float | None:
    """Return the finite number that *value* is or spells, booleans as 1 and 0; else None."""
    if isinstance(value, str):
        try:
            value = int(value) if value.isdecimal() else float(value)
        except ValueError:
            return None
    if not isinstance(value, (int, float)):
        return None
    plain = int(value) if isinstance(value, int) else float(value)
    return plain if isinstance(plain, int) or isfinite(plain) else None


def text(value: object) -> str:
    """Return *value* as a text; None as an empty one."""
    if value is None:
        return ""
    return value if isinstance(value, str) else encode(value).data.decode()
