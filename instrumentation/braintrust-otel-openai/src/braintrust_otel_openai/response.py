"""Reads the answer to a chat completion into row fields."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from braintrust_otel.instrument import Fields, members, plain, usage_metrics

__all__ = ["answer_fields", "read_failure", "read_raw", "read_response"]

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
        fields["error"] = _error_text(plain(answer["error"]))
    return fields


def read_raw(response: Any) -> Fields:
    """Return the fields of a raw response, without parsing it on the user's object."""
    return read_response(json.loads(response.http_response.content))


def read_failure(error: BaseException) -> Fields:
    """Return the fields of the answer that an exception carries; none when it carries none.

    ``parse`` raises on an answer that was cut off, which has been paid for all the same.
    """
    completion = getattr(error, "completion", None)
    return {} if completion is None else read_response(completion)


def answer_fields(model: object, usage: object) -> dict[str, object]:
    """Return the answering model as ``metadata`` and the reported token counts as ``metrics``."""
    fields: dict[str, object] = {}
    if isinstance(model, str) and model:
        fields["metadata"] = {"model": model}
    metrics = usage_metrics(usage)
    if metrics:
        fields["metrics"] = metrics
    return fields


def _as_sent(choice: Any) -> Any:
    sent = plain(choice, without=_ADDED)
    if hasattr(getattr(choice, "message", None), "parsed"):
        # Parsing also says of every message without tool calls that there are none.
        message = sent["message"]
        sent["message"] = {k: v for k, v in message.items() if v or k != "tool_calls"}
    return sent


def _error_text(error: object) -> str:
    message = error.get("message") if isinstance(error, Mapping) else None
    return message if isinstance(message, str) and message else str(error)
