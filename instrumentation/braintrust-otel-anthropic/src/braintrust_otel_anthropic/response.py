"""Reads the answer to a call into row fields."""

from __future__ import annotations

from collections.abc import Mapping
from traceback import walk_tb
from typing import Any

from braintrust_otel.instrument import Fields, members, plain
from braintrust_otel_anthropic.server_tools import server_tool_spans
from braintrust_otel_anthropic.usage import usage_metrics

__all__ = [
    "message_fields",
    "read_batch",
    "read_failure",
    "read_message",
]

# What ``parse`` adds to the answer on this side; the provider did not send it.
_ADDED = frozenset({"parsed_output"})

# The library's functions that parse an answer, which is their argument ``response``.
_PARSERS = frozenset({"parse_response", "parse_beta_response"})


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


def read_failure(error: BaseException) -> Fields:
    """Return the fields of the answer on which *error* was raised; none when there was no answer.

    ``parse`` raises what the user's own class raises on an answer that does not fit it. The answer
    has been paid for all the same, and it is nowhere but in the frames of the traceback.
    """
    for frame, _ in walk_tb(error.__traceback__):
        module = frame.f_globals.get("__name__")
        if frame.f_code.co_name in _PARSERS and str(module).startswith("anthropic."):
            return read_message(frame.f_locals.get("response"))
    return {}


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
