"""Reads the answer to a call into row fields."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from braintrust_otel.instrument import Fields, members, plain
from braintrust_otel_anthropic.server_tools import server_tool_spans
from braintrust_otel_anthropic.usage import usage_metrics

__all__ = ["message_fields", "read_batch", "read_message", "read_raw_batch", "read_raw_message"]

# What ``parse`` adds to the answer on this side; the provider did not send it.
_ADDED = frozenset({"parsed_output"})


def read_message(message: Any) -> Fields:
    """Return the fields of a message, a model or a mapping, and spans of the tools in it."""
    answer = members(message)
    content = answer.get("content")
    if content is None:
        return message_fields(None, answer.get("model"), answer.get("usage"))
    output = {
        "role": answer.get("role"),
        "content": plain(content, without=_ADDED),
        "stop_reason": answer.get("stop_reason"),
    }
    return message_fields(output, answer.get("model"), answer.get("usage"))


def read_raw_message(response: Any) -> Fields:
    """Return the fields of a raw response, without parsing it on the user's object."""
    return read_message(json.loads(response.http_response.content))


def message_fields(output: Mapping[str, Any] | None, model: object, usage: object) -> Fields:
    """Return the row's fields for an answer, each only if there is anything to say.

    Args:
        output: The message as plain data, or None.
        model: The answering model.
        usage: The reported token counts.
    """
    fields: dict[str, object] = {}
    if output is not None:
        fields["output"] = output
        children = server_tool_spans(output.get("content"))
        if children:
            fields["children"] = children
    if isinstance(model, str) and model:
        fields["metadata"] = {"model": model}
    metrics = usage_metrics(usage)
    if metrics:
        fields["metrics"] = metrics
    return fields


def read_batch(batch: Any) -> Fields:
    """Return the fields of a message batch, which tells how far the work on it has come."""
    return {"output": plain(batch)}


def read_raw_batch(response: Any) -> Fields:
    """Return the fields of a raw response with a message batch."""
    return read_batch(json.loads(response.http_response.content))
