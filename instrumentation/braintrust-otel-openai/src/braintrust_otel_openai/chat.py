"""Captures chat completions: the call itself, and the stream that may come back."""

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
    take_span_info,
)
from braintrust_otel_openai.accumulators import ChatAccumulator
from braintrust_otel_openai.providers import provider_of
from braintrust_otel_openai.request import read_request
from braintrust_otel_openai.response import read_failure, read_raw, read_response

__all__ = ["AsyncChatWrapper", "ChatWrapper"]

_NAME = "Chat Completion"
_RAW_HEADER = "x-stainless-raw-response"
_LISTED = ("messages", "tools", "functions")

Method = Callable[..., Any]


class ChatWrapper:
    """Goes around the synchronous ``create`` and ``parse``.

    Args:
        calls: Starts the calls.
    """

    __slots__ = ("_calls",)

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    def __call__(
        self, method: Method, instance: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> Any:
        """Call *method*, traced when anything is."""
        if not self._calls.active():
            kwargs.pop("span_info", None)
            return method(*args, **kwargs)
        info = take_span_info(kwargs)
        call = None if _is_streaming_response(kwargs) else self._calls.start(info.name or _NAME)
        if call is None:
            return method(*args, **kwargs)

        def send() -> Any:
            _list_iterators(kwargs)
            call.record(partial(_read_request, kwargs, info, instance))
            return method(*args, **kwargs)

        return _answered(call, call.run(send, read_failure), kwargs)


class AsyncChatWrapper:
    """Goes around the asynchronous ``create`` and ``parse``.

    The method is called at once, so that wrong arguments are told where they are given. The span
    starts when the result is awaited, as the request does.

    Args:
        calls: Starts the calls.
    """

    __slots__ = ("_calls",)

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    def __call__(
        self, method: Method, instance: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> Any:
        """Return an awaitable of what *method* gives, traced when anything is."""
        info = take_span_info(kwargs)
        if _is_streaming_response(kwargs):
            return method(*args, **kwargs)
        start = partial(self._start, instance, kwargs, info)
        try:
            _list_iterators(kwargs)
            answer = method(*args, **kwargs)
        except BaseException as error:
            call = start()
            if call is not None:
                call.fail(error)
            raise
        return _awaited(answer, start, kwargs) if hasattr(answer, "__await__") else answer

    def _start(self, instance: Any, kwargs: Mapping[str, Any], info: SpanInfo) -> Call | None:
        read = partial(_read_request, kwargs, info, instance)
        return self._calls.start(info.name or _NAME, read=read)


async def _awaited(
    answer: Awaitable[Any], start: Callable[[], Call | None], kwargs: Mapping[str, Any]
) -> Any:
    call = start()
    if call is None:
        return await answer
    return _answered(call, await call.wait(answer, read_failure), kwargs)


def _answered(call: Call, answer: Any, kwargs: Mapping[str, Any]) -> Any:
    """Return *answer* for the user: the call ends here, or with the stream that is in it."""
    try:
        streams = bool(kwargs.get("stream")) and not hasattr(answer, "choices")
        if not streams:
            call.finish(partial(read_raw if is_raw(answer) else read_response, answer))
        elif is_raw(answer):
            follow_raw(answer, call, ChatAccumulator())
        else:
            return follow(answer, call, ChatAccumulator())
    except Exception as bug:  # noqa: BLE001  # our own bug must not cost the user his answer
        call.report("following an answer", bug)
        call.finish()
    return answer


def _read_request(kwargs: Mapping[str, Any], info: SpanInfo, instance: Any) -> Mapping[str, object]:
    return read_request(kwargs, info, provider_of(instance))


def _list_iterators(kwargs: dict[str, Any]) -> None:
    for name in _LISTED:
        if name in kwargs:
            kwargs[name] = listed(kwargs[name])


def _is_streaming_response(kwargs: Mapping[str, Any]) -> bool:
    """Whether the user asked for the HTTP response itself, to read its body as he likes."""
    headers = kwargs.get("extra_headers")
    if not isinstance(headers, Mapping):
        return False
    return any(
        str(name).lower() == _RAW_HEADER and value != "true" for name, value in headers.items()
    )
