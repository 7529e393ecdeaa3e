"""Joins the parts of a streamed content as the same content that was not streamed has them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from braintrust_otel_google_genai.streamed_calls import StreamedCall

__all__ = ["Parts"]

_TEXT = frozenset({"text", "thought", "thoughtSignature"})


class Parts:
    """The parts of one candidate so far, given as the API has them."""

    __slots__ = ("_open", "_parts", "_texts")

    def __init__(self) -> None:
        self._parts: list[dict[str, Any]] = []
        self._texts: list[str] | None = None  # pieces of the last part, where that is a text
        self._open: StreamedCall | None = None

    def add(self, part: Mapping[str, Any]) -> bool:
        """Take in one part; True when it holds content."""
        if part.keys() <= _TEXT and isinstance(part.get("text"), str):
            return self._add_text(part)
        self._close_text()
        self._texts = None
        call = part.get("functionCall")
        if isinstance(call, Mapping) and self._add_call(part, call):
            return True
        self._parts.append(dict(part))
        return bool(part)

    def whole(self) -> list[dict[str, Any]]:
        """Return the parts."""
        self._close_text()
        self._close_call()
        return self._parts

    def _add_text(self, part: Mapping[str, Any]) -> bool:
        text: str = part["text"]
        texts = self._texts
        if texts is None or not _goes_on(self._parts[-1], part):
            self._close_text()
            self._parts.append(dict(part))
            self._texts = [text]
            return bool(text)
        texts.append(text)
        if "thoughtSignature" in part:
            self._parts[-1]["thoughtSignature"] = part["thoughtSignature"]
        return bool(text)

    def _close_text(self) -> None:
        if self._texts is not None:
            self._texts = ["".join(self._texts)]
            self._parts[-1]["text"] = self._texts[0]

    def _add_call(self, part: Mapping[str, Any], call: Mapping[str, Any]) -> bool:
        """Take in a piece of a call whose arguments are streamed; False for one that came whole."""
        if self._open is None or (call.get("name") and self._open.is_named):
            self._close_call()
            if "partialArgs" not in call and not call.get("willContinue"):
                return False
            self._parts.append({**part})
            self._open = StreamedCall(self._parts[-1])
        self._open.add(call)
        if not call.get("willContinue"):
            self._close_call()
        return True

    def _close_call(self) -> None:
        if self._open is not None:
            self._open.close()
            self._open = None


def _goes_on(last: Mapping[str, Any], part: Mapping[str, Any]) -> bool:
    """Whether *part* continues the text of *last*: of the same kind, and not signed before."""
    if part.get("thought") != last.get("thought") and part["text"]:
        return False
    return "thoughtSignature" not in last
