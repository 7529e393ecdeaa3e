"""Reads an answer of the Responses API into row fields."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from braintrust_otel.instrument.openai_shapes.response import answer_fields, error_text
from braintrust_otel.instrument.openai_shapes.responses_tools import tool_spans
from braintrust_otel.instrument.plain import members, plain
from braintrust_otel.instrument.seams import Fields

__all__ = ["as_sent", "is_settled", "read_answer"]

# What ``parse`` adds to the answer on this side; the provider did not send it.
_ADDED = frozenset({"parsed", "parsed_arguments"})

_UNSETTLED = frozenset({"queued", "in_progress"})


def read_answer(response: Any) -> Fields:
    """Return the fields of an answer, a model or a mapping, and spans of the tools in it.

    An answer that failed, and says so instead of making the client raise, has its error on the
    row. One that was cut short has not: its items tell.
    """
    answer = members(response)
    fields = answer_fields(answer.get("model"), answer.get("usage"))
    output = answer.get("output")
    # Of an answer that is yet to come the output is empty: then there is none.
    if isinstance(output, list) and (output or is_settled(answer)):
        items = as_sent(output)
        fields["output"] = items
        children = tool_spans(items, answer.get("tool_usage"))
        if children:
            fields["children"] = children
    error = plain(answer.get("error"))
    if error:
        fields["error"] = error_text(error)
    elif answer.get("status") == "failed":
        fields["error"] = "failed"
    return fields


def as_sent(value: Any) -> Any:
    """Return *value* as plain data, without what the client added to it."""
    return plain(value, without=_ADDED)


def is_settled(answer: Mapping[str, Any]) -> bool:
    """Whether *answer* is the last word: the model does not work on it any longer."""
    return answer.get("status") not in _UNSETTLED
