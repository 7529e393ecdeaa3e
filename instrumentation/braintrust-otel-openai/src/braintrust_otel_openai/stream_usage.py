"""Requests the token counts of streams that would not tell them, and keeps that to itself.

OpenAI ends a stream with its usage only when asked to, in a chunk that has nothing else. Where the
user did not ask, and lets us, we do, and he never sees that chunk.
"""

from __future__ import annotations

import inspect
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from typing import Any

import wrapt
from typing_extensions import override

from braintrust_otel.instrument import (
    Calls,
    Wrapper,
    current_call,
    is_given,
    openai_stream_usage,
)
from braintrust_otel_openai.providers import takes_stream_options

__all__ = ["UsageCalls", "requesting_usage"]

_OPTIONS = "stream_options"
_INCLUDE = "include_usage"
_RAW_HEADER = "x-stainless-raw-response"

Method = Callable[..., Any]


class UsageCalls(Calls):
    """Starts calls, with a say in whether the usage of their streams is requested.

    Args:
        instrumentation: Name of the instrumentor.
        request_stream_usage: Whether it is; this comes before the environment.
    """

    __slots__ = ("request_stream_usage",)

    def __init__(self, instrumentation: str, *, request_stream_usage: bool) -> None:
        super().__init__(instrumentation)
        self.request_stream_usage = request_stream_usage


def requesting_usage(calls: Calls, traced: Mapping[str, Wrapper]) -> Mapping[str, Wrapper]:
    """Return wrappers that ask for the usage of streams, around those that trace their methods.

    Args:
        calls: Tells whether anything is traced, and what the user wants.
        traced: The wrappers of a part that streams, by method.
    """
    wrappers = dict(traced)
    wrappers["create"] = _CreateWrapper(traced["create"], calls)
    if "stream" in traced:
        wrappers["stream"] = _HelperWrapper(traced["stream"], calls)
    return wrappers


class _CreateWrapper:
    """Goes around what traces ``create``; a stream of its comes back without the usage."""

    __slots__ = ("_calls", "_traced")

    def __init__(self, traced: Wrapper, calls: Calls) -> None:
        self._traced = traced
        self._calls = calls

    def __call__(
        self, method: Method, instance: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> Any:
        if not kwargs.get("stream") or _reads_body(kwargs):
            return self._traced(method, instance, args, kwargs)
        hides = _request(self._calls, instance, kwargs)
        answer = self._traced(method, instance, args, kwargs)
        return _hidden(answer) if hides else answer


class _HelperWrapper:
    """Goes around what traces the ``stream`` helper, whose events tell nothing of the usage."""

    __slots__ = ("_calls", "_traced")

    def __init__(self, traced: Wrapper, calls: Calls) -> None:
        self._traced = traced
        self._calls = calls

    def __call__(
        self, method: Method, instance: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> Any:
        hides = _request(self._calls, instance, kwargs)
        manager = self._traced(method, instance, args, kwargs)
        return _Manager(manager) if hides else manager


def _request(calls: Calls, instance: Any, kwargs: dict[str, Any]) -> bool:
    """Add the request for usage to the arguments of a stream, if that is wanted and wanting."""
    if not calls.active() or current_call() is not None:
        return False
    wanted: bool | None = getattr(calls, "request_stream_usage", None)
    if wanted is None:
        wanted = openai_stream_usage() and takes_stream_options(instance)
    if not wanted or _OPTIONS in _mapping(kwargs.get("extra_body")):
        return False
    given = kwargs.get(_OPTIONS)
    options = given if given is not None and is_given(given) else {}
    if not isinstance(options, Mapping) or _INCLUDE in options:
        return False
    kwargs[_OPTIONS] = {**options, _INCLUDE: True}
    return True


def _reads_body(kwargs: Mapping[str, Any]) -> bool:
    """Whether the user reads the bytes himself, in which nothing can be hidden."""
    headers = _mapping(kwargs.get("extra_headers"))
    return any(
        str(name).lower() == _RAW_HEADER and value != "true" for name, value in headers.items()
    )


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _hidden(answer: Any) -> Any:
    """Return *answer* without the usage: a stream, an awaitable of one, or raw, to be parsed."""
    if inspect.isawaitable(answer):
        return _hidden_later(answer)
    if callable(getattr(answer, "parse", None)):
        answer.parse = _parse_hidden(answer.parse)
        return answer
    source = getattr(answer, "_iterator", None)
    if isinstance(source, (_Shown, _AsyncShown)):
        return answer
    if hasattr(source, "__next__"):
        answer._iterator = _Shown(source)  # noqa: SLF001  # where the client's streams take chunks
    elif hasattr(source, "__anext__"):
        answer._iterator = _AsyncShown(source)  # noqa: SLF001  # as above
    return answer


async def _hidden_later(answer: Awaitable[Any]) -> Any:
    return _hidden(await answer)


def _parse_hidden(parse: Callable[..., Any]) -> Callable[..., Any]:
    def parse_hidden(*args: Any, **kwargs: Any) -> Any:
        return _hidden(parse(*args, **kwargs))

    return parse_hidden


def _tells_usage_only(chunk: Any) -> bool:
    return not getattr(chunk, "choices", True) and getattr(chunk, "usage", None) is not None


class _Shown:
    """The chunks that the user sees."""

    def __init__(self, source: Any) -> None:
        self._source = source

    def __getattr__(self, name: str) -> Any:
        return getattr(self._source, name)

    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> Any:
        chunk = next(self._source)
        while _tells_usage_only(chunk):
            chunk = next(self._source)
        return chunk


class _AsyncShown:
    """The chunks that the user of an asynchronous stream sees."""

    def __init__(self, source: Any) -> None:
        self._source = source

    def __getattr__(self, name: str) -> Any:
        return getattr(self._source, name)

    def __aiter__(self) -> AsyncIterator[Any]:
        return self

    async def __anext__(self) -> Any:
        chunk = await anext(self._source)
        while _tells_usage_only(chunk):
            chunk = await anext(self._source)
        return chunk


class _Manager(wrapt.ObjectProxy):  # type: ignore[type-arg]  # generic in stubs only
    """The context manager of a helper, synchronous or not, whose events tell nothing of usage."""

    @override
    def __enter__(self) -> Any:
        return _without_usage(self.__wrapped__.__enter__())

    @override
    async def __aenter__(self) -> Any:
        return _without_usage(await self.__wrapped__.__aenter__())

    # Older proxies have no such method of their own.
    @override
    async def __aexit__(self, *raised: object) -> Any:
        return await self.__wrapped__.__aexit__(*raised)


def _without_usage(stream: Any) -> Any:
    _hidden(getattr(stream, "_raw_stream", None))
    return stream
