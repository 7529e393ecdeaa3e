"""Attachment markers in values that change on their way: which of them are still referred to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from braintrust_otel._json import Encoded, Marker, decode, dumps, encode

__all__ = ["markers_in", "sealed"]


def markers_in(value: object) -> tuple[Marker, ...]:
    """Return the markers of every encoded text in *value*, in order."""
    if isinstance(value, Encoded):
        return value.markers
    if isinstance(value, dict):
        return tuple(marker for member in value.values() for marker in markers_in(member))
    if isinstance(value, list):
        return tuple(marker for item in value for marker in markers_in(item))
    return ()


def sealed(value: object, markers: Iterable[Marker]) -> Encoded:
    """Encode *value* together with those of *markers* whose references it still holds.

    What a later value or a masking function has removed from a row is not uploaded.
    """
    text = encode(value)
    found = set(_references(decode(text)))
    kept = {id(marker): marker for marker in markers if dumps(marker.reference) in found}
    return Encoded(text.data, tuple(kept.values()))


def _references(value: object) -> Iterator[bytes]:
    """Yield the text of every object in *value*, as a reference would be written."""
    if isinstance(value, dict):
        yield dumps(value)
        for member in value.values():
            yield from _references(member)
    elif isinstance(value, list):
        for item in value:
            yield from _references(item)
