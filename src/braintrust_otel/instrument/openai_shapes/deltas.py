"""Merges the pieces in which a message is streamed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from typing_extensions import override

from braintrust_otel.instrument.plain import plain, set_members

__all__ = ["adder_of", "merge_delta", "whole"]

# Texts that are said whole, and by some gateways again in every piece.
_SAID_WHOLE = frozenset({"role", "id", "type", "format"})


class _Text:
    """A text that arrives in pieces."""

    __slots__ = ("pieces",)

    def __init__(self) -> None:
        self.pieces: list[str] = []


class _Items:
    """A list whose items arrive in pieces, told apart by their ``index``."""

    __slots__ = ("_by_index", "_items")

    def __init__(self) -> None:
        self._items: list[tuple[int, Any]] = []
        self._by_index: dict[int, dict[str, Any]] = {}

    def add(self, piece: Any) -> None:
        parts = set_members(piece)
        index = parts.get("index")
        if not isinstance(index, int):
            self._items.append((len(self._items), plain(piece)))
            return
        item = self._by_index.get(index)
        if item is None:
            item = self._open(index)
        for name, value in parts.items():
            merge_delta(item, name, value)

    def _open(self, index: int) -> dict[str, Any]:
        item = self._by_index[index] = {}
        self._items.append((index, item))
        return item

    def whole(self) -> list[Any]:
        return [whole(item) for _, item in sorted(self._items, key=lambda entry: entry[0])]


class _ToolCalls(_Items):
    """Tool calls, whose index does not belong to the answer and which not everybody numbers well.

    Without an index a piece with a new id starts a call, and any other goes on with the last one.
    A piece that brings another id and a name under an index in use starts a call as well.
    """

    __slots__ = ()

    @override
    def add(self, piece: Any) -> None:
        parts = set_members(piece)
        call = self._call_of(parts)
        for name, value in parts.items():
            if name != "index":
                merge_delta(call, name, value)

    @override
    def whole(self) -> list[Any]:
        calls = super().whole()
        for call in calls:
            function = call.get("function")
            if isinstance(function, dict) and function.get("arguments") is None:
                function["arguments"] = ""
        return calls

    def _call_of(self, parts: Mapping[str, Any]) -> dict[str, Any]:
        index = parts.get("index")
        if not isinstance(index, int):
            last: dict[str, Any] | None = self._items[-1][1] if self._items else None
            is_new = last is None or parts.get("id") not in (None, "", last.get("id"))
            return self._open(len(self._items)) if last is None or is_new else last
        call = self._by_index.get(index)
        if call is None or _is_another(call, parts):
            return self._open(index)
        return call


def merge_delta(target: dict[str, Any], name: str, value: Any) -> None:
    """Merge one member of a piece into *target*, the same member of what came before.

    Texts are joined, lists are extended (items with an index are merged by it), objects are
    merged member by member, and everything else replaces. None says nothing about what is there.
    """
    if value is None:
        target.setdefault(name, None)
    elif isinstance(value, str):
        _merge_text(target, name, value)
    elif isinstance(value, (list, tuple)):
        _merge_items(target, name, value)
    elif isinstance(value, (int, float)):
        target[name] = value
    else:
        _merge_members(target, name, value)


def adder_of(state: object) -> Callable[[str], None] | None:
    """Return what adds a further piece to a text that is merged; None for anything else."""
    return state.pieces.append if isinstance(state, _Text) else None


def whole(state: Any) -> Any:
    """Return what the merged pieces are, as plain data."""
    if isinstance(state, _Text):
        return "".join(state.pieces)
    if isinstance(state, _Items):
        return state.whole()
    if isinstance(state, dict):
        return {name: whole(value) for name, value in state.items()}
    return state


def _merge_text(target: dict[str, Any], name: str, value: str) -> None:
    if name in _SAID_WHOLE:
        if value or name not in target:
            target[name] = value
        return
    text = target.get(name)
    if not isinstance(text, _Text):
        text = target[name] = _Text()
    if name == "name" and text.pieces == [value]:
        return  # repeated in every piece
    text.pieces.append(value)


def _merge_items(target: dict[str, Any], name: str, value: Sequence[Any]) -> None:
    items = target.get(name)
    if not isinstance(items, _Items):
        items = target[name] = _ToolCalls() if name == "tool_calls" else _Items()
    for item in value:
        items.add(item)


def _merge_members(target: dict[str, Any], name: str, value: object) -> None:
    known = target.get(name)
    if not isinstance(known, dict):
        known = target[name] = {}
    for member, item in set_members(value).items():
        merge_delta(known, member, item)


def _is_another(call: Mapping[str, Any], parts: Mapping[str, Any]) -> bool:
    new_id, old_id = parts.get("id"), call.get("id")
    named = set_members(parts.get("function")).get("name")
    return bool(new_id and old_id and new_id != old_id and named)
