"""Goes around the methods of a client: the call itself, and the stream that may come back."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any

from braintrust_otel.instrument import (
    Call,
    Calls,
    SpanInfo,
    follow,
    follow_raw,
    is_raw,
    listed,
    request_attributes,
    response_attributes,
    take_span_info,
)
from braintrust_otel_anthropic.operations import Operation
from braintrust_otel_anthropic.own_spans import quieten
from braintrust_otel_anthropic.providers import provider_of
from braintrust_otel_anthropic.response import read_failure

__all__ = ["AsyncMethodWrapper", "MethodWrapper", "list_iterators", "reader"]

_RAW_HEADER = "x-stainless-raw-response"
_STREAMING_RESPONSE = "stream"

Method = Callable[..., Any]


class MethodWrapper:
    """Goes around a synchronous method.

    Args:
        calls: Starts the calls.
        operation: What the method is.
    """

    __slots__ = ("_calls", "_operation")

    def __init__(self, calls: Calls, operation: Operation) -> None:
        self._calls = calls
        self._operation = operation

    def __call__(
        self, method: Method, instance: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> Any:
        """Call *method*, traced when anything is."""
        info = take_span_info(kwargs)
        operation = self._operation
        if not self._calls.active() or _is_streaming_response(kwargs):
            return method(*args, **kwargs)
        call = self._calls.start(info.name or operation.name, type=operation.type)
        if call is None:
            return method(*args, **kwargs)

        def send() -> Any:
            list_iterators(operation, kwargs)
            call.record(reader(operation, instance, args, kwargs, info))
            quieten(instance)
            return method(*args, **kwargs)

        return _answered(call, operation, call.run(send, read_failure), kwargs)


class AsyncMethodWrapper:
    """Goes around an asynchronous method.

    The method is called at once, so that wrong arguments are told where they are given. The span
    starts when the result is awaited, as the request does.

    Args:
        calls: Starts the calls.
        operation: What the method is.
    """

    __slots__ = ("_calls", "_operation")

    def __init__(self, calls: Calls, operation: Operation) -> None:
        self._calls = calls
        self._operation = operation

    def __call__(
        self, method: Method, instance: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> Any:
        """Return an awaitable of what *method* gives, traced when anything is."""
        info = take_span_info(kwargs)
        operation = self._operation
        if _is_streaming_response(kwargs):
            return method(*args, **kwargs)

        def start() -> Call | None:
            read = reader(operation, instance, args, kwargs, info)
            quieten(instance)
            return self._calls.start(info.name or operation.name, type=operation.type, read=read)

        try:
            list_iterators(operation, kwargs)
            answer = method(*args, **kwargs)
        except BaseException as error:
            call = start()
            if call is not None:
                call.fail(error)
            raise
        if not hasattr(answer, "__await__"):
            return answer
        return _awaited(answer, start, operation, kwargs)


def list_iterators(operation: Operation, kwargs: dict[str, Any]) -> None:
    """Read the iterators among the arguments into lists, once for the library and the row."""
    for name in operation.listed:
        if name in kwargs:
            kwargs[name] = listed(kwargs[name])


def reader(
    operation: Operation,
    instance: Any,
    args: tuple[Any, ...],
    kwargs: Mapping[str, Any],
    info: SpanInfo,
) -> Callable[[], Mapping[str, object]]:
    """Return what reads the row's first fields from the arguments of a call."""

    def read() -> Mapping[str, object]:
        given = dict(zip(operation.positional, args, strict=False))
        asked = {**given, **kwargs}
        return {
            **operation.read_request(asked, info, provider_of(instance)),
            "attributes": partial(request_attributes, asked, instance),
        }

    return read


async def _awaited(
    answer: Awaitable[Any],
    start: Callable[[], Call | None],
    operation: Operation,
    kwargs: Mapping[str, Any],
) -> Any:
    call = start()
    if call is None:
        return await answer
    return _answered(call, operation, await call.wait(answer, read_failure), kwargs)


def _answered(call: Call, operation: Operation, answer: Any, kwargs: Mapping[str, Any]) -> Any:
    """Return *answer* for the user: the call ends here, or with the stream that is in it."""
    try:
        if is_raw(answer) and kwargs.get("stream"):
            follow_raw(answer, call, operation.accumulate())
        elif is_raw(answer):
            call.finish(partial(operation.read_raw, answer))
        elif _comes_in_pieces(answer):
            return follow(answer, call, operation.accumulate())
        else:
            call.finish(partial(_read_answer, operation, answer))
    except Exception as bug:  # noqa: BLE001  # our own bug must not cost the user his answer
        call.report("following an answer", bug)
        call.finish()
    return answer


def _read_answer(operation: Operation, answer: Any) -> Mapping[str, object]:
    attributes = partial(response_attributes, answer)
    return {**operation.read_answer(answer), "attributes": attributes}


def _comes_in_pieces(answer: object) -> bool:
    return hasattr(answer, "__next__") or hasattr(answer, "__aiter__")


def _is_streaming_response(kwargs: Mapping[str, Any]) -> bool:
    """Whether the user asked for the HTTP response itself, to read its body as he likes."""
    headers = kwargs.get("extra_headers")
    if not isinstance(headers, Mapping):
        return False
    return any(
        value == _STREAMING_RESPONSE and str(name).lower() == _RAW_HEADER
        for name, value in headers.items()
    )
