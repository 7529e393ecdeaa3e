"""Says what one value is in JSON: a leaf, an array or object of further values, or another value.

    None, bool, int, float, str       themselves (subclasses too: enum members of str and int)
    Encoded                           spliced
    Marker                            its reference; the marker is collected
    dict, mapping                     object; a key that is no text becomes its ``str()``
    list, tuple, set                  array
    pydantic model                    its dump without nulls; field by field when that fails
    pydantic class                    its JSON schema
    dataclass                         object, field by field
    numpy array, numpy scalar         array, number
    exception                         its message; the name of its class when that is empty
    class with a placeholder          the placeholder, such as ``<span>``
    bytes, bytearray                  their ``repr()``
    anything else                     its ``str()``: dates, UUIDs, paths, frozen sets, enum members

Only classes are asked what a value is, never the value: proxies, mocks and objects that answer to
every attribute would lie.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields
from itertools import islice
from math import isfinite, isnan
from typing import Any

from braintrust_otel._json.limits import type_name, unreadable
from braintrust_otel._json.values import Encoded, Marker

__all__ = ["Instead", "Members", "open_value"]

_MIN_64, _MAX_64 = -(2**63), 2**64 - 1
_OVER_FLOAT = 2**1024 - 2**970  # from here on, readers see an infinite number


class Members:
    """The values in a container: an object if they have keys, otherwise an array."""

    __slots__ = ("keys", "values")

    def __init__(self, values: list[object], keys: list[str] | None = None) -> None:
        self.values = values
        self.keys = keys


class Instead:
    """Another value to encode in a value's place, and the marker that it stands for, if any."""

    __slots__ = ("marker", "value")

    def __init__(self, value: object, marker: Marker | None = None) -> None:
        self.value = value
        self.marker = marker


def open_value(value: object, room: int) -> object:
    """Return the JSON leaf that *value* is, its ``Members``, or what to take ``Instead``.

    Args:
        value: Anything.
        room: How many members are of use; one more is returned when there are more.

    Raises:
        Exception: Whatever the value's own code raises.
    """
    kind = type(value)
    if value is None or kind is bool or kind is Encoded:
        return value
    if issubclass(kind, str | int | float):
        return _scalar(value, kind)
    if issubclass(kind, Marker):
        return _marked(value)
    if isinstance(placeholder := getattr(kind, "__braintrust_placeholder__", None), str):
        return _text(placeholder)
    members = _members(value, kind, room)
    return _converted(value, kind, room) if members is None else members


def _marked(marker: Any) -> Instead:
    return Instead(marker.reference, marker)


def _scalar(value: Any, kind: type) -> object:
    # The base's own conversion: a subclass may have changed what `str()` or `int()` say.
    if issubclass(kind, str):
        return _text(str.__str__(value))
    if issubclass(kind, int):
        return _integer(int.__index__(value))
    return _float(float.__float__(value))


def _members(value: Any, kind: Any, room: int) -> Members | None:
    if issubclass(kind, dict):
        # Asked of the class: on some dicts the attribute `items` is the entry of that name.
        return _object(_snapshot(lambda: kind.items(value), room))
    if issubclass(kind, list | tuple | set):
        return Members(_snapshot(lambda: value, room))
    if hasattr(kind, "__dataclass_fields__"):
        return _object((field.name, _attribute(value, field.name)) for field in fields(kind))
    if issubclass(kind, Mapping):
        return _object((key, _entry(value, key)) for key in _snapshot(lambda: value, room))
    return None


def _converted(value: Any, kind: Any, room: int) -> object:
    if hasattr(kind, "model_dump"):
        return _dumped_model(value, kind)
    if hasattr(kind, "__fields__") and hasattr(kind, "dict"):  # pydantic 1
        return Instead(value.dict(exclude_none=True))
    if hasattr(kind, "tolist") and any(base.__module__ == "numpy" for base in kind.__mro__):
        return _plain_numpy(value, kind, room)
    if issubclass(kind, type):
        return _class_schema(value)
    if issubclass(kind, BaseException):
        return _string(value) or type_name(value)
    return _string(value)


def _dumped_model(value: Any, kind: Any) -> object:
    try:
        return Instead(kind.model_dump(value, exclude_none=True, warnings=False))
    except Exception:  # noqa: BLE001, S110 - a serializer failed, or the model contains itself
        pass
    # The other fields are still good. Where there are none, it is no model, and a placeholder.
    found = {**value.__dict__, **(value.__pydantic_extra__ or {})}
    return _object((name, field) for name, field in found.items() if field is not None)


def _class_schema(value: Any) -> object:
    try:
        if hasattr(value, "model_json_schema"):
            return Instead(value.model_json_schema())
        if hasattr(value, "schema") and hasattr(value, "__fields__"):  # pydantic 1
            return Instead(value.schema())
    except Exception:  # noqa: BLE001 - not every model has a schema; its name will do
        return _string(value)
    return _string(value)


def _plain_numpy(value: Any, kind: type, room: int) -> object:
    if value.size > room:
        return _string(value)  # numpy's own abbreviation
    plain = value.tolist()
    # A long double stays one: no Python number holds it.
    return _string(value) if type(plain) is kind else Instead(plain)


def _snapshot(iterate: Callable[[], Iterable[Any]], room: int, tries: int = 4) -> list[Any]:
    try:
        return list(islice(iterate(), room + 1))
    except RuntimeError:  # another thread changed it meanwhile
        if tries == 1:
            raise
    return _snapshot(iterate, room, tries - 1)


def _object(pairs: Iterable[tuple[object, object]]) -> Members:
    keys: list[str] = []
    values: list[object] = []
    for key, value in pairs:
        keys.append(_key(key))
        values.append(value)
    return Members(values, keys)


def _key(key: object) -> str:
    try:
        if issubclass(type(key), str):  # what isinstance says may be a lie
            return _text(str.__str__(key))  # pyright: ignore[reportArgumentType] - looked at above
        return _string(key)
    except Exception:  # noqa: BLE001 - the key's own code failed
        return unreadable(key)


def _attribute(value: object, name: str) -> object:
    try:
        return getattr(value, name)
    except Exception:  # noqa: BLE001 - a field that was never set, or a property that failed
        return unreadable(value)


def _entry(value: Any, key: object) -> object:
    try:
        return value[key]
    except Exception:  # noqa: BLE001 - the mapping's own code failed for this key
        return unreadable(value)


def _string(value: object) -> str:
    # `str()` of bytes is an error under `python -bb`.
    text = repr(value) if issubclass(type(value), bytes | bytearray) else str(value)
    return _text(str.__str__(text))


def _text(text: str) -> str:
    """Return *text* in a form that UTF-8 can hold."""
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        # Joins surrogates that make a pair, and replaces those that do not.
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text


def _float(number: float) -> float | str:
    if isfinite(number):
        return number
    if isnan(number):
        return "NaN"
    return "Infinity" if number > 0 else "-Infinity"


def _integer(number: int) -> object:
    """Return an integer that orjson writes, or its digits where orjson does not."""
    if _MIN_64 <= number <= _MAX_64:
        return number
    if abs(number) < _OVER_FLOAT:
        return Encoded(b"%d" % number)
    try:
        return str(number)
    except ValueError:  # Python limits how many decimal digits it computes
        return hex(number)
