"""What is captured: how each method's span is named, and how its call and answer are read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from braintrust_otel.instrument import Accumulator, Fields, SpanInfo
from braintrust_otel_openai.accumulators import ChatAccumulator
from braintrust_otel_openai.request import read_request
from braintrust_otel_openai.response import read_response
from braintrust_otel_openai.responses_accumulator import ResponsesAccumulator
from braintrust_otel_openai.responses_answer import read_answer
from braintrust_otel_openai.responses_request import read_responses_request

__all__ = ["CHAT", "RESPONSES_CREATE", "RESPONSES_PARSE", "Operation"]


@dataclass(frozen=True, slots=True)
class Operation:
    """One captured method.

    Attributes:
        name: Name of its spans.
        read_request: Reads the arguments, given what the prompt says and who answers.
        read_answer: Reads an answer that came at once, a model or a mapping.
        accumulate: Returns what adds up an answer that comes in pieces.
        holds: A member that every answer has, and nothing else that the library handles.
        listed: Arguments that may be iterators, to be read once for the library and the row.
    """

    name: str
    read_request: Callable[[Mapping[str, Any], SpanInfo, str], Fields]
    read_answer: Callable[[Any], Fields]
    accumulate: Callable[[], Accumulator]
    holds: str
    listed: tuple[str, ...]


CHAT = Operation(
    name="Chat Completion",
    read_request=read_request,
    read_answer=read_response,
    accumulate=ChatAccumulator,
    holds="choices",
    listed=("messages", "tools", "functions"),
)


def _for_responses(name: str) -> Operation:
    return Operation(
        name=name,
        read_request=read_responses_request,
        read_answer=read_answer,
        accumulate=ResponsesAccumulator,
        holds="output",
        listed=("input", "tools"),
    )


RESPONSES_CREATE = _for_responses("openai.responses.create")
RESPONSES_PARSE = _for_responses("openai.responses.parse")
