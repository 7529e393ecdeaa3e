"""Turns messages made of Bedrock's content blocks into messages of chat completions.

Texts, tools, their results and reasoning take the form that rows have for them. Media, documents,
cache points and all else keep their own form; bytes in them become base64, which the row's search
for media turns into attachments.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

__all__ = ["chat_messages", "json_text", "system_messages"]

_Block = Mapping[str, Any]


def chat_messages(message: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return *message* as one message, and a further one for each tool result that it holds."""
    turn = _Turn(message.get("role"))
    turn.add(message.get("content"))
    return turn.messages()


def system_messages(blocks: Any) -> list[dict[str, Any]]:
    """Return the system prompt, a list of blocks or a text, as one message; none without one."""
    if not blocks:
        return []
    return chat_messages({"role": "system", "content": blocks})


def json_text(value: Any) -> str:
    """Return *value* as JSON text."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str)


class _Turn:
    """One message in the making: its content, its tool calls, its reasoning."""

    def __init__(self, role: object) -> None:
        self._role = role
        self._parts: list[Any] = []
        self._calls: list[dict[str, Any]] = []
        self._reasoning: list[dict[str, Any]] = []
        self._done: list[dict[str, Any]] = []

    def add(self, content: Any) -> None:
        """Add the blocks of a message; a content that is a text is one block."""
        blocks = [{"text": content}] if isinstance(content, str) else content
        for block in blocks or ():
            name = next(iter(block), "") if isinstance(block, Mapping) else ""
            read = _KINDS.get(name)
            if read is None:
                self._parts.append(_plain(block))
            else:
                read(self, block[name])

    def messages(self) -> list[dict[str, Any]]:
        """Return the messages that the blocks came to."""
        if self._parts or self._calls or self._reasoning or not self._done:
            self._flush()
        return self._done

    def text(self, text: Any) -> None:
        """Add a text."""
        self._parts.append(_text(text))

    def cited(self, inner: _Block) -> None:
        """Add a text that names its sources."""
        told = _text("".join(str(piece.get("text", "")) for piece in inner.get("content") or ()))
        if inner.get("citations"):
            told["citations"] = _plain(inner["citations"])
        self._parts.append(told)

    def call(self, inner: _Block) -> None:
        """Add the call of a tool; one that ran where the model ran is no call to answer."""
        if inner.get("type") is not None:
            self._parts.append({"toolUse": _plain(inner)})
            return
        arguments = inner.get("input")
        text = arguments if isinstance(arguments, str) else json_text(arguments or {})
        function = {"name": inner.get("name"), "arguments": text}
        self._calls.append({"id": inner.get("toolUseId"), "type": "function", "function": function})

    def result(self, inner: _Block) -> None:
        """Add the result of a tool: a message by itself, in the place where it stands."""
        if self._role == "assistant":
            self._parts.append({"toolResult": _plain(inner)})
            return
        if self._parts:
            self._flush()
        content = _folded([_result_part(part) for part in inner.get("content") or ()])
        told = {"role": "tool", "tool_call_id": inner.get("toolUseId"), "content": content}
        if inner.get("status") == "error":
            told["status"] = "error"
        self._done.append(told)

    def think(self, inner: _Block) -> None:
        """Add a piece of reasoning, also one that only the provider can read."""
        told = inner.get("reasoningText")
        if isinstance(told, Mapping):
            thought = {"content": told.get("text")}
            if told.get("signature") is not None:
                thought["signature"] = told["signature"]
        else:
            thought = {"redacted_content": _plain(inner.get("redactedContent"))}
        self._reasoning.append(thought)

    def _flush(self) -> None:
        message: dict[str, Any] = {"role": self._role, "content": _folded(self._parts)}
        if self._calls:
            message["tool_calls"] = self._calls
        if self._reasoning:
            message["reasoning"] = self._reasoning
        self._done.append(message)
        self._parts, self._calls, self._reasoning = [], [], []


_KINDS: Final[Mapping[str, Callable[[_Turn, Any], None]]] = {
    "text": _Turn.text,
    "toolUse": _Turn.call,
    "toolResult": _Turn.result,
    "reasoningContent": _Turn.think,
    "citationsContent": _Turn.cited,
}


def _text(text: Any) -> dict[str, Any]:
    return {"type": "text", "text": text}


def _result_part(part: _Block) -> Any:
    if "text" in part:
        return _text(part["text"])
    return _text(json_text(part["json"])) if "json" in part else _plain(part)


def _folded(parts: list[Any]) -> Any:
    """Return the one text that *parts* are, else the parts; None if there are none."""
    if not parts:
        return None
    first = parts[0]
    if len(parts) == 1 and isinstance(first, Mapping) and first.keys() == {"type", "text"}:
        return first["text"]
    return parts


def _plain(value: Any) -> Any:
    """Return *value* as JSON has it: bytes are base64, as they are on the wire."""
    if isinstance(value, (bytes, bytearray)):
        return base64.b64encode(value).decode()
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, Iterable) and not isinstance(value, str):
        return [_plain(item) for item in value]
    return value
