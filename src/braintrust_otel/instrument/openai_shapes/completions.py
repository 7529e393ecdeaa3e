"""Text completions, the API before chat: a prompt that goes on."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from braintrust_otel.instrument.arguments import SpanInfo
from braintrust_otel.instrument.genai import response_attributes
from braintrust_otel.instrument.openai_shapes.request import request_metadata
from braintrust_otel.instrument.openai_shapes.response import answer_fields
from braintrust_otel.instrument.plain import members, plain, set_members
from braintrust_otel.instrument.seams import Fields

__all__ = ["CompletionAccumulator", "read_completion", "read_prompt"]


def read_prompt(kwargs: Mapping[str, Any], info: SpanInfo, provider: str) -> Fields:
    """Return ``input`` and ``metadata`` of a text completion.

    Args:
        kwargs: Arguments of the call, iterators already read into lists.
        info: What the prompt behind the call says about it.
        provider: Who answers.
    """
    metadata = request_metadata(kwargs, info, provider)
    return {"input": plain(kwargs.get("prompt")), "metadata": metadata}


def read_completion(answer: Any) -> Fields:
    """Return ``output``, ``metadata`` and ``metrics`` of an answer: a model or a mapping."""
    told = members(answer)
    fields = answer_fields(told.get("model"), told.get("usage"))
    if told.get("choices") is not None:
        fields["output"] = plain(told["choices"])
    return fields


class CompletionAccumulator:
    """Adds up the chunks of one answer, every choice by its index."""

    __slots__ = ("_choices", "_id", "_model", "_usage")

    def __init__(self) -> None:
        self._choices: dict[int, _Choice] = {}
        self._id: object = None
        self._model: object = None
        self._usage: object = None

    def add(self, chunk: Any) -> bool:
        """Take in one chunk; True when it holds text."""
        parts = set_members(chunk)
        self._id = parts.get("id") or self._id
        self._model = parts.get("model") or self._model
        self._usage = parts.get("usage") or self._usage
        has_text = False
        for choice in parts.get("choices") or ():
            piece = members(choice)
            state = self._choices.setdefault(piece.get("index") or 0, _Choice())
            has_text |= state.add(piece)
        return has_text

    def fields(self) -> Fields:
        """Return ``output``, ``metadata`` and ``metrics`` of what was streamed so far."""
        fields = answer_fields(self._model, self._usage)
        fields["attributes"] = partial(response_attributes, {"id": self._id})
        if self._choices:
            fields["output"] = [
                self._choices[index].whole(index) for index in sorted(self._choices)
            ]
        return fields


class _Choice:
    """One choice out of its pieces."""

    __slots__ = ("_finish_reason", "_logprobs", "_texts")

    def __init__(self) -> None:
        self._texts: list[str] = []
        self._logprobs: dict[str, list[Any]] | None = None
        self._finish_reason: object = None

    def add(self, piece: Mapping[str, Any]) -> bool:
        text = piece.get("text") or ""
        self._texts.append(text)
        self._finish_reason = piece.get("finish_reason") or self._finish_reason
        logprobs = plain(piece.get("logprobs"))
        if isinstance(logprobs, dict):
            self._logprobs = self._logprobs or {}
            for name, values in logprobs.items():
                self._logprobs.setdefault(name, []).extend(values or ())
        return bool(text)

    def whole(self, index: int) -> dict[str, object]:
        return {
            "text": "".join(self._texts),
            "index": index,
            "logprobs": self._logprobs,
            "finish_reason": self._finish_reason,
        }
