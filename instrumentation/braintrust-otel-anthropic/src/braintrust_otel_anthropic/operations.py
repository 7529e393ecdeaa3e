"""What is captured: how each method's span is named, and how its call and answer are read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from braintrust_otel.instrument import Accumulator, Fields, SpanInfo
from braintrust_otel_anthropic.accumulators import MessageAccumulator
from braintrust_otel_anthropic.batch_results import ResultsAccumulator
from braintrust_otel_anthropic.request import read_batch_id, read_batch_requests, read_request
from braintrust_otel_anthropic.response import (
    read_batch,
    read_message,
    read_raw_batch,
    read_raw_message,
)

__all__ = ["BATCH_CREATE", "BATCH_RESULTS", "CREATE", "PARSE", "STREAM", "Operation"]


def _read_nothing(answer: Any) -> Fields:
    return {}


@dataclass(frozen=True, slots=True)
class Operation:
    """One captured method.

    Attributes:
        name: Name of its spans.
        read_request: Reads the arguments, given what the prompt says and who answers.
        read_answer: Reads an answer that came at once.
        read_raw: Reads one that the user parses himself.
        accumulate: Returns what adds up an answer that comes in pieces.
        listed: Arguments that may be iterators, to be read once for the library and the row.
        positional: Names of the arguments that can be given by position.
        type: Type of its spans.
    """

    name: str
    read_request: Callable[[Mapping[str, Any], SpanInfo, str], Fields]
    read_answer: Callable[[Any], Fields]
    read_raw: Callable[[Any], Fields]
    accumulate: Callable[[], Accumulator]
    listed: tuple[str, ...]
    positional: tuple[str, ...] = ()
    type: str = "llm"


_ITERABLES = ("messages", "system", "tools", "stop_sequences")


def _for_messages(name: str) -> Operation:
    return Operation(
        name, read_request, read_message, read_raw_message, MessageAccumulator, _ITERABLES
    )


CREATE = _for_messages("anthropic.messages.create")
PARSE = _for_messages("anthropic.messages.parse")
STREAM = _for_messages("anthropic.messages.stream")

BATCH_CREATE = Operation(
    name="anthropic.messages.batches.create",
    read_request=read_batch_requests,
    read_answer=read_batch,
    read_raw=read_raw_batch,
    accumulate=ResultsAccumulator,
    listed=("requests",),
    type="task",
)
BATCH_RESULTS = Operation(
    name="anthropic.messages.batches.results",
    read_request=read_batch_id,
    read_answer=_read_nothing,
    # The results are read from the network by the user, as far as he wants them.
    read_raw=_read_nothing,
    accumulate=ResultsAccumulator,
    listed=(),
    positional=("message_batch_id",),
    type="task",
)
