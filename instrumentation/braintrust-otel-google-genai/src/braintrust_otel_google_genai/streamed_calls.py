"""Puts together a function call whose arguments are streamed piece by piece."""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import pairwise
from typing import Any

__all__ = ["StreamedCall"]

_STEPS = re.compile(r"\.([^.\[\]]+)|\[(\d{1,9})\]|\['([^']*)'\]")
_VALUES = ("stringValue", "numberValue", "boolValue", "nullValue")
_HEADERS = ("id", "name")
_MANY = 10_000


class StreamedCall:
    """One call.

    Args:
        part: The part that holds it, and gets the whole of it.
    """

    __slots__ = ("_args", "_call", "_part")

    def __init__(self, part: dict[str, Any]) -> None:
        self._part = part
        self._call: dict[str, Any] = {}
        self._args: dict[str, Any] = {}

    @property
    def is_named(self) -> bool:
        """Whether the name of the function is known."""
        return "name" in self._call

    def add(self, call: Mapping[str, Any]) -> None:
        """Take in one piece of the call."""
        self._call.update({name: call[name] for name in _HEADERS if call.get(name)})
        args = call.get("args")
        if isinstance(args, Mapping):
            self._args.update(args)
        pieces = call.get("partialArgs")
        for piece in pieces if isinstance(pieces, list) else ():
            if isinstance(piece, Mapping):
                self._put(piece)

    def close(self) -> None:
        """Put the call, as far as it has come, into its part."""
        self._part["functionCall"] = {**self._call, "args": self._args}

    def _put(self, piece: Mapping[str, Any]) -> None:
        kind = next((name for name in _VALUES if name in piece), None)
        steps = [_step(found) for found in _STEPS.finditer(str(piece.get("jsonPath", "")))]
        if kind is None or not steps:
            return
        value = None if kind == "nullValue" else piece[kind]
        holder: Any = self._args
        for step, following in pairwise(steps):
            holder = _member(holder, step, [] if isinstance(following, int) else {})
        before = _member(holder, steps[-1], None)
        if isinstance(before, str) and isinstance(value, str):
            value = before + value
        _set(holder, steps[-1], value)


def _step(found: re.Match[str]) -> str | int:
    name, index, quoted = found.groups()
    return int(index) if index is not None else str(name if name is not None else quoted)


def _member(holder: Any, step: str | int, default: Any) -> Any:
    """Return a member of *holder*; one that was not there yet is *default* from now on."""
    if isinstance(holder, list) and isinstance(step, int):
        held = holder[step] if step < len(holder) else None
    else:
        held = holder.get(step) if isinstance(holder, dict) else None
    if held is None and default is not None:
        _set(holder, step, default)
        return default
    return held


def _set(holder: Any, step: str | int, value: Any) -> None:
    if isinstance(holder, dict):
        holder[step] = value
    elif isinstance(holder, list) and isinstance(step, int) and step < _MANY:
        holder.extend([None] * (step + 1 - len(holder)))
        holder[step] = value
