"""How much of one value is encoded, and what stands in for the rest."""

from __future__ import annotations

__all__ = [
    "CIRCULAR",
    "MAX_DEPTH",
    "MAX_NODES",
    "TOO_DEEP",
    "TOO_LARGE",
    "type_name",
    "unreadable",
]

MAX_DEPTH = 200
"""Containers nested deeper than this are replaced; scalars at that depth still count."""

MAX_NODES = 1_000_000
"""Values in one logged value, counted as often as they occur. It bounds what a small graph of
shared objects can unfold into; plain data of that size is tens of megabytes of text."""

CIRCULAR = "<circular reference>"
TOO_DEEP = "<max depth exceeded>"
TOO_LARGE = "<max size exceeded>"


def type_name(value: object) -> str:
    """Return the name of *value*'s class, whatever its metaclass says about it."""
    # The descriptor of `type` itself: a metaclass may define a raising `__name__`.
    name: str = type.__dict__["__name__"].__get__(type(value))
    return name


def unreadable(value: object) -> str:
    """Return the placeholder of a value whose own code failed."""
    return f"<non-sanitizable: {type_name(value)}>"
