"""One item of a response, put together from the pieces in which it is streamed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from braintrust_otel.instrument.plain import plain

__all__ = ["ItemPieces"]

# Texts that are streamed, and the member of the item that they are.
_MEMBERS: Final = {
    "function_call_arguments": "arguments",
    "mcp_call_arguments": "arguments",
    "custom_tool_call_input": "input",
    "code_interpreter_call_code": "code",
}
# Texts that are streamed and belong to a part of the item: the list of parts, the index that tells
# the part, its text, and its type.
_PARTS: Final = {
    "output_text": ("content", "content_index", "text", "output_text"),
    "refusal": ("content", "content_index", "refusal", "refusal"),
    "reasoning_text": ("content", "content_index", "text", "reasoning_text"),
    "reasoning_summary_text": ("summary", "summary_index", "text", "summary_text"),
}
# Parts that come whole, before their text does and after it.
_WHOLE_PARTS: Final = {
    "content_part": ("content", "content_index"),
    "reasoning_summary_part": ("summary", "summary_index"),
}
_TEXT_PART: Final = _PARTS["output_text"]


class _Part:
    """A part of an item: what is told of it, and its text in pieces."""

    __slots__ = ("annotations", "name", "pieces", "told")

    def __init__(self) -> None:
        self.told: dict[str, Any] = {}
        self.name = ""
        self.pieces: list[str] = []
        self.annotations: dict[int, Any] = {}

    def whole(self) -> dict[str, Any]:
        part = dict(self.told)
        if self.pieces:
            part[self.name] = "".join(self.pieces)
        if self.annotations:
            part["annotations"] = [self.annotations[index] for index in sorted(self.annotations)]
        return part


class ItemPieces:
    """One item of the output.

    Attributes:
        told: Members of the item that were told whole.
    """

    __slots__ = ("_is_done", "_parts", "_texts", "told")

    def __init__(self) -> None:
        self.told: dict[str, Any] = {}
        self._texts: dict[str, list[str]] = {}
        self._parts: dict[str, dict[int, _Part]] = {}
        self._is_done = False

    def begin(self, item: Any) -> bool:
        """Take in how the item starts; True when that is content: what is called, and how."""
        if isinstance(item, dict):
            self.told.update(item)
        return bool(self.told.get("name"))

    def end(self, item: Any) -> bool:
        """Take in the whole item; True when the client sees content with it."""
        if isinstance(item, dict):
            self.told = item
            self._is_done = True
        return self._is_done

    def add_text(self, index: Any, delta: str) -> None:
        """Take in a piece of the text that the user waits for."""
        self._add_piece(_TEXT_PART, index, delta)

    def add(self, kind: str, event: Mapping[str, Any]) -> bool:
        """Take in an event of *kind* about this item; True when it holds content."""
        subject, _, step = kind.rpartition(".")
        if subject == "output_text.annotation":
            return self._annotate(event)
        if subject in _WHOLE_PARTS:
            return self._add_part(*_WHOLE_PARTS[subject], event)
        if step == "delta":
            return self._add_delta(subject, event)
        if step == "done":
            self._add_whole(subject, event)
        return False

    def whole(self) -> dict[str, Any]:
        """Return the item as plain data, as far as it has come."""
        item = dict(self.told)
        if self._is_done:
            return item
        item.update({name: "".join(pieces) for name, pieces in self._texts.items()})
        for name, parts in self._parts.items():
            item[name] = [parts[index].whole() for index in sorted(parts)]
        return item

    def _add_delta(self, subject: str, event: Mapping[str, Any]) -> bool:
        delta = event.get("delta")
        if not isinstance(delta, str) or not delta:
            return False
        place = _PARTS.get(subject)
        if place is not None:
            self._add_piece(place, event.get(place[1]), delta)
        elif subject in _MEMBERS:
            self._texts.setdefault(_MEMBERS[subject], []).append(delta)
        return True

    def _add_whole(self, subject: str, event: Mapping[str, Any]) -> None:
        """Take in a text that is done: what came of it in pieces may have begun in the middle."""
        place = _PARTS.get(subject)
        name = place[2] if place is not None else _MEMBERS.get(subject, "")
        text = event.get(name)
        if not isinstance(text, str):
            return
        if place is None:
            self._texts[name] = [text]
        else:
            self._add_piece(place, event.get(place[1]), "").pieces = [text]

    def _add_piece(self, place: tuple[str, str, str, str], index: Any, piece: str) -> _Part:
        parts, _, name, kind = place
        part = self._part(parts, index)
        if not part.name:
            part.name = name
            part.told.setdefault("type", kind)
        part.pieces.append(piece)
        return part

    def _add_part(self, parts: str, index: str, event: Mapping[str, Any]) -> bool:
        told = plain(event.get("part"))
        if isinstance(told, dict):
            self._part(parts, event.get(index)).told.update(told)
        return False

    def _annotate(self, event: Mapping[str, Any]) -> bool:
        known = self._part("content", event.get("content_index")).annotations
        index = event.get("annotation_index")
        known[index if isinstance(index, int) else len(known)] = plain(event.get("annotation"))
        return True

    def _part(self, parts: str, index: Any) -> _Part:
        by_index = self._parts.setdefault(parts, {})
        place = index if isinstance(index, int) else 0
        part = by_index.get(place)
        if part is None:
            part = by_index[place] = _Part()
        return part
