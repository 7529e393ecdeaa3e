"""Reads the answer to a call into row fields."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import partial
from typing import Any

from braintrust_otel.instrument import Fields, members, response_attributes
from braintrust_otel_google_genai.usage import usage_metrics
from braintrust_otel_google_genai.wire import wire

__all__ = ["answer_fields", "read_answer"]


def read_answer(answer: Any) -> Fields:
    """Return the fields of a response of the library, or of its HTTP answer if that was wanted."""
    told = members(answer)
    candidates = told.get("candidates")
    raw = members(told.get("sdk_http_response")).get("body")
    if candidates is None and isinstance(raw, str):
        body = json.loads(raw)
        return _fields_of(body if isinstance(body, Mapping) else {})
    return _fields_of({camel_name: wire(told.get(name)) for name, camel_name in _TOLD.items()})


_TOLD = {
    "candidates": "candidates",
    "prompt_feedback": "promptFeedback",
    "model_version": "modelVersion",
    "response_id": "responseId",
    "usage_metadata": "usageMetadata",
}


def answer_fields(
    candidates: Any, feedback: Any, model: object, usage: Any, response_id: object
) -> Fields:
    """Return the row's fields for an answer, each only if there is anything to say.

    Args:
        candidates: The candidates, as the API has them, or None.
        feedback: Why the prompt was blocked, if it was.
        model: The answering model.
        usage: The reported token counts, as the API has them.
        response_id: The provider's name for the answer.
    """
    output = {"candidates": candidates, "promptFeedback": feedback}
    output = {name: told for name, told in output.items() if told is not None}
    fields: dict[str, object] = {}
    if output:
        fields["output"] = output
    if isinstance(model, str) and model:
        fields["metadata"] = {"model": model}
    metrics = usage_metrics(usage)
    if metrics:
        fields["metrics"] = metrics
    fields["attributes"] = partial(response_attributes, {"id": response_id})
    return fields


def _fields_of(body: Mapping[str, Any]) -> Fields:
    return answer_fields(
        body.get("candidates"),
        body.get("promptFeedback"),
        body.get("modelVersion"),
        body.get("usageMetadata"),
        body.get("responseId"),
    )
