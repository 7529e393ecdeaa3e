"""Turns one message made of typed parts into messages of chat completions.

Understood are the parts of the GenAI conventions and of pydantic-ai, the blocks of Anthropic and
Bedrock, the parts of Gemini and of the AI SDK; parts of chat completions stay as they are, and so
does what nobody knows. Media becomes a data URL, which the search for media turns into attachments.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from braintrust_otel._mapping.dialects.media_parts import MEDIA
from braintrust_otel._mapping.dialects.reading import json_text

__all__ = ["Turn", "messages_of", "tool_call"]

_Part = Mapping[str, Any]
_ROLES: Final = {"ai": "assistant", "human": "user", "model": "assistant"}
_ANSWERS: Final = ("response", "result", "output", "content")
_ARGUMENTS: Final = ("arguments", "input", "args", "arguments_json")


def messages_of(message: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return *message* as one message, and a further one for each tool result that it holds.

    Args:
        message: Plain JSON. Its parts are under ``parts``, or in ``content`` as a list; a content
            that is a text stays one.
    """
    turn = Turn(message)
    parts = message.get("parts")
    if parts is None:
        parts = message.get("content")
    if isinstance(parts, list):
        for part in parts:
            turn.add(part)
        return turn.messages()
    if parts is not None:
        turn.add(parts)
    return turn.messages()


def tool_call(call: Mapping[str, Any]) -> dict[str, Any]:
    """Return the call of a tool as chat completions write it; arguments become a text."""
    inner = call.get("function")
    named: Mapping[str, Any] = inner if isinstance(inner, dict) else call
    function: dict[str, Any] = {}
    name = _given(named, "name", "toolName")
    if name is not None:
        function["name"] = name
    arguments = _given(named, *_ARGUMENTS)
    if arguments is not None:
        function["arguments"] = json_text(arguments)
    call_id = _given(call, "id", "toolCallId", "toolUseId", "call_id")
    told = {} if call_id is None else {"id": call_id}
    return {**told, "type": "function", "function": function}


class Turn:
    """One message in the making: its content, its tool calls, its reasoning."""

    def __init__(self, message: Mapping[str, Any]) -> None:
        role = message.get("role")
        self._role = _ROLES.get(role, role) if isinstance(role, str) else role
        self._others = {key: value for key, value in message.items() if key not in _TURN_KEYS}
        self._content: list[Any] = []
        self._calls: list[dict[str, Any]] = []
        self._reasoning: list[dict[str, Any]] = []
        self._done: list[dict[str, Any]] = []
        calls = message.get("tool_calls")
        for call in calls if isinstance(calls, list) else ():
            self.call(call if isinstance(call, dict) else {"arguments": call})

    def add(self, part: object) -> None:
        """Add a part of any kind."""
        if not isinstance(part, dict):
            self._content.append({"type": "text", "text": part} if isinstance(part, str) else part)
            return
        kind = part.get("type")
        if isinstance(kind, str):
            _KINDS.get(kind, Turn.keep)(self, part)
            return
        only = next(iter(part)) if len(part) == 1 else None
        _UNTYPED.get(only or "", Turn.keep)(self, part)

    def keep(self, part: _Part) -> None:
        """Add a part as it is."""
        kind = part.get("type")
        media = MEDIA.get(kind) if isinstance(kind, str) else None
        self._content.append(part if media is None else media(part))

    def text(self, part: _Part) -> None:
        """Add a text."""
        text = part.get("text", part.get("content"))
        others = {key: item for key, item in part.items() if key not in ("type", "text", "content")}
        self._content.append({"type": "text", "text": text, **others})

    def call(self, part: _Part) -> None:
        """Add the call of a tool; one that is already there is not doubled."""
        found = tool_call(part)
        if "id" not in found or found not in self._calls:
            self._calls.append(found)

    def think(self, part: _Part) -> None:
        """Add a piece of reasoning."""
        content = _given(part, "content", "thinking", "text")
        others = {key: item for key, item in part.items() if key not in _THOUGHT_KEYS}
        told = others if content is None else {**others, "content": content}
        if told:
            self._reasoning.append(told)

    def answer(self, part: _Part) -> None:
        """Add the result of a tool: a message by itself, in the place where it stands."""
        self._flush()
        message: dict[str, Any] = {"role": "tool"}
        call_id = _given(part, "id", "tool_call_id", "tool_use_id", "toolCallId", "toolUseId")
        if call_id is not None:
            message["tool_call_id"] = call_id
        name = _given(part, "name", "toolName")
        if name is not None:
            message["name"] = name
        message["content"] = _result(_given(part, *_ANSWERS))
        self._done.append({**self._others, **message})
        self._others = {}

    def messages(self) -> list[dict[str, Any]]:
        """Return the messages that the parts came to."""
        self._flush(is_only=not self._done)
        return self._done

    def _flush(self, *, is_only: bool = False) -> None:
        if not (is_only or self._content or self._calls or self._reasoning):
            return
        message: dict[str, Any] = {} if self._role is None else {"role": self._role}
        content = _folded([part for part in self._content if not (self._calls and _is_empty(part))])
        if content is not None:
            message["content"] = content
        if self._calls:
            message["tool_calls"] = self._calls
        if self._reasoning:
            message["reasoning"] = self._reasoning
        self._done.append(message | self._others)
        self._content, self._calls, self._reasoning = [], [], []
        self._others = {}


_TURN_KEYS: Final = frozenset({"role", "parts", "content", "tool_calls", "finish_reason"})
_THOUGHT_KEYS: Final = frozenset({"type", "content", "thinking", "text"})


def _given(part: _Part, *names: str) -> Any:
    return next((part[name] for name in names if part.get(name) is not None), None)


def _is_empty(part: object) -> bool:
    return isinstance(part, dict) and part.get("type") == "text" and not part.get("text")


def _folded(content: list[Any]) -> Any:
    """Return the one text that *content* is, else its parts; None if it has none."""
    if not content:
        return None
    first = content[0]
    is_plain_text = isinstance(first, dict) and first.keys() == {"type", "text"}
    if len(content) == 1 and is_plain_text and first["type"] == "text":
        return first["text"]
    return content


def _result(value: object) -> Any:
    """Return what a tool answered as a text, or as parts if it is made of such."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, dict) and value.keys() == {"type", "value"}:
        return _result(value["value"])
    if isinstance(value, list) and value and all(map(_is_part, value)):
        turn = Turn({})
        for part in value:
            turn.add(part)
        contents = [message.get("content") for message in turn.messages()]
        return contents[0] if len(contents) == 1 and contents[0] is not None else json_text(value)
    return json_text(value)


def _is_part(value: object) -> bool:
    return isinstance(value, dict) and (isinstance(value.get("type"), str) or value.keys() <= _TEXT)


_TEXT: Final = frozenset({"text"})


def _inside(name: str, read: Callable[[Turn, _Part], None]) -> Callable[[Turn, _Part], None]:
    """Return what reads a part that holds what it is under its one key *name*."""

    def unwrap(turn: Turn, part: _Part) -> None:
        inner = part[name]
        if isinstance(inner, dict):
            read(turn, inner)
        else:
            turn.keep(part)

    return unwrap


def _same(names: Iterable[str], read: Callable[[Turn, _Part], None]) -> dict[str, Any]:
    return dict.fromkeys(names, read)


_KINDS: Final[Mapping[str, Callable[[Turn, _Part], None]]] = {
    "text": Turn.text,
    **_same(("tool_call", "tool_use", "tool-call"), Turn.call),
    **_same(("reasoning", "thinking"), Turn.think),
    **_same(("tool_call_response", "tool_result", "tool-result"), Turn.answer),
}
_UNTYPED: Final[Mapping[str, Callable[[Turn, _Part], None]]] = {
    "text": Turn.text,
    **{name: _inside(name, Turn.call) for name in ("toolUse", "functionCall", "function_call")},
    **{
        name: _inside(name, Turn.answer)
        for name in ("toolResult", "functionResponse", "function_response")
    },
}
