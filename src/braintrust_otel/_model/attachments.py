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
    candidates = {id(marker): marker for marker in markers}
    if not candidates:
        return Encoded(text.data)
    references = {key: marker.reference for key, marker in candidates.items()}
    members = {frozenset(reference) for reference in references.values()}
    found = set(_objects_with(members, decode(text)))
    kept = [candidates[key] for key, reference in references.items() if dumps(reference) in found]
    return Encoded(text.data, tuple(kept))


def _objects_with(members: set[frozenset[str]], value: object) -> Iterator[bytes]:
    """Yield the text of every object in *value* that has the members of a reference."""
    if isinstance(value, dict):
        if frozenset(value) in members:
            yield dumps(value)
        for member in value.values():
            yield from _objects_with(members, member)
    elif isinstance(value, list):
        for item in value:
            yield from _objects_with(members, item)
