"""What is captured of chats and responses: how each call and answer is read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from braintrust_otel.instrument import Call, Reading, is_given
from braintrust_otel.instrument.openai_shapes.accumulators import ChatAccumulator
from braintrust_otel.instrument.openai_shapes.request import read_request
from braintrust_otel.instrument.openai_shapes.response import read_response
from braintrust_otel.instrument.openai_shapes.responses_accumulator import ResponsesAccumulator
from braintrust_otel.instrument.openai_shapes.responses_answer import read_answer
from braintrust_otel.instrument.openai_shapes.responses_request import read_responses_request
from braintrust_otel_openai.background import AskedLater, PendingAnswers
from braintrust_otel_openai.readers import failure_reader, request_reader

__all__ = ["CHAT", "RESPONSES_COMPACT", "RESPONSES_CREATE", "RESPONSES_PARSE", "awaiting"]

CHAT = Reading(
    "Chat Completion",
    request_reader(read_request),
    read_response,
    ChatAccumulator,
    failure=failure_reader(read_response, "choices"),
    listed=("messages", "tools", "functions"),
    operation="chat",
)


def _for_responses(name: str) -> Reading:
    return Reading(
        name,
        request_reader(read_responses_request),
        read_answer,
        ResponsesAccumulator,
        failure=failure_reader(read_answer, "output"),
        listed=("input", "tools"),
        operation="chat",
    )


RESPONSES_COMPACT = _for_responses("openai.responses.compact")
RESPONSES_CREATE = _for_responses("openai.responses.create")
RESPONSES_PARSE = _for_responses("openai.responses.parse")


def awaiting(reading: Reading, pending: PendingAnswers) -> Reading:
    """Return *reading* for calls whose answers may come later.

    Args:
        reading: How they are read otherwise.
        pending: Where calls in the background wait for their answers.
    """
    return replace(reading, of_call=partial(_of_call, reading, pending))


def _of_call(
    reading: Reading, pending: PendingAnswers, call: Call, kwargs: Mapping[str, Any]
) -> Reading:
    asked = kwargs.get("background")
    if not asked or not is_given(asked):
        return reading
    return replace(
        reading,
        answer=partial(pending.read, call),
        accumulate=partial(AskedLater, pending, call),
    )
