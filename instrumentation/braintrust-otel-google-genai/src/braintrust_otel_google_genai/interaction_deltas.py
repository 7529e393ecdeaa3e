"""Puts together one step of an interaction that is streamed piece by piece."""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from collections.abc import Mapping
from typing import Any

__all__ = ["StreamedStep"]

_CONTENT = frozenset({"text", "image", "audio", "document", "video"})
_IN_PIECES = ("audio", "video")  # no set: what is compared may be anything


class StreamedStep:
    """One step; it becomes what it would have been in an answer that was not streamed."""

    __slots__ = ("_arguments", "_step")

    def __init__(self) -> None:
        self._step: dict[str, Any] = {}
        self._arguments: list[str] = []

    def start(self, step: Any) -> bool:
        """Take in what the step begins with; True when it holds content."""
        if not isinstance(step, Mapping):
            return False
        self._step.update({name: value for name, value in step.items() if value is not None})
        for name in ("content", "summary"):
            if isinstance(self._step.get(name), list):
                self._step[name] = [dict(c) for c in self._step[name] if isinstance(c, Mapping)]
        return any(self._step.get(name) for name in ("content", "summary", "name", "result"))

    def add(self, delta: Any) -> bool:
        """Take in a piece; True when it holds content."""
        kind = delta.get("type") if isinstance(delta, Mapping) else None
        if not isinstance(kind, str):
            return False
        if kind in _CONTENT:
            return _append(self._contents("content"), delta)
        if kind == "thought_summary":
            return _append(self._contents("summary"), delta.get("content"))
        if kind == "text_annotation_delta":
            return self._annotate(delta.get("annotations"))
        if kind == "arguments_delta":
            piece = delta.get("arguments")
            self._arguments.append(piece if isinstance(piece, str) else "")
            return bool(piece)
        self._update(delta)
        return kind != "thought_signature"

    def whole(self) -> dict[str, Any]:
        """Return the step, as far as it has come."""
        whole = {
            name: [_closed(content) for content in value]
            if name in {"content", "summary"} and isinstance(value, list)
            else value
            for name, value in self._step.items()
        }
        if self._arguments:
            whole["arguments"] = _parsed("".join(self._arguments))
        return whole

    def _contents(self, name: str) -> list[dict[str, Any]]:
        contents: Any = self._step.get(name)
        if not isinstance(contents, list):
            contents = self._step[name] = []
        known: list[dict[str, Any]] = contents
        return known

    def _annotate(self, annotations: Any) -> bool:
        contents = self._contents("content")
        if isinstance(annotations, list) and contents:
            before = contents[-1].get("annotations")
            contents[-1]["annotations"] = [
                *(before if isinstance(before, list) else []),
                *annotations,
            ]
        return False

    def _update(self, delta: Mapping[str, Any]) -> None:
        """Take in signatures, and what is told of a tool's call or result: results grow."""
        for name, value in delta.items():
            before = self._step.get(name)
            if name == "type" or value is None:
                continue
            if name == "result" and isinstance(before, list) and isinstance(value, list):
                self._step[name] = [*before, *value]
            else:
                self._step[name] = value


def _append(contents: list[dict[str, Any]], piece: Any) -> bool:
    """Add *piece*, which goes on with the last content where that is of its kind."""
    if not isinstance(piece, Mapping):
        return False
    given = {name: value for name, value in piece.items() if value is not None}
    last = contents[-1] if contents else {}
    name = "text" if given.get("type") == "text" else "data"
    value = given.get(name)
    if not isinstance(value, str):
        contents.append(given)
        return True
    goes_on = name == "text" or given.get("type") in _IN_PIECES
    if goes_on and last.get("type") == given.get("type") and name in last:
        held = last[name]
        pieces = held if isinstance(held, list) else [held]
        pieces.append(value)
        last.update({**given, name: pieces})
    else:
        contents.append({**given, name: [value]})
    return bool(value)


def _closed(content: Mapping[str, Any]) -> dict[str, Any]:
    """Return a content whose pieces are joined."""
    closed = dict(content)
    for name, join in (("text", "".join), ("data", _joined)):
        pieces = closed.get(name)
        if isinstance(pieces, list) and all(isinstance(piece, str) for piece in pieces):
            closed[name] = join(pieces)
    return closed


def _joined(pieces: list[str]) -> str:
    """Return base64 text in one; each piece is the text of its own bytes."""
    if len(pieces) == 1:
        return pieces[0]
    try:
        return b64encode(b"".join([b64decode(piece, validate=True) for piece in pieces])).decode()
    except ValueError:
        return "".join(pieces)


def _parsed(text: str) -> Any:
    """Return arguments as the object that they are; text that is none stays text."""
    try:
        return json.loads(text)
    except ValueError:
        return text
