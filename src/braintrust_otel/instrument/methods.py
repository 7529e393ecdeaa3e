"""Goes around methods of a library as most of them want it: a call, an answer or a stream of it."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from braintrust_otel.instrument.arguments import SpanInfo, listed, take_span_info
from braintrust_otel.instrument.calls import Call, Calls
from braintrust_otel.instrument.seams import Fields, ReadFailure
from braintrust_otel.instrument.streams import Accumulator, follow

__all__ = ["AsyncMethodWrapper", "MethodWrapper", "Reading"]

_Method = Callable[..., Any]


@dataclass(frozen=True, slots=True)
class Reading:
    """How a method's arguments and answers are read into the fields of a row.

    Attributes:
        name: Name of the spans.
        request: Reads the arguments, by name, of a call on the given object.
        answer: Reads an answer that came at once.
        accumulate: Returns what adds up an answer that comes in pieces; None where none does.
        accumulate_of: The same, for what has to know the stream that it adds up.
        failure: Returns the fields that an exception of the library carries.
        listed: Arguments that may be iterators, to be read once for the library and the row.
        type: Type of the spans.
        operation: OpenTelemetry's word for the call; None for what name and type say.
        positional: Arguments in their order, for methods whose signature does not name them.
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

    def accumulator(self, answer: Any) -> Accumulator | None:
        """Return what adds up *answer*; None for one that came at once."""
        if not _comes_in_pieces(answer):
            return None
        if self.accumulate_of is not None:
            return self.accumulate_of(answer)
        return None if self.accumulate is None else self.accumulate()


class _Wrapper:
    """What both wrappers have in common.

    Args:
        calls: Starts the calls.
        reading: How to read them.
    """

    __slots__ = ("_calls", "_reading")

    def __init__(self, calls: Calls, reading: Reading) -> None:
        self._calls = calls
        self._reading = reading

    def _start(
        self, method: _Method, instance: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> Callable[[SpanInfo], Call | None]:
        reading = self._reading
        for name in reading.listed:
            if name in kwargs:
                kwargs[name] = listed(kwargs[name])

        def read(info: SpanInfo) -> Fields:
            asked = {**_by_name(args, reading.positional, method), **kwargs} if args else kwargs
            fields = dict(reading.request(asked, instance))
            if info.metadata:
                told: Any = fields.get("metadata", {})
                fields["metadata"] = {**info.metadata, **told}
            if info.span_attributes:
                fields["span_attributes"] = info.span_attributes
            return fields

        def start(info: SpanInfo) -> Call | None:
            return self._calls.start(
                info.name or reading.name,
                type=reading.type,
                operation=reading.operation,
                read=partial(read, info),
            )

        return start

    def _answered(self, call: Call, answer: Any) -> Any:
        """Return *answer* for the user: the call ends here, or with the stream that it is."""
        reading = self._reading
        try:
            accumulator = reading.accumulator(answer)
            if accumulator is not None:
                return follow(answer, call, accumulator)
            call.finish(partial(reading.answer, answer))
        except Exception as bug:  # noqa: BLE001  # our own bug must not cost the user his answer
            call.report("following an answer", bug)
            call.finish()
        return answer


class MethodWrapper(_Wrapper):
    """Goes around a synchronous method, which may return an iterator or a stream object.

    The argument ``span_info`` that prompts add never reaches the method.
    """

    __slots__ = ()

    def __call__(
        self, method: _Method, instance: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> Any:
        """Call *method*, traced when anything is."""
        info = take_span_info(kwargs)
        if not self._calls.active():
            return method(*args, **kwargs)
        call = self._start(method, instance, args, kwargs)(info)
        if call is None:
            return method(*args, **kwargs)
        answer = call.run(partial(method, *args, **kwargs), self._reading.failure)
        return self._answered(call, answer)


class AsyncMethodWrapper(_Wrapper):
    """Goes around an asynchronous method, which may return an asynchronous iterator or stream.

    The method is called at once, so that wrong arguments are told where they are given. The span
    starts when the result is awaited, as the request does. What the method returns instead of an
    awaitable is followed as it is.
    """

    __slots__ = ()

    def __call__(
        self, method: _Method, instance: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> Any:
        """Return an awaitable of what *method* gives, traced when anything is."""
        info = take_span_info(kwargs)
        if not self._calls.active():
            return method(*args, **kwargs)
        start = partial(self._start(method, instance, args, kwargs), info)
        try:
            answer = method(*args, **kwargs)
        except BaseException as error:
            call = start()
            if call is not None:
                call.fail(error)
            raise
        if inspect.isawaitable(answer):
            return self._awaited(answer, start)
        call = start()
        return answer if call is None else self._answered(call, answer)

    async def _awaited(self, answer: Awaitable[Any], start: Callable[[], Call | None]) -> Any:
        call = start()
        if call is None:
            return await answer
        return self._answered(call, await call.wait(answer, self._reading.failure))


def _by_name(
    args: tuple[Any, ...], positional: tuple[str, ...], method: _Method
) -> Mapping[str, Any]:
    names = positional or inspect.signature(method).parameters
    return dict(zip(names, args, strict=False))


def _comes_in_pieces(answer: object) -> bool:
    if getattr(answer, "__pydantic_fields_set__", None) is not None:
        return False  # an answer as most are; a model takes long to say what it does not have
    return hasattr(answer, "__next__") or hasattr(answer, "__aiter__")
