"""Reads interactions into row fields, those that are streamed as if they had come at once."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from braintrust_otel.instrument import Fields, is_raw, members, plain
from braintrust_otel_google_genai.interaction_deltas import StreamedStep
from braintrust_otel_google_genai.interaction_steps import told, tool_spans
from braintrust_otel_google_genai.usage import usage_metrics

__all__ = ["InteractionAccumulator", "read_interaction"]

_COUNTS = {
    "total_input_tokens": "promptTokenCount",
    "total_tool_use_tokens": "toolUsePromptTokenCount",
    "total_output_tokens": "candidatesTokenCount",
    "total_thought_tokens": "thoughtsTokenCount",
    "total_cached_tokens": "cachedContentTokenCount",
    "total_tokens": "totalTokenCount",
}
_DETAILS = {
    "input_tokens_by_modality": "promptTokensDetails",
    "tool_use_tokens_by_modality": "toolUsePromptTokensDetails",
    "output_tokens_by_modality": "candidatesTokensDetails",
}


def read_interaction(answer: Any) -> Fields:
    """Return the fields of an interaction, or of its HTTP answer if that was wanted."""
    if is_raw(answer):
        # What was not read yet is the user's to read.
        content = getattr(answer.http_response, "_content", None)
        body = json.loads(content) if isinstance(content, bytes) else None
        answer = body if isinstance(body, Mapping) else {}
    interaction = members(answer)
    return _fields(interaction, interaction.get("steps"), _metrics(interaction.get("usage")))


class InteractionAccumulator:
    """Adds up the events of one interaction, and of those that continue it where it was cut off."""

    __slots__ = ("_error", "_hop", "_interaction", "_metrics", "_steps")

    def __init__(self) -> None:
        self._interaction: dict[str, Any] = {}
        self._steps: dict[tuple[int, int], StreamedStep] = {}
        self._metrics: dict[int, dict[str, int]] = {}
        self._hop = 0
        self._error: object = None

    def add(self, chunk: Any) -> bool:
        """Take in one event; True when it holds content."""
        happened = members(chunk)
        kind = happened.get("event_type")
        if kind == "step.delta":
            return self._step(happened).add(plain(happened.get("delta")))
        if kind == "step.start":
            return self._step(happened).start(plain(happened.get("step")))
        if kind == "error":
            self._error = happened.get("error")
        elif kind == "interaction.created":
            self._hop += 1
            self._learn(members(happened.get("interaction")))
        elif kind == "interaction.completed":
            self._learn(members(happened.get("interaction")))
        elif kind == "interaction.status_update":
            self._learn(happened)
        return False

    def fields(self) -> Fields:
        """Return the fields of what was streamed so far."""
        steps: Any = [self._steps[place].whole() for place in self._steps]
        total: dict[str, int] = {}
        for metrics in self._metrics.values():
            total = {name: total.get(name, 0) + metrics.get(name, 0) for name in total | metrics}
        fields = _fields(self._interaction, steps or self._interaction.get("steps"), total)
        if self._error is not None:
            return {**fields, "error": _message(self._error)}
        return fields

    def _learn(self, interaction: Mapping[str, Any]) -> None:
        """Keep the last word on the interaction; tokens are told of each that continues it."""
        for name in ("model", "status", "steps"):
            if interaction.get(name) is not None:
                self._interaction[name] = interaction[name]
        metrics = _metrics(interaction.get("usage"))
        if metrics:
            self._metrics[self._hop] = metrics

    def _step(self, happened: Mapping[str, Any]) -> StreamedStep:
        index = happened.get("index")
        place = self._hop, index if isinstance(index, int) else 0
        return self._steps.setdefault(place, StreamedStep())


def _fields(interaction: Mapping[str, Any], steps: Any, metrics: Mapping[str, int]) -> Fields:
    shown, status, model = told(steps), interaction.get("status"), interaction.get("model")
    output = {"status": status, "steps": shown}
    output = {name: value for name, value in output.items() if value is not None}
    fields: dict[str, object] = {"output": output} if output else {}
    if isinstance(model, str) and model:
        fields["metadata"] = {"model": model.removeprefix("models/")}
    if metrics:
        fields["metrics"] = metrics
    children = tool_spans(shown)
    if children:
        fields["children"] = children
    if status == "failed":
        faults = interaction.get("errors")
        fields["error"] = _message(faults[0] if isinstance(faults, list) and faults else None)
    return fields


def _message(fault: object) -> str:
    message = members(fault).get("message")
    return message if isinstance(message, str) and message else "The interaction failed."


def _metrics(usage: Any) -> dict[str, int]:
    """Return the metrics of an interaction, which counts what other answers count."""
    counted = members(usage)
    counts: dict[str, Any] = {to: counted.get(name) for name, to in _COUNTS.items()}
    for name, to in _DETAILS.items():
        details = counted.get(name)
        counts[to] = [_detail(each) for each in details] if isinstance(details, list) else None
    return usage_metrics(counts)


def _detail(detail: Any) -> dict[str, Any]:
    found = members(detail)
    return {"modality": str(found.get("modality")).upper(), "tokenCount": found.get("tokens")}
