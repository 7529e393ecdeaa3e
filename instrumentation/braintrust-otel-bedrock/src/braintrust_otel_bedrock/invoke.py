"""Reads what goes to InvokeModel and comes back: bodies in each model's own form."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import partial
from typing import Any

from braintrust_otel.instrument import Accumulator, Fields, response_attributes
from braintrust_otel_bedrock.anthropic_events import AnthropicEvents
from braintrust_otel_bedrock.choices import answer_fields
from braintrust_otel_bedrock.converse_stream import ConverseAccumulator
from braintrust_otel_bedrock.invoke_answers import Answer, read_model_answer
from braintrust_otel_bedrock.invoke_requests import read_model_request
from braintrust_otel_bedrock.model_events import ChatEvents, TextEvents
from braintrust_otel_bedrock.models import model_name
from braintrust_otel_bedrock.usage import header_usage, usage_metrics

__all__ = ["Body", "InvokeAccumulator", "read_invocation"]

_METRICS = "amazon-bedrock-invocationMetrics"


def read_invocation(asked: Mapping[str, Any]) -> Fields:
    """Return ``input`` and ``metadata`` of a call of InvokeModel, streamed or not."""
    metadata: dict[str, object] = {"provider": "bedrock"}
    model = model_name(asked.get("modelId"))
    if model is not None:
        metadata["model"] = model
    request = _parsed(asked.get("body"))
    if request is None:
        return {"metadata": metadata}
    told = read_model_request(request, model or "")
    return {"input": told.input, "metadata": {**metadata, **told.settings}}


class Body:
    """Adds up the body of an answer.

    Args:
        answer: The answer, whose headers count the tokens.
    """

    __slots__ = ("_answer_id", "_counts", "_pieces")

    def __init__(self, answer: Mapping[str, Any]) -> None:
        self._counts = header_usage(answer)
        self._answer_id = answer.get("ResponseMetadata", {}).get("RequestId")
        self._pieces: list[bytes] = []

    def add(self, chunk: Any) -> bool:
        """Take in one piece; there is no first token in what is not streamed."""
        self._pieces.append(chunk)
        return False

    def fields(self) -> Fields:
        """Return the fields of the answer; of one that was cut off, or not read, the counts."""
        body = _parsed(b"".join(self._pieces))
        told = Answer(None) if body is None else read_model_answer(body)
        usage = told.usage if usage_metrics(told.usage) else self._counts
        fields = answer_fields(told.output, usage)
        return {**fields, "attributes": partial(response_attributes, {"id": self._answer_id})}


class InvokeAccumulator:
    """Adds up the events of a streamed answer, whichever model it comes from.

    The result has exactly the structure of an answer that was not streamed.
    """

    __slots__ = ("_counts", "_events")

    def __init__(self) -> None:
        self._events: Accumulator | None = None
        self._counts: dict[str, Any] = {}

    def add(self, chunk: Any) -> bool:
        """Take in one event; True when it holds content."""
        data = (chunk.get("chunk") or {}).get("bytes")
        event = _parsed(data)
        if event is None:
            return False
        counts = event.pop(_METRICS, None)
        if isinstance(counts, dict):
            self._counts = counts
        if self._events is None and event:
            self._events = _events_like(event)
        return bool(event) and self._events is not None and self._events.add(event)

    def fields(self) -> Fields:
        """Return the fields of what was streamed so far."""
        fields = {} if self._events is None else dict(self._events.fields())
        told: Any = fields.get("metrics", {})
        counted = answer_fields(None, self._counts).get("metrics", {})
        metrics: Any = told if "tokens" in told else counted or told
        return {**fields, "metrics": metrics} if metrics else fields


def _events_like(event: Mapping[str, Any]) -> Accumulator:
    """Return what adds up the events of the model whose first one is *event*."""
    if "messageStart" in event or "contentBlockDelta" in event or "contentBlockStart" in event:
        return ConverseAccumulator()
    if "choices" in event:
        return ChatEvents()
    return AnthropicEvents() if event.get("type") == "message_start" else TextEvents()


def _parsed(body: Any) -> dict[str, Any] | None:
    """Return the JSON object that *body* holds; None if it is something else, or was cut off.

    A file is not read: that would take it away from the library.
    """
    if not isinstance(body, (str, bytes, bytearray)) or not body:
        return None
    try:
        found = json.loads(body)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None
