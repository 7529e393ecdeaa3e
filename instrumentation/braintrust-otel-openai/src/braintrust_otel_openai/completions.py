"""Text completions, the API before chat: a prompt that goes on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from braintrust_otel.instrument import Fields, SpanInfo, members, plain, set_members
from braintrust_otel_openai.operations import Operation
from braintrust_otel_openai.request import request_metadata
from braintrust_otel_openai.response import answer_fields

__all__ = ["COMPLETION", "CompletionAccumulator"]


class CompletionAccumulator:
    """Adds up the chunks of one answer, every choice by its index."""

    __slots__ = ("_choices", "_model", "_usage")

    def __init__(self) -> None:
        self._choices: dict[int, _Choice] = {}
        self._model: object = None
        self._usage: object = None

    def add(self, chunk: Any) -> bool:
        """Take in one chunk; True when it holds text."""
        parts = set_members(chunk)
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


def _read_request(kwargs: Mapping[str, Any], info: SpanInfo, provider: str) -> Fields:
    metadata = request_metadata(kwargs, info, provider)
    return {"input": plain(kwargs.get("prompt")), "metadata": metadata}


def _read_answer(answer: Any) -> Fields:
    told = members(answer)
    fields = answer_fields(told.get("model"), told.get("usage"))
    if told.get("choices") is not None:
        fields["output"] = plain(told["choices"])
    return fields


COMPLETION = Operation(
    name="openai.completions.create",
    kind="text_completion",
    read_request=_read_request,
    read_answer=_read_answer,
    accumulate=CompletionAccumulator,
    holds="choices",
    listed=("prompt",),
)
"""``completions.create``."""
