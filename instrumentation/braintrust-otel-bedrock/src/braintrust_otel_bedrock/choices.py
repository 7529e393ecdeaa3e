"""Puts together what a row says of an answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from braintrust_otel.instrument import Fields
from braintrust_otel_bedrock.usage import usage_metrics

__all__ = ["answer_fields", "choice"]

# By what the models say, in small letters; an unknown reason stays as it is.
_REASONS: Final = {
    "complete": "stop",
    "content_filtered": "content_filter",
    "end_turn": "stop",
    "endoftext": "stop",
    "error_limit": "length",
    "error_toxic": "content_filter",
    "finish": "stop",
    "finished": "stop",
    "guardrail_intervened": "content_filter",
    "length": "length",
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "stop": "stop",
    "stop_sequence": "stop",
    "tool_call": "tool_calls",
    "tool_calls": "tool_calls",
    "tool_use": "tool_calls",
}


def choice(index: int, message: Mapping[str, Any], reason: Any = None) -> dict[str, Any]:
    """Return one choice of an output.

    Args:
        index: Its place.
        message: The message, as chat completions have it.
        reason: Why the model stopped, in its own words; None while that is not known.
    """
    known = _REASONS.get(reason.lower(), reason) if isinstance(reason, str) else None
    told = {"role": message.get("role") or "assistant", "content": None, **message}
    return {"index": index, "finish_reason": known, "message": told}


def answer_fields(output: Any, usage: Any, model: str | None = None) -> Fields:
    """Return the row's fields for an answer, each only if there is anything to say.

    Args:
        output: The choices, or what stands in their place; None if there is nothing.
        usage: The reported token counts.
        model: The answering model, where it is another than the one that was asked.
    """
    fields: dict[str, object] = {} if output is None else {"output": output}
    if model is not None:
        fields["metadata"] = {"model": model}
    metrics = usage_metrics(usage)
    if metrics:
        fields["metrics"] = metrics
    return fields
