"""What is captured: how each operation's span is named, and how its call and answer are read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, NamedTuple

from braintrust_otel.instrument import Accumulator, Call, Fields, response_attributes
from braintrust_otel_bedrock.bodies import follow_body
from braintrust_otel_bedrock.converse import read_answer, read_request
from braintrust_otel_bedrock.converse_stream import ConverseAccumulator
from braintrust_otel_bedrock.event_streams import follow_events
from braintrust_otel_bedrock.invoke import Body, InvokeAccumulator, read_invocation
from braintrust_otel_bedrock.models import is_embedding

__all__ = ["OPERATIONS", "Operation", "Told"]


class Told(NamedTuple):
    """What the span of a call is called.

    Attributes:
        name: Name of the span.
        kind: OpenTelemetry's word for the call.
    """

    name: str
    kind: str = "chat"


@dataclass(frozen=True, slots=True)
class Operation:
    """One captured operation of the service.

    Attributes:
        name: Name of its spans.
        read_request: Reads the parameters of a call.
        follow: Ends the call with the answer, or with the stream or body in it.
    """

    name: str
    read_request: Callable[[Mapping[str, Any]], Fields]
    follow: Callable[[Any, Call, Mapping[str, Any]], None]

    def told(self, asked: Mapping[str, Any]) -> Told:
        """Return what the span of a call with these parameters is called."""
        if self.follow is _follow_body and is_embedding(asked.get("modelId")):
            return Told("Embedding", "embeddings")
        return Told(self.name)


def _read_at_once(answer: Any, call: Call, asked: Mapping[str, Any]) -> None:
    call.finish(lambda: {**read_answer(answer), "attributes": partial(_request_id, answer)})


def _follow_body(answer: Any, call: Call, asked: Mapping[str, Any]) -> None:
    follow_body(answer, call, Body(answer))


def _follow_stream(
    member: str, accumulate: Callable[[], Accumulator]
) -> Callable[[Any, Call, Mapping[str, Any]], None]:
    def follow(answer: Any, call: Call, asked: Mapping[str, Any]) -> None:
        follow_events(answer, member, call, accumulate())

    return follow


def _request_id(answer: Any) -> dict[str, Any]:
    return response_attributes({"id": answer.get("ResponseMetadata", {}).get("RequestId")})


OPERATIONS: Final[Mapping[str, Operation]] = {
    "Converse": Operation("bedrock.converse", read_request, _read_at_once),
    "ConverseStream": Operation(
        "bedrock.converse-stream", read_request, _follow_stream("stream", ConverseAccumulator)
    ),
    "InvokeModel": Operation("bedrock.invoke-model", read_invocation, _follow_body),
    "InvokeModelWithResponseStream": Operation(
        "bedrock.invoke-model-with-response-stream",
        read_invocation,
        _follow_stream("body", InvokeAccumulator),
    ),
}
"""By the name that the service's description gives the operation."""
