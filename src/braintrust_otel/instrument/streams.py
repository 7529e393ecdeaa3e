"""Follows streams to their end, whichever of many ends it is, without changing what users see."""

from __future__ import annotations

import copy
import inspect
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import suppress
from contextvars import Token
from types import TracebackType
from typing import Any, Protocol, TypeVar

import wrapt
from typing_extensions import override

from braintrust_otel.instrument.calls import Call
from braintrust_otel.instrument.seams import Fields

__all__ = [
    "Accumulator",
    "AsyncFollowedStream",
    "FollowedEitherWay",
    "FollowedStream",
    "Follower",
    "follow",
]

T = TypeVar("T")

_CLOSERS = frozenset({"close", "aclose"})


class Accumulator(Protocol):
    """Adds up the chunks of one stream; used by one thread at a time."""

    def add(self, chunk: Any) -> bool:
        """Take in *chunk* without keeping or changing it; True when it holds content."""
        ...

    def fields(self) -> Fields:
        """Return the row's fields for what was added so far."""
        ...


class Follower:
    """Ends a call exactly once, when its stream ends in any way.

    Args:
        call: The call that lasts as long as the stream.
        accumulator: Adds up the chunks. When it raises, that is reported, the stream goes on
            untouched, and the row holds what was added until then.
    """

    __slots__ = ("_accumulator", "_add", "_call", "_has_content", "_undo", "is_pulling")

    def __init__(self, call: Call, accumulator: Accumulator) -> None:
        self._call = call
        self._accumulator = accumulator
        self.is_pulling = False
        self._add: Callable[[Any], bool] | None = accumulator.add  # None when it has failed
        self._has_content = False
        self._undo: list[tuple[dict[str, Any], str, object]] = []

    def pulling(self) -> Token[Call | bool]:
        """Note that a chunk is asked for: what the stream calls for it is a part of the call."""
        self.is_pulling = True
        return self._call.enter()

    def pulled(self, inside: Token[Call | bool]) -> None:
        """Note that the stream has answered, given what ``pulling`` returned."""
        self._call.leave(inside)

    def took(self, chunk: object) -> None:
        """Take in a chunk that is about to be handed to the user, who waits for it."""
        self.is_pulling = False
        if self._add is None or not self._call.stays_active():
            return
        try:
            if self._add(chunk) and not self._has_content:
                self._has_content = True
                self._call.first_token()
        except Exception as bug:  # noqa: BLE001  # our own bug must not reach the program
            self._add = None
            self._call.report("adding up a stream", bug)

    def exhausted(self) -> None:
        """End the call: the stream was read to its end."""
        self.is_pulling = False
        self._call.finish(self._accumulator.fields)
        self._let_go()

    def failed(self, error: BaseException) -> None:
        """End the call with *error* and what had come before it."""
        self.is_pulling = False
        self._call.fail(error, self._accumulator.fields)
        self._let_go()

    def closed(self) -> None:
        """End the call with what had come, unless it is the stream that closes itself."""
        if not self.is_pulling:
            self.exhausted()

    def abandoned(self) -> None:
        """End the call with what had come: the stream is gone, so nobody can read on."""
        self._call.abandon(self._accumulator.fields)
        self._let_go()

    def closing(self, close: Callable[..., T]) -> Callable[..., T]:
        """Return *close* with the end of the call after it."""

        def followed_close(*args: Any, **kwargs: Any) -> T:
            try:
                return close(*args, **kwargs)
            finally:
                self.closed()

        return followed_close

    def watch(self, resource: object) -> None:
        """End the call when *resource*, such as the HTTP response under a stream, is closed.

        Its ``close`` and ``aclose`` are shadowed on this one object until the call ends.
        """
        attributes = getattr(resource, "__dict__", None)
        if not isinstance(attributes, dict):
            return
        for name in _CLOSERS - attributes.keys():
            method = getattr(resource, name, None)
            if callable(method):
                self.shadow(resource, name, self.closing(method))

    def hand_over(self) -> None:
        """Stop watching, without ending the call: another follower takes it from here."""
        self._let_go()

    def shadow(self, resource: object, name: str, replacement: object) -> None:
        """Put *replacement* before a method of this one object until the call ends."""
        # An object that refuses attributes is noticed when it ends in another way.
        with suppress(AttributeError, TypeError):
            setattr(resource, name, replacement)
            self._undo.append((vars(resource), name, replacement))

    def _let_go(self) -> None:
        while self._undo:
            attributes, name, replacement = self._undo.pop()
            if attributes.get(name) is replacement:
                attributes.pop(name, None)


class _Followed(wrapt.ObjectProxy):  # type: ignore[type-arg]  # generic in stubs only
    """Stands in for a stream or an iterator: same class to see, same behaviour.

    Args:
        wrapped: The stream.
        follower: Told of every chunk and of the end.
    """

    def __init__(self, wrapped: Any, follower: Follower) -> None:
        super().__init__(wrapped)
        self._self_follower = follower

    @override
    def __getattr__(self, name: str) -> Any:
        value = getattr(self.__wrapped__, name)
        return self._self_follower.closing(value) if name in _CLOSERS else value

    def __del__(self) -> None:
        self._self_follower.abandoned()


class FollowedStream(_Followed):
    """Stands in for a synchronous stream or iterator."""

    @override
    def __iter__(self) -> Iterator[Any]:
        if hasattr(self.__wrapped__, "__next__"):
            return self
        return FollowedStream(iter(self.__wrapped__), self._self_follower)

    def __next__(self) -> Any:
        follower = self._self_follower
        inside = follower.pulling()
        try:
            chunk = self.__wrapped__.__next__()
        except StopIteration:
            follower.exhausted()
            raise
        except BaseException as error:
            follower.failed(error)
            raise
        finally:
            follower.pulled(inside)
        follower.took(chunk)
        return chunk

    @override
    def __enter__(self) -> Any:
        entered = self.__wrapped__.__enter__()
        return self if entered is self.__wrapped__ else entered

    @override
    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> Any:
        try:
            return self.__wrapped__.__exit__(exc_type, exc_value, traceback)
        finally:
            self._self_follower.closed()


class AsyncFollowedStream(_Followed):
    """Stands in for an asynchronous stream or iterator."""

    def __aiter__(self) -> AsyncIterator[Any]:
        if hasattr(self.__wrapped__, "__anext__"):
            return self
        return AsyncFollowedStream(aiter(self.__wrapped__), self._self_follower)

    async def __anext__(self) -> Any:
        follower = self._self_follower
        inside = follower.pulling()
        try:
            chunk = await self.__wrapped__.__anext__()
        except StopAsyncIteration:
            follower.exhausted()
            raise
        except BaseException as error:
            follower.failed(error)
            raise
        finally:
            follower.pulled(inside)
        follower.took(chunk)
        return chunk

    @override
    async def __aenter__(self) -> Any:
        entered = await self.__wrapped__.__aenter__()
        return self if entered is self.__wrapped__ else entered

    @override
    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> Any:
        try:
            return await self.__wrapped__.__aexit__(exc_type, exc_value, traceback)
        finally:
            self._self_follower.closed()


class FollowedEitherWay(FollowedStream, AsyncFollowedStream):
    """Stands in for a stream that can be read synchronously and asynchronously."""


class _Source:
    """Stands in for the source that a stream keeps to itself, where nobody looks at its class.

    So it needs not be a proxy, which costs as much for each chunk as all the rest.
    """

    __slots__ = ("__weakref__", "_follower", "_pull", "_source")

    def __init__(self, source: Any, pull: Callable[[], Any], follower: Follower) -> None:
        self._source = source
        self._pull = pull
        self._follower = follower

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._source, name)
        return self._follower.closing(value) if name in _CLOSERS else value

    def __del__(self) -> None:
        self._follower.abandoned()


class _FollowedSource(_Source):
    __slots__ = ()

    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> Any:
        follower = self._follower
        follower.is_pulling = True
        try:
            chunk = self._pull()
        except StopIteration:
            follower.exhausted()
            raise
        except BaseException as error:
            follower.failed(error)
            raise
        follower.took(chunk)
        return chunk


class _AsyncFollowedSource(_Source):
    __slots__ = ()

    def __aiter__(self) -> AsyncIterator[Any]:
        return self

    async def __anext__(self) -> Any:
        follower = self._follower
        follower.is_pulling = True
        try:
            chunk = await self._pull()
        except StopAsyncIteration:
            follower.exhausted()
            raise
        except BaseException as error:
            follower.failed(error)
            raise
        follower.took(chunk)
        return chunk


def follow(stream: T, call: Call, accumulator: Accumulator) -> T:
    """Return *stream*, followed: its call ends when it is read out, closed, broken or dropped.

    A stream that keeps its source in ``_iterator`` (as the clients of OpenAI, Anthropic and
    others do) comes back as an object of exactly its own class over a followed source. A copy of
    it, because the source usually refers back to the stream: the user's object is then in no
    cycle, and a stream that is dropped half-read ends its call at once. Any other stream, and any
    iterator or generator, comes back in a proxy.
    """
    follower = Follower(call, accumulator)
    follower.watch(getattr(stream, "response", None) or getattr(stream, "http_response", None))
    source = _source_of(stream)
    if source is None:
        proxy: T = _proxy(stream, follower)
        return proxy
    followed = _followed_source(source, follower)
    try:
        twin = copy.copy(stream)
    except Exception:  # noqa: BLE001  # a class may refuse to be copied in any way it likes
        twin = stream
    twin._iterator = followed  # type: ignore[attr-defined]  # noqa: SLF001  # see the docstring
    return twin


def _source_of(stream: object) -> object | None:
    if type(stream) is not stream.__class__:
        return None  # a proxy already: another library wraps this stream too
    if "_iterator" not in getattr(stream, "__dict__", {}) and not hasattr(
        inspect.getattr_static(type(stream), "_iterator", None), "__get__"
    ):
        return None
    return getattr(stream, "_iterator", None)  # some clients make it at its first use


def _followed_source(source: Any, follower: Follower) -> Any:
    if hasattr(source, "__next__"):
        return _FollowedSource(source, source.__next__, follower)
    if hasattr(source, "__anext__"):
        return _AsyncFollowedSource(source, source.__anext__, follower)
    return _proxy(source, follower)


def _proxy(stream: Any, follower: Follower) -> Any:
    # What the stream says it is: other libraries' proxies have the methods of both kinds.
    kind = stream.__class__
    is_async = hasattr(kind, "__anext__") or hasattr(kind, "__aiter__")
    if is_async and hasattr(kind, "__next__"):
        return FollowedEitherWay(stream, follower)
    return AsyncFollowedStream(stream, follower) if is_async else FollowedStream(stream, follower)
