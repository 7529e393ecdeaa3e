"""Tells the values that orjson writes exactly as this package wants them."""

from __future__ import annotations

from collections.abc import Collection
from math import isfinite
from typing import Any

from braintrust_otel._json.limits import MAX_DEPTH, MAX_NODES

__all__ = ["is_plain"]

_ATOMS = frozenset({str, int, bool, type(None)})
"""Leaves without any question but the rare ones that orjson itself refuses."""

_FLOATS = frozenset({float})
_CONTAINERS = frozenset({dict, list, tuple})
_LONG = 16
"""From this length on, one pass of built-ins over the types is cheaper than a loop."""


def is_plain(value: object, max_nodes: int = MAX_NODES) -> bool:
    """Return whether orjson may write *value* without help.

    That is: exact built-in types only (orjson writes dataclasses, datetimes and enum members in
    its own way), finite floats (it writes the others as null), and within the limits of depth
    and size (it unfolds shared objects without end). What it refuses itself, it refuses later:
    lone surrogates, keys that are no text, integers over 64 bits.

    Costs about a quarter of a microsecond for each container and runs none of the value's own
    code.

    Raises:
        RuntimeError: Another thread changed the value meanwhile.
    """
    if type(value) in _ATOMS:
        return True
    level: list[Any] = []
    if not _are_plain((value,), level):
        return False
    for _ in range(MAX_DEPTH):
        if not level:
            return True
        below: list[Any] = []
        for container in level:
            max_nodes -= len(container)
            members = container.values() if type(container) is dict else container
            if max_nodes < 0 or not _are_plain(members, below):
                return False
        level = below
    return not level


def _are_plain(members: Collection[object], containers: list[Any]) -> bool:
    """Return whether the leaves among *members* are plain; the others go to *containers*."""
    if len(members) > _LONG:
        kinds = set(map(type, members))
        if kinds <= _ATOMS:
            return True
        if kinds == _FLOATS:
            return all(map(isfinite, members))  # type: ignore[arg-type]  # all of them are floats
    for member in members:
        kind = type(member)
        if kind in _ATOMS:
            continue
        if kind in _CONTAINERS:
            containers.append(member)
        elif kind is not float or not isfinite(member):  # type: ignore[arg-type]  # a float here
            return False
    return True
