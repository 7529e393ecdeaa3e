"""Goes around the methods of a client: the call itself, and the stream that may come back."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any

from braintrust_otel.instrument import (
    Call,
    Calls,
    EventBody,
    Fields,
    SpanInfo,
    WholeBody,
    follow,
    follow_body,
    follow_raw,
    is_raw,
    listed,
    request_attributes,
    response_attributes,
    take_span_info,
)
from braintrust_otel_openai.failures import answer_behind
from braintrust_otel_openai.operations import Operation
from braintrust_otel_openai.providers import provider_of

__all__ = ["AsyncMethodWrapper", "MethodWrapper", "list_iterators", "reader"]

_RAW_HEADER = "x-stainless-raw-response"
_STREAMING_RESPONSE = "stream"
_EVENTS = "text/event-stream"

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
        operation = self._operation
        if not self._calls.active():
            kwargs.pop("span_info", None)
            return method(*args, **kwargs)
        info = take_span_info(kwargs)
        call = self._calls.start(info.name or operation.name, operation=operation.kind)
        if call is None:
            return method(*args, **kwargs)

        def send() -> Any:
            list_iterators(operation, kwargs)
            call.record(reader(operation, instance, kwargs, info))
            return method(*args, **kwargs)

        answer = call.run(send, partial(_read_failure, operation))
        return _answered(call, operation, answer, kwargs)


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
        name, read = info.name or operation.name, reader(operation, instance, kwargs, info)
        start = partial(self._calls.start, name, operation=operation.kind, read=read)
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
    operation: Operation, instance: Any, kwargs: Mapping[str, Any], info: SpanInfo
) -> Callable[[], Fields]:
    """Return what reads the row's first fields from the arguments of a call."""

    def read() -> Fields:
        fields = {
            **operation.read_request(kwargs, info, provider_of(instance)),
            "attributes": partial(request_attributes, kwargs, instance),
        }
        if info.span_attributes:
            fields["span_attributes"] = info.span_attributes
        return fields

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
    arrived = await call.wait(answer, partial(_read_failure, operation))
    return _answered(call, operation, arrived, kwargs)


def _answered(call: Call, operation: Operation, answer: Any, kwargs: Mapping[str, Any]) -> Any:
    """Return *answer* for the user: the call ends here, or with what he reads of it."""
    operation = operation.of_call(call, kwargs)
    try:
        if is_raw(answer):
            _follow_raw(call, operation, answer, kwargs)
        elif kwargs.get("stream") and not hasattr(answer, operation.holds):
            return follow(answer, call, operation.accumulate())
        else:
            call.finish(partial(_read_answer, operation, answer))
    except Exception as bug:  # noqa: BLE001  # our own bug must not cost the user his answer
        call.report("following an answer", bug)
        call.finish()
    return answer


def _read_answer(operation: Operation, answer: Any) -> Fields:
    attributes = partial(response_attributes, answer)
    return {**operation.read_answer(answer), "attributes": attributes}


def _follow_raw(call: Call, operation: Operation, answer: Any, kwargs: Mapping[str, Any]) -> None:
    response = answer.http_response
    content_type = response.headers.get("content-type", "")
    body = WholeBody(operation.read, content_type, is_media=operation.is_media)
    if _is_streaming_response(kwargs):
        is_stream = content_type.startswith(_EVENTS)
        follow_body(response, call, EventBody(operation.accumulate()) if is_stream else body)
    elif kwargs.get("stream"):
        follow_raw(answer, call, operation.accumulate())
    else:
        body.add(response.content)
        call.finish(body.fields)


def _read_failure(operation: Operation, error: BaseException) -> Fields:
    """Return the fields of the answer behind an exception; none when there is none.

    Parsing raises on an answer that is cut off or of another form than the user wants, and it has
    been paid for all the same.
    """
    answer = answer_behind(error, operation.holds)
    return {} if answer is None else operation.read_answer(answer)


def _is_streaming_response(kwargs: Mapping[str, Any]) -> bool:
    """Whether the user asked for the HTTP response itself, to read its body as he likes."""
    headers = kwargs.get("extra_headers")
    if not isinstance(headers, Mapping):
        return False
    return any(
        value == _STREAMING_RESPONSE and str(name).lower() == _RAW_HEADER
        for name, value in headers.items()
    )
