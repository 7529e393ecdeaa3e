"""Adds up streamed answers of models that stream choices, or nothing but text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from braintrust_otel.instrument import Fields
from braintrust_otel_bedrock.choices import answer_fields
from braintrust_otel_bedrock.invoke_answers import read_model_answer

__all__ = ["ChatEvents", "TextEvents"]

_Event = Mapping[str, Any]


class ChatEvents:
    """Adds up choices that come in pieces, every one by its index.

    So do Mistral, AI21, DeepSeek and OpenAI's open models; the pieces are in ``delta``, in
    ``message`` or, of a mere text, in the choice itself.
    """

    __slots__ = ("_choices", "_usage")

    def __init__(self) -> None:
        self._choices: dict[int, _Choice] = {}
        self._usage: Any = None

    def add(self, chunk: Any) -> bool:
        """Take in one event; True when it holds content."""
        has_content = False
        for place, piece in enumerate(chunk.get("choices") or ()):
            index = piece.get("index", place)
            if index not in self._choices:
                self._choices[index] = _Choice(index)
            has_content |= self._choices[index].add(piece)
        self._usage = chunk.get("usage") or self._usage
        return has_content

    def fields(self) -> Fields:
        """Return the fields of what was streamed so far."""
        choices = [self._choices[index].whole() for index in sorted(self._choices)]
        told = read_model_answer({"choices": choices, "usage": self._usage})
        return answer_fields(told.output if choices else None, told.usage)


class _Choice:
    __slots__ = ("_calls", "_index", "_reason", "_role", "_texts")

    def __init__(self, index: int) -> None:
        self._index = index
        self._role = "assistant"
        self._reason: Any = None
        self._texts: dict[str, list[str]] = {}
        self._calls: dict[int, dict[str, Any]] = {}

    def add(self, piece: _Event) -> bool:
        said = piece.get("delta") or piece.get("message") or {"content": piece.get("text")}
        self._role = said.get("role") or self._role
        self._reason = piece.get("finish_reason") or piece.get("stop_reason") or self._reason
        has_content = False
        for name, text in said.items():
            if name != "role" and isinstance(text, str) and text:
                self._texts.setdefault(name, []).append(text)
                has_content = True
        for place, call in enumerate(said.get("tool_calls") or ()):
            self._call(call.get("index", place), call)
            has_content = True
        return has_content

    def whole(self) -> dict[str, Any]:
        message: dict[str, Any] = {"role": self._role, "content": None}
        message |= {name: "".join(texts) for name, texts in self._texts.items()}
        if self._calls:
            message["tool_calls"] = [self._calls[index] for index in sorted(self._calls)]
        return {"index": self._index, "finish_reason": self._reason, "message": message}

    def _call(self, index: int, piece: _Event) -> None:
        empty = {"id": None, "type": "function", "function": {"name": None, "arguments": ""}}
        call = self._calls.setdefault(index, empty)
        said = piece.get("function") or {}
        call["id"] = piece.get("id") or call["id"]
        call["function"]["name"] = said.get("name") or call["function"]["name"]
        call["function"]["arguments"] += said.get("arguments") or ""


class TextEvents:
    """Adds up a text that comes in pieces: of Llama, Titan, Cohere, Mistral, Claude before 3."""

    __slots__ = ("_calls", "_reason", "_texts", "_usage")

    def __init__(self) -> None:
        self._texts: list[str] = []
        self._reason: Any = None
        self._usage: dict[str, Any] = {}
        self._calls: list[Any] = []

    def add(self, chunk: Any) -> bool:
        """Take in one event; True when it holds content."""
        for name, metric in _COUNTS.items():
            if chunk.get(name) is not None:
                self._usage[metric] = chunk[name]
        found = [chunk.get(name) for name in _REASONS]
        piece = _piece(chunk)
        self._reason = next((reason for reason in found if reason), self._reason)
        if piece is not chunk:
            self._reason = piece.get("stop_reason") or self._reason
        calls = chunk.get("tool_calls") if chunk.get("event_type") == _CALLS else None
        self._calls.extend(calls or ())
        text = next((piece[name] for name in _TEXTS if piece.get(name)), None)
        if isinstance(text, str) and chunk.get("event_type") != _END:
            self._texts.append(text)
            return True
        return bool(calls)

    def fields(self) -> Fields:
        """Return the fields of what was streamed so far."""
        if not self._texts and not self._calls and self._reason is None:
            return answer_fields(None, self._usage)
        said = {"text": "".join(self._texts), "tool_calls": self._calls}
        told = read_model_answer({**said, "finish_reason": self._reason})
        return answer_fields(told.output, self._usage)


# Of Command R, whose last event repeats the whole answer.
_CALLS: Final = "tool-calls-generation"
_END: Final = "stream-end"
_TEXTS: Final = ("generation", "outputText", "completion", "text")
_REASONS: Final = ("stop_reason", "completionReason", "finish_reason")
_COUNTS: Final = {
    "prompt_token_count": "inputTokens",
    "inputTextTokenCount": "inputTokens",
    "generation_token_count": "outputTokens",
    "totalOutputTextTokenCount": "outputTokens",
}


def _piece(chunk: _Event) -> _Event:
    """Return what holds the text of an event: itself, or of Mistral the first output in it."""
    outputs = chunk.get("outputs")
    return outputs[0] if isinstance(outputs, list) and outputs else chunk
