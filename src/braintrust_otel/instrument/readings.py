"""What is captured of a method: how its arguments and its answers are read."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from braintrust_otel.instrument.arguments import SpanInfo, listed
from braintrust_otel.instrument.bodies import EventBody, WholeBody
from braintrust_otel.instrument.calls import Call
from braintrust_otel.instrument.genai import request_attributes, response_attributes
from braintrust_otel.instrument.seams import Fields, ReadFailure
from braintrust_otel.instrument.streams import Accumulator

__all__ = ["Reading"]

_EVENTS = "text/event-stream"


@dataclass(frozen=True, slots=True)
class Reading:
    """How a method's arguments and answers are read into the fields of a row.

    Attributes:
        name: Name of the spans.
        request: Reads the arguments, by name, of a call on the given object.
        answer: Reads an answer that came at once: what the library made of it, or the JSON of it.
        accumulate: Returns what adds up an answer that comes in pieces; None where none does.
        accumulate_of: The same, for what has to know the stream that it adds up.
        failure: Returns the fields that an exception of the library carries.
        listed: Arguments that may be iterators, to be read once for the library and the row.
        type: Type of the spans.
        operation: OpenTelemetry's word for the call; None for what name and type say.
        positional: Arguments in their order, for methods whose signature does not name them.
        body: Returns what adds up the bytes of a body, given its MIME type, where the body is
            neither JSON nor server-sent events.
        of_call: Returns how the answer to one call is read, given the call and its arguments;
            None where that is the same for all.
    """

    name: str
    request: Callable[[Mapping[str, Any], Any], Fields]
    answer: Callable[[Any], Fields]
    accumulate: Callable[[], Accumulator] | None = None
    failure: ReadFailure | None = None
    listed: tuple[str, ...] = ()
    type: str = "llm"
    operation: str | None = None
    accumulate_of: Callable[[Any], Accumulator] | None = None
    positional: tuple[str, ...] = ()
    body: Callable[[str], Accumulator] | None = None
    of_call: Callable[[Call, Mapping[str, Any]], Reading] | None = None

    def for_call(self, call: Call, kwargs: Mapping[str, Any]) -> Reading:
        """Return how the answer to *call* is read."""
        return self if self.of_call is None else self.of_call(call, kwargs)

    def list_iterators(self, kwargs: dict[str, Any]) -> None:
        """Read the iterators among the arguments into lists, in place."""
        for name in self.listed:
            if name in kwargs:
                kwargs[name] = listed(kwargs[name])

    def asked(self, given: Mapping[str, Any], instance: Any, info: SpanInfo) -> Fields:
        """Return the first fields of a row.

        Args:
            given: The arguments by name.
            instance: The object whose method is called.
            info: What the prompt behind the call says about it.
        """
        fields = {
            "attributes": partial(request_attributes, given, instance),
            **self.request(given, instance),
        }
        if info.metadata:
            told: Any = fields.get("metadata", {})
            fields["metadata"] = {**info.metadata, **told}
        if info.span_attributes:
            fields["span_attributes"] = info.span_attributes
        return fields

    def answered(self, answer: Any) -> Fields:
        """Return the fields of an answer that came at once."""
        return {"attributes": partial(response_attributes, answer), **self.answer(answer)}

    def accumulator(self, answer: Any) -> Accumulator | None:
        """Return what adds up *answer*; None for one that came at once."""
        if not _comes_in_pieces(answer):
            return None
        if self.accumulate_of is not None:
            return self.accumulate_of(answer)
        return None if self.accumulate is None else self.accumulate()

    def pieces(self) -> Accumulator:
        """Return what adds up an answer in pieces, of which there is nothing to be seen yet."""
        return _Nothing() if self.accumulate is None else self.accumulate()

    def streamed_body(self, content_type: str) -> Accumulator:
        """Return what adds up the bytes of a body as they are read."""
        if content_type.startswith(_EVENTS):
            return EventBody(self.pieces())
        return self.whole_body(content_type)

    def whole_body(self, content_type: str) -> Accumulator:
        """Return what adds up the bytes of a body that is no stream of events."""
        return (
            WholeBody(self._read_json, content_type)
            if self.body is None
            else self.body(content_type)
        )

    def _read_json(self, body: bytes, content_type: str) -> Fields:
        return self.answered(json.loads(body))


class _Nothing:
    """Adds nothing up: what does not stream has no pieces."""

    def add(self, chunk: Any) -> bool:
        return False

    def fields(self) -> Fields:
        return {}


def _comes_in_pieces(answer: object) -> bool:
    if getattr(answer, "__pydantic_fields_set__", None) is not None:
        return False  # an answer as most are; a model takes long to say what it does not have
    return hasattr(answer, "__next__") or hasattr(answer, "__aiter__")
