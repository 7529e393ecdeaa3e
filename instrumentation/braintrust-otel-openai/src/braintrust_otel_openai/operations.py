"""What is captured: how each method's span is named, and how its call and answer are read."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from braintrust_otel.instrument import Accumulator, Call, Fields, ReadBody, SpanInfo, is_given
from braintrust_otel.instrument.openai_shapes.accumulators import ChatAccumulator
from braintrust_otel.instrument.openai_shapes.request import read_request
from braintrust_otel.instrument.openai_shapes.response import read_response
from braintrust_otel.instrument.openai_shapes.responses_accumulator import ResponsesAccumulator
from braintrust_otel.instrument.openai_shapes.responses_answer import read_answer
from braintrust_otel.instrument.openai_shapes.responses_request import read_responses_request
from braintrust_otel_openai.background import AskedLater, PendingAnswers

__all__ = ["CHAT", "RESPONSES_COMPACT", "RESPONSES_CREATE", "RESPONSES_PARSE", "Operation"]


class _Nothing:
    """Adds nothing up: what does not stream has no pieces."""

    def add(self, chunk: Any) -> bool:
        return False

    def fields(self) -> Fields:
        return {}


@dataclass(frozen=True, slots=True)
class Operation:
    """One captured method.

    Attributes:
        name: Name of its spans.
        read_request: Reads the arguments, given what the prompt says and who answers.
        read_answer: Reads an answer that came at once, a model or a mapping.
        holds: A member that every answer has, and nothing else that the library handles.
        listed: Arguments that may be iterators, to be read once for the library and the row.
        accumulate: Returns what adds up an answer that comes in pieces.
        read_body: Reads the body of an answer, for answers that are not always JSON.
        is_media: Whether the answer is something to see or hear, and each piece of it is too.
        pending: Where calls in the background wait for their answers.
        kind: OpenTelemetry's word for the call, or one made after its words where it has none.
    """

    name: str
    read_request: Callable[[Mapping[str, Any], SpanInfo, str], Fields]
    read_answer: Callable[[Any], Fields]
    holds: str
    listed: tuple[str, ...]
    accumulate: Callable[[], Accumulator] = _Nothing
    read_body: ReadBody | None = None
    is_media: bool = False
    pending: PendingAnswers | None = None
    kind: str = "chat"

    def of_call(self, call: Call, kwargs: Mapping[str, Any]) -> Operation:
        """Return the operation for *call*, which may be one whose answer comes later."""
        asked = kwargs.get("background")
        if self.pending is None or not asked or not is_given(asked):
            return self
        return replace(
            self,
            read_answer=partial(self.pending.read, call),
            accumulate=partial(AskedLater, self.pending, call),
        )

    def read(self, body: bytes, content_type: str) -> Fields:
        """Read the body of an answer.

        Raises:
            ValueError: It is not what such an answer is.
        """
        if self.read_body is not None:
            return self.read_body(body, content_type)
        return self.read_answer(json.loads(body))


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


RESPONSES_COMPACT = _for_responses("openai.responses.compact")
RESPONSES_CREATE = _for_responses("openai.responses.create")
RESPONSES_PARSE = _for_responses("openai.responses.parse")
