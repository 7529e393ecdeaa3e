"""Goes around methods of a library as most of them want it: a call, an answer or a stream of it."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any

from braintrust_otel.instrument.arguments import SpanInfo, take_span_info
from braintrust_otel.instrument.calls import Call, Calls
from braintrust_otel.instrument.managers import follow_manager
from braintrust_otel.instrument.raw_responses import follow_response, is_raw
from braintrust_otel.instrument.readings import Reading
from braintrust_otel.instrument.seams import Fields
from braintrust_otel.instrument.streams import Accumulator, follow

__all__ = ["AsyncMethodWrapper", "MethodWrapper", "StreamHelperWrapper"]

_Method = Callable[..., Any]
_Start = Callable[[], Call | None]


class _Wrapper:
    """What all wrappers have in common.

    Args:
        calls: Starts the calls.
        reading: How to read them.
    """

    __slots__ = ("_calls", "_reading")

    def __init__(self, calls: Calls, reading: Reading) -> None:
        self._calls = calls
        self._reading = reading

    def _start(self, info: SpanInfo, read: Callable[[], Fields] | None = None) -> Call | None:
        reading = self._reading
        return self._calls.start(
            info.name or reading.name, type=reading.type, operation=reading.operation, read=read
        )

    def _reader(
        self, method: _Method, instance: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> Callable[[SpanInfo], Fields]:
        """Return what reads the first fields of the row, given what a prompt says of the call."""
        reading = self._reading

        def read(info: SpanInfo) -> Fields:
            given = {**_by_name(args, reading.positional, method), **kwargs} if args else kwargs
            return reading.asked(given, instance, info)

        return read

    def _called_now(self, method: Callable[[], Any], kwargs: dict[str, Any], start: _Start) -> Any:
        """Call *method*, whose call starts later; what it raises now is on a row all the same."""
        try:
            self._reading.list_iterators(kwargs)
            return method()
        except BaseException as error:
            call = start()
            if call is not None:
                call.fail(error)
            raise

    def _answered(self, call: Call, answer: Any, kwargs: Mapping[str, Any]) -> Any:
        """Return *answer* for the user: the call ends here, or with what he reads of it."""
        try:
            reading = self._reading.for_call(call, kwargs)
            if is_raw(answer):
                follow_response(answer, call, reading, kwargs)
                return answer
            accumulator = reading.accumulator(answer)
            if accumulator is not None:
                return follow(answer, call, accumulator)
            call.finish(partial(reading.answered, answer))
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
        if not self._calls.active():
            kwargs.pop("span_info", None)
            return method(*args, **kwargs)
        info = take_span_info(kwargs)
        call = self._start(info)
        if call is None:
            return method(*args, **kwargs)

        def send() -> Any:
            self._reading.list_iterators(kwargs)
            call.record(partial(self._reader(method, instance, args, kwargs), info))
            return method(*args, **kwargs)

        return self._answered(call, call.run(send, self._reading.failure), kwargs)


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
        read = partial(self._reader(method, instance, args, kwargs), info)
        start = partial(self._start, info, read)
        answer = self._called_now(lambda: method(*args, **kwargs), kwargs, start)
        if inspect.isawaitable(answer):
            return self._awaited(answer, start, kwargs)
        call = start()
        return answer if call is None else self._answered(call, answer, kwargs)

    async def _awaited(
        self, answer: Awaitable[Any], start: _Start, kwargs: Mapping[str, Any]
    ) -> Any:
        call = start()
        if call is None:
            return await answer
        return self._answered(call, await call.wait(answer, self._reading.failure), kwargs)


class StreamHelperWrapper(_Wrapper):
    """Goes around a method that returns a stream helper, synchronous or not.

    Its request is sent when the block of the helper is entered, so that is where the call starts.
    """

    __slots__ = ()

    def __call__(
        self, method: _Method, instance: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> Any:
        """Return the library's context manager, which traces its block when anything is traced."""
        info = take_span_info(kwargs)
        if not self._calls.active():
            return method(*args, **kwargs)
        read = partial(self._reader(method, instance, args, kwargs), info)
        start = partial(self._start, info, read)
        manager = self._called_now(lambda: method(*args, **kwargs), kwargs, start)
        return follow_manager(manager, start, partial(self._accumulate, kwargs))

    def _accumulate(self, kwargs: Mapping[str, Any], call: Call) -> Accumulator:
        return self._reading.for_call(call, kwargs).pieces()


def _by_name(
    args: tuple[Any, ...], positional: tuple[str, ...], method: _Method
) -> Mapping[str, Any]:
    names = positional or inspect.signature(method).parameters
    return dict(zip(names, args, strict=False))
