"""One content block of a message, put together from the pieces in which it is streamed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

__all__ = ["Block"]

# What the pieces of a block are called here, and under which kind of delta they come.
_TEXT, _CITATION, _INPUT, _RESULT, _BYTES = "text", "citation", "input", "toolResult", "bytes"
_THOUGHTS = ("text", "signature", "redactedContent")


class Block:
    """One content block."""

    __slots__ = ("_pieces", "_started")

    def __init__(self) -> None:
        self._started: dict[str, dict[str, Any]] = {}
        self._pieces: dict[tuple[str, str], list[Any]] = {}

    def begin(self, start: Mapping[str, Any]) -> bool:
        """Take in how the block starts; True when that holds content."""
        self._started = {kind: dict(told) for kind, told in start.items()}
        return "toolUse" in start

    def add(self, delta: Mapping[str, Any]) -> bool:
        """Take in a piece of the block; True when it holds content."""
        has_content = False
        for kind, told in delta.items():
            for name, piece in _found(kind, told):
                if piece:
                    self._pieces.setdefault((kind, name), []).append(piece)
                    has_content = True
        return has_content

    def whole(self) -> dict[str, Any]:
        """Return the block as it would have come at once, as far as it has come."""
        started = self._started
        if "toolUse" in started:
            return {"toolUse": {**started["toolUse"], "input": self._text("toolUse", _INPUT) or {}}}
        if _RESULT in started:
            return {_RESULT: {**started[_RESULT], "content": self._held(_RESULT, _RESULT)}}
        if "image" in started:
            source = {"bytes": _joined(self._held("image", _BYTES))}
            return {"image": {**started["image"], "source": source}}
        thought = self._thought()
        if thought:
            return {"reasoningContent": thought}
        text = {"text": self._text(_TEXT, _TEXT)}
        citations = self._held(_CITATION, _CITATION)
        if citations:
            return {"citationsContent": {"content": [text], "citations": citations}}
        return text

    def _thought(self) -> dict[str, Any]:
        held = {name: self._held("reasoningContent", name) for name in _THOUGHTS}
        if held["redactedContent"]:
            return {"redactedContent": _joined(held["redactedContent"])}
        told = {name: "".join(pieces) for name, pieces in held.items() if pieces}
        return {"reasoningText": told} if told else {}

    def _text(self, kind: str, name: str) -> str:
        return "".join(self._held(kind, name))

    def _held(self, kind: str, name: str) -> list[Any]:
        return self._pieces.get((kind, name), [])


def _joined(pieces: list[Any]) -> Any:
    """Return *pieces* of bytes as one; also where they are base64, as in Nova's own events."""
    return pieces[0][:0].join(pieces) if pieces else b""


def _found(kind: str, told: Any) -> Iterator[tuple[str, Any]]:
    """Return the pieces in a delta of *kind*; none of them belongs to the user."""
    match kind:
        case "text":
            yield _TEXT, told
        case "citation":
            yield _CITATION, dict(told)
        case "toolResult":
            yield from ((_RESULT, dict(part)) for part in told)
        case "toolUse":
            yield _INPUT, told.get("input")
        case "image":
            yield _BYTES, (told.get("source") or {}).get("bytes")
        case "reasoningContent":
            yield from ((name, told.get(name)) for name in _THOUGHTS)
