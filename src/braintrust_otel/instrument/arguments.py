"""Makes the arguments of a call ready, for the library and for the row."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from braintrust_otel.instrument.plain import plain

__all__ = [
    "SpanInfo",
    "is_given",
    "json_settings",
    "listed",
    "serialize_response_format",
    "take_span_info",
]

_MARKERS = frozenset({"NotGiven", "Omit"})
_NO_ITERATORS = frozenset({str, list, dict, bool, int, type(None)})


class SpanInfo:
    """What the ``span_info`` argument says about the span of a call.

    A prompt puts it into the arguments that it builds, to tell the span which prompt it was, and
    autoevals says by it that the call is a scorer's.

    Args:
        given: The value of the argument; one that is no mapping says nothing.
    """

    __slots__ = ("metadata", "name", "span_attributes")

    def __init__(self, given: object = None) -> None:
        info = given if isinstance(given, Mapping) else {}
        name, metadata = info.get("name"), info.get("metadata")
        self.name = name if isinstance(name, str) and name else None
        self.metadata: Mapping[str, object] = metadata if isinstance(metadata, Mapping) else {}
        attributes = info.get("span_attributes")
        told = attributes if isinstance(attributes, Mapping) else {}
        self.span_attributes: Mapping[str, object] = {
            key: value for key, value in told.items() if key not in _DECIDED
        }


# What a call's span is, whatever anybody says.
_DECIDED: Final = ("name", "type")

_NO_SPAN_INFO: Final = SpanInfo()


def take_span_info(kwargs: dict[str, Any]) -> SpanInfo:
    """Take ``span_info`` out of *kwargs*, so that no provider ever sees it."""
    return SpanInfo(kwargs.pop("span_info")) if "span_info" in kwargs else _NO_SPAN_INFO


def is_given(value: object) -> bool:
    """Whether *value* was given: it is not one of the markers by which clients say "not given"."""
    return type(value).__name__ not in _MARKERS


def listed(value: Any) -> Any:
    """Return *value*, with an iterator in its place read into a list.

    An iterator can be read once, but both the library and the row need it. The same goes for an
    iterator directly under a mapping of the list, such as the content of a message. What the
    caller owns is not changed: a mapping that holds an iterator is replaced by a copy.
    """
    if isinstance(value, Iterator):
        value = list(value)
    if not isinstance(value, list) or not any(map(_holds_iterator, value)):
        return value
    return [_listed_members(item) if _holds_iterator(item) else item for item in value]


def _holds_iterator(item: Any) -> bool:
    if isinstance(item, dict):
        for value in item.values():
            # What is no such thing at first sight is not asked for its methods: this is called for
            # each message of each call.
            if type(value) not in _NO_ITERATORS and isinstance(value, Iterator):
                return True
    return False


def _listed_members(item: Mapping[Any, Any]) -> dict[Any, Any]:
    return {key: list(v) if isinstance(v, Iterator) else v for key, v in item.items()}


def json_settings(kwargs: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, object]:
    """Return the arguments called *names* that were given and can be told in JSON."""
    settings: dict[str, object] = {}
    for name in names:
        if name in kwargs and is_given(kwargs[name]):
            value = plain(kwargs[name])
            if value is None or isinstance(value, (str, int, float, list, dict)):
                settings[name] = value
    return settings


def serialize_response_format(response_format: Any) -> Any:
    """Return a pydantic class as the JSON-schema response format; anything else as it is."""
    if not isinstance(response_format, type):
        return response_format
    describe = getattr(response_format, "model_json_schema", None)
    describe = describe or getattr(response_format, "schema", None)
    if not callable(describe):
        return response_format
    described = {"name": response_format.__name__, "schema": describe()}
    return {"type": "json_schema", "json_schema": described}
