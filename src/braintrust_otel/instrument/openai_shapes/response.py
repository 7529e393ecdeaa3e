"""Reads the answer to a chat completion into row fields."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from braintrust_otel.instrument.plain import members, plain
from braintrust_otel.instrument.seams import Fields
from braintrust_otel.instrument.usage import usage_metrics

__all__ = ["answer_fields", "error_text", "read_response"]

# What ``parse`` adds to the answer on this side; the provider did not send it.
_ADDED = frozenset({"parsed", "parsed_arguments"})


def read_response(completion: Any) -> Fields:
    """Return ``output``, ``metadata`` and ``metrics`` of a completion: a model or a mapping."""
    answer = members(completion)
    fields = answer_fields(answer.get("model"), answer.get("usage"))
    choices = answer.get("choices")
    if isinstance(choices, list):
        fields["output"] = [_as_sent(choice) for choice in choices]
    elif answer.get("error"):
        # Some gateways answer 200 with an error in place of the choices; no exception tells of it.
        fields["error"] = error_text(plain(answer["error"]))
    return fields


def answer_fields(model: object, usage: object) -> dict[str, object]:
    """Return the answering model as ``metadata`` and the reported token counts as ``metrics``."""
    fields: dict[str, object] = {}
    if isinstance(model, str) and model:
        fields["metadata"] = {"model": model}
    metrics = usage_metrics(usage)
    if metrics:
        fields["metrics"] = metrics
    return fields


def error_text(error: object) -> str:
    """Return what *error*, as a provider puts it into an answer, says."""
    message = error.get("message") if isinstance(error, Mapping) else None
    return message if isinstance(message, str) and message else str(error)


def _as_sent(choice: Any) -> Any:
    sent = plain(choice, without=_ADDED)
    if "parsed" in getattr(getattr(choice, "message", None), "__dict__", ()):
        # Parsing also says of every message without tool calls that there are none.
        message = sent["message"]
        sent["message"] = {k: v for k, v in message.items() if v or k != "tool_calls"}
    return sent
