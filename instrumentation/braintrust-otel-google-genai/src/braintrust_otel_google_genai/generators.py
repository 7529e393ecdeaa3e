"""Follows generators whose request is sent when they are asked for their first chunk."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Callable, Generator, Iterator
from typing import Any, Final, Protocol

from braintrust_otel.instrument import Accumulator, Call

__all__ = ["Begin", "Pulling", "followed"]

_END: Final = object()

Begin = Callable[[], Call | None]


class Pulling(Protocol):
    """How a chunk is had from the library, as a part of a call."""

    def pull(self, call: Call, stream: Iterator[Any], end: object) -> Any:
        """Return the next chunk of *stream*; *end* where there is none."""
        ...

    async def pull_async(self, call: Call, stream: AsyncIterator[Any], end: object) -> Any:
        """Return the next chunk of *stream*; *end* where there is none."""
        ...


def followed(
    stream: Any, begin: Begin, accumulate: Callable[[], Accumulator], pulling: Pulling
) -> Any:
    """Return a generator of what *stream* gives; the call lasts from its first chunk to its end.

    Args:
        stream: The library's generator, asynchronous or not, which has not begun.
        begin: Starts the call, or returns None when nothing is traced.
        accumulate: Returns what adds up the chunks.
        pulling: How chunks are had.
    """
    follow: Any = _follow_async if hasattr(stream, "__anext__") else _follow
    generator = follow(stream, begin, accumulate, pulling)
    for name in ("__name__", "__qualname__"):
        setattr(generator, name, getattr(stream, name, getattr(generator, name)))
    return generator


def _follow(
    stream: Iterator[Any],
    begin: Begin,
    accumulate: Callable[[], Accumulator],
    pulling: Pulling,
) -> Generator[Any, None, None]:
    call = begin()
    if call is None:
        yield from stream
        return
    following = _Following(call, accumulate())
    try:
        while (chunk := pulling.pull(call, stream, _END)) is not _END:
            following.took(chunk)
            yield chunk
    except GeneratorExit:
        _close(stream)
        following.left()
        raise
    except BaseException as error:
        following.failed(error)
        raise
    following.ended()


async def _follow_async(
    stream: AsyncIterator[Any],
    begin: Begin,
    accumulate: Callable[[], Accumulator],
    pulling: Pulling,
) -> AsyncGenerator[Any, None]:
    call = begin()
    if call is None:
        async for chunk in stream:
            yield chunk
        return
    following = _Following(call, accumulate())
    try:
        while (chunk := await pulling.pull_async(call, stream, _END)) is not _END:
            following.took(chunk)
            yield chunk
    except GeneratorExit:
        await _close_async(stream)
        following.left()
        raise
    except BaseException as error:
        following.failed(error)
        raise
    following.ended()


class _Following:
    """Adds up what was streamed, and ends the call with it."""

    __slots__ = ("_accumulator", "_call", "_is_broken")

    def __init__(self, call: Call, accumulator: Accumulator) -> None:
        self._call = call
        self._accumulator = accumulator
        self._is_broken = False

    def took(self, chunk: object) -> None:
        if self._is_broken or not self._call.stays_active():
            return
        try:
            if self._accumulator.add(chunk):
                self._call.first_token()
        except Exception as bug:  # noqa: BLE001  # our own bug must not reach the program
            self._is_broken = True
            self._call.report("adding up a stream", bug)

    def ended(self) -> None:
        self._call.finish(self._accumulator.fields)

    def failed(self, error: BaseException) -> None:
        self._call.fail(error, self._accumulator.fields)

    def left(self) -> None:
        """End the call at its last chunk: nobody asks for another one."""
        self._call.abandon(self._accumulator.fields)


def _close(stream: Any) -> None:
    close = getattr(stream, "close", None)
    if callable(close):
        close()


async def _close_async(stream: Any) -> None:
    close: Any = getattr(stream, "aclose", None)
    if close is not None:
        await close()
