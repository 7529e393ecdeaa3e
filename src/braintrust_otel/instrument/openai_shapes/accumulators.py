"""Adds the chunks of a streamed chat completion up to the answer that was streamed."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from braintrust_otel.instrument.genai import response_attributes
from braintrust_otel.instrument.openai_shapes.deltas import adder_of, merge_delta, whole
from braintrust_otel.instrument.openai_shapes.response import answer_fields
from braintrust_otel.instrument.plain import plain, set_members
from braintrust_otel.instrument.seams import Fields

__all__ = ["ChatAccumulator"]

_CONTENT = frozenset({"content"})

# Members of a streamed choice that have a place of their own in the answer.
_PLACED = frozenset({"index", "delta"})


class ChatAccumulator:
    """Adds up the chunks of one answer.

    The result has exactly the structure of an answer that was not streamed: every choice by its
    index, every tool call by its index.
    """

    __slots__ = ("_append", "_choices", "_id", "_index", "_model", "_usage")

    def __init__(self) -> None:
        self._choices: dict[int, _Choice] = {}
        self._id: object = None
        self._model: object = None
        self._usage: object = None
        # The choice whose text came last, and what adds a further piece to that text.
        self._index: int | None = None
        self._append: Callable[[str], None] = _nowhere

    def add(self, chunk: Any) -> bool:
        """Take in one chunk; True when it holds content (text, a refusal, a tool call, ...)."""
        text = _only_text(chunk, self._index)
        if text is None:
            return self._add_whole(chunk)
        self._append(text)
        return bool(text)

    def fields(self) -> Fields:
        """Return ``output``, ``metadata`` and ``metrics`` of what was streamed so far."""
        fields = answer_fields(self._model, self._usage)
        fields["attributes"] = partial(response_attributes, {"id": self._id})
        if self._choices:
            fields["output"] = [
                self._choices[index].whole(index) for index in sorted(self._choices)
            ]
        return fields

    def _add_whole(self, chunk: Any) -> bool:
        parts = chunk if isinstance(chunk, dict) else getattr(chunk, "__dict__", {})
        self._id = parts.get("id") or self._id
        self._model = parts.get("model") or self._model
        usage = parts.get("usage")
        if usage is not None:
            self._usage = plain(usage)
        has_content = False
        for choice in parts.get("choices") or ():
            has_content |= self._add_choice(choice)
        return has_content

    def _add_choice(self, choice: Any) -> bool:
        parts = set_members(choice)
        index = parts.get("index")
        state = self._state(index)
        for name, value in parts.items():
            if name == "logprobs":
                merge_delta(state.around, name, value)
            elif name == "finish_reason":
                state.finish_reason = value or state.finish_reason
            elif name not in _PLACED:
                state.around[name] = plain(value)
        has_content = state.add_delta(parts.get("delta"))
        append = adder_of(state.message.get("content"))
        self._index, self._append = (None, _nowhere) if append is None else (index, append)
        return has_content

    def _state(self, index: int | None) -> _Choice:
        state = self._choices.get(index or 0)
        if state is None:
            state = self._choices[index or 0] = _Choice()
        return state


def _only_text(chunk: Any, index: int | None) -> str | None:
    """Return the text of a chunk that brings nothing but a further text for the choice *index*.

    Nearly every chunk does, and it is added while the user waits for it: so it is told apart
    without looking at each member.
    """
    try:
        body = chunk.__dict__
        (choice,) = body["choices"]
        around = choice.__dict__
        delta = around["delta"]
        if (
            delta.__pydantic_fields_set__ == _CONTENT
            and around["index"] == index
            and around["finish_reason"] is None
            and around.get("logprobs") is None
            and body.get("usage") is None
            and not delta.__pydantic_extra__
            and not choice.__pydantic_extra__
        ):
            text = delta.__dict__["content"]
            return text if type(text) is str else None
    except (AttributeError, KeyError, TypeError, ValueError):
        pass  # a dictionary, a model of pydantic's first version, several choices or none
    return None


def _nowhere(text: str) -> None:
    """Add to no text: there is none yet."""


class _Choice:
    """One choice: its message, and what is said around it."""

    __slots__ = ("around", "finish_reason", "message")

    def __init__(self) -> None:
        self.message: dict[str, Any] = {}
        self.around: dict[str, Any] = {}
        self.finish_reason: object = None

    def add_delta(self, delta: Any) -> bool:
        has_content = False
        for name, value in set_members(delta).items():
            merge_delta(self.message, name, value)
            if value and name != "role":
                has_content = True
        return has_content

    def whole(self, index: int) -> dict[str, object]:
        message = whole(self.message)
        message["content"] = message.get("content")
        if message.get("tool_calls"):
            message["content"] = message["content"] or None
        around = whole(self.around)
        return {
            "index": index,
            "message": message,
            **around,
            "finish_reason": self.finish_reason,
        }
