"""One content block of a message, put together from the pieces in which it is streamed."""

from __future__ import annotations

import json
from typing import Any

from braintrust_otel.instrument import plain, set_members

__all__ = ["Block"]

# Deltas that bring a piece of a text, and which text: it is the member of the same name, but for
# the input of a tool, which is streamed as pieces of JSON.
_PIECES = {"text_delta": "text", "thinking_delta": "thinking", "input_json_delta": "partial_json"}
_INPUT = "partial_json"

# Members of a block that say what it is; only the others are content.
_HEADERS = frozenset({"type", "citations"})


class Block:
    """One content block."""

    __slots__ = ("_citations", "_pieces", "_start", "_told")

    def __init__(self) -> None:
        self._start: Any = None
        self._pieces: dict[str, list[str]] = {}
        self._citations: list[Any] = []
        self._told: dict[str, Any] = {}

    def begin(self, start: Any) -> bool:
        """Take in how the block starts; True when that holds content."""
        self._start = start
        return any(value for name, value in set_members(start).items() if name not in _HEADERS)

    def add(self, delta: Any) -> bool:
        """Take in a piece of the block; True when it holds content."""
        parts = delta if isinstance(delta, dict) else getattr(delta, "__dict__", {})
        kind = parts.get("type")
        name = _PIECES.get(kind) if isinstance(kind, str) else None
        if name is None:
            return self._add_other(delta)
        piece = parts.get(name)
        if piece is None:  # a member that this version of the client does not know
            piece = set_members(delta).get(name)
        if not isinstance(piece, str) or not piece:
            return False
        pieces = self._pieces.get(name)
        if pieces is None:
            self._pieces[name] = [piece]
        else:
            pieces.append(piece)
        return True

    def whole(self) -> dict[str, Any]:
        """Return the block as plain data, as far as it has come."""
        block = {name: plain(value) for name, value in set_members(self._start).items()}
        block.update(self._told)
        for name, pieces in self._pieces.items():
            if name == _INPUT:
                block["input"] = _parsed("".join(pieces))
            else:
                begun = block.get(name)
                block[name] = "".join([begun, *pieces] if isinstance(begun, str) else pieces)
        if self._citations:
            begun = block.get("citations")
            block["citations"] = [*(begun if isinstance(begun, list) else ()), *self._citations]
        return block

    def _add_other(self, delta: Any) -> bool:
        parts = set_members(delta)
        if parts.get("type") == "citations_delta":
            self._citations.append(plain(parts.get("citation")))
            return True
        told = {name: plain(value) for name, value in parts.items() if name != "type"}
        self._told.update(told)
        return bool(told)


def _parsed(text: str) -> object:
    """Return the input of a tool; the text as it came where that is not, or not yet, JSON."""
    try:
        return json.loads(text)
    except ValueError:
        return text
