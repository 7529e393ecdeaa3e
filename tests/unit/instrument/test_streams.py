"""A followed stream ends its call once, and is to its user what it was before."""

from __future__ import annotations

import asyncio
import copy
import gc
from collections.abc import AsyncIterator, Callable, Iterator
from functools import cached_property
from types import GeneratorType
from typing import Any

import pytest
import wrapt
from typing_extensions import Self

from braintrust_otel.instrument import Call, Fields, current_call, follow
from support.spans import FakeTracer


class Response:
    """An HTTP response under a stream."""

    def __init__(self) -> None:
        self.closes = 0

    def close(self) -> None:
        self.closes += 1


class Stream:
    """A stream in the form of the generated clients: it keeps its source, which refers to it."""

    def __init__(self, chunks: Iterator[Any]) -> None:
        self.response = Response()
        self._chunks = chunks
        self._iterator = self._read()

    def __next__(self) -> Any:
        return next(self._iterator)

    def __iter__(self) -> Iterator[Any]:
        for chunk in self._iterator:  # noqa: UP028  # "yield from" would close it, clients do not
            yield chunk

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *raised: object) -> None:
        self.close()

    def close(self) -> None:
        self.response.close()

    def _read(self) -> Iterator[Any]:
        try:
            yield from self._chunks
        finally:
            self.response.close()


class UncopyableStream(Stream):
    """A stream that refuses to be copied."""

    def __copy__(self) -> Stream:
        raise TypeError("no copies")


class LateStream(Stream):
    """A stream that makes its source at the first use."""

    def __init__(self, chunks: Iterator[Any]) -> None:
        self.http_response = Response()
        self._chunks = chunks

    @cached_property
    def _iterator(self) -> Iterator[Any]:  # type: ignore[override]  # as newer clients have it
        return self._chunks


class AsyncStream:
    """The same, to be awaited."""

    def __init__(self, chunks: AsyncIterator[Any]) -> None:
        self._iterator = chunks

    async def __anext__(self) -> Any:
        return await self._iterator.__anext__()

    async def __aiter__(self) -> AsyncIterator[Any]:
        async for chunk in self._iterator:
            yield chunk

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *raised: object) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        return


class Joined:
    """Adds chunks up by joining them; a chunk called bug trips it."""

    def __init__(self) -> None:
        self.seen: list[str] = []

    def add(self, chunk: str) -> bool:
        if chunk == "bug":
            raise RuntimeError(chunk)
        self.seen.append(chunk)
        return bool(chunk)

    def fields(self) -> Fields:
        return {"output": "".join(self.seen)}


@pytest.fixture
def tracer() -> FakeTracer:
    return FakeTracer()


@pytest.fixture
def call(tracer: FakeTracer) -> Call:
    started = tracer.calls().start("x")
    assert started is not None
    return started


def some(*chunks: str, error: BaseException | None = None) -> Iterator[str]:
    yield from chunks
    if error is not None:
        raise error


async def some_later(*chunks: str, error: BaseException | None = None) -> AsyncIterator[str]:
    for chunk in chunks:
        yield chunk
    if error is not None:
        raise error


def outcome(tracer: FakeTracer) -> tuple[Any, int, int]:
    """Return the output, the number of errors and the number of ends."""
    span = tracer.span
    return span.fields.get("output"), len(span.errors), len(span.ends)


@pytest.mark.parametrize("kind", [Stream, UncopyableStream, iter, list])
def test_exhausted_stream_ends_its_call(tracer: FakeTracer, call: Call, kind: Any) -> None:
    """A stream that is read out gives every chunk, and its call all of them."""
    stream = follow(kind(some("", "a", "b")), call, Joined())

    chunks = list(stream)

    assert chunks == ["", "a", "b"]
    assert outcome(tracer) == ("ab", 0, 1)


def test_stream_comes_back_as_an_object_of_its_own_class(call: Call) -> None:
    """The user gets a stream of exactly the class it had, with all its attributes."""
    stream = Stream(some("a"))

    followed = follow(stream, call, Joined())

    assert type(followed) is Stream
    assert followed.response is stream.response


def test_generator_still_is_one(call: Call) -> None:
    """A bare generator looks like one, and runs when it is asked."""
    followed = follow(some("a"), call, Joined())

    assert isinstance(followed, GeneratorType)
    assert next(followed) == "a"
    followed.close()


def test_proxy_of_another_library_with_both_kinds_of_methods_is_what_it_wraps(
    tracer: FakeTracer, call: Call
) -> None:
    """A proxy that can be read with and without `async` is followed as what it says it is."""

    class BothWays(wrapt.ObjectProxy):  # type: ignore[type-arg]  # generic in stubs only
        def __iter__(self) -> Iterator[Any]:
            yield from self.__wrapped__

        async def __aiter__(self) -> AsyncIterator[Any]:
            yield [one async for one in self.__wrapped__]

    followed = follow(BothWays(Stream(some("a", "b"))), call, Joined())

    assert list(followed) == ["a", "b"]
    assert outcome(tracer) == ("ab", 0, 1)


def test_first_content_is_timed(tracer: FakeTracer, call: Call) -> None:
    """An empty chunk is no content; the first that brings some is."""
    stream = follow(some("", "a", "b"), call, Joined())
    next(stream)
    tracer.now += 0.5
    next(stream)
    tracer.now += 0.5

    assert list(stream) == ["b"]
    assert tracer.span.fields["metrics"] == {"time_to_first_token": 0.5}


@pytest.mark.parametrize("kind", [Stream, UncopyableStream, iter])
@pytest.mark.parametrize("error", [ValueError("x"), KeyboardInterrupt()])
def test_broken_stream_has_its_error_and_what_came_before(
    tracer: FakeTracer, call: Call, kind: Any, error: BaseException
) -> None:
    """The exception reaches the user as it is, and the row has it beside the partial output."""
    stream = follow(kind(some("a", error=error)), call, Joined())

    with pytest.raises(type(error)) as caught:
        list(stream)

    assert caught.value is error
    assert tracer.span.errors == [error]
    assert outcome(tracer) == ("a", 1, 1)


@pytest.mark.parametrize(
    "close",
    [Stream.close, lambda stream: stream.response.close(), lambda stream: stream.__exit__()],
    ids=["stream", "response", "with"],
)
def test_stream_closed_early_is_no_error(tracer: FakeTracer, call: Call, close: Any) -> None:
    """Closing ends the call with what had come, and leaves no trace on the response."""
    stream = follow(Stream(some("a", "b")), call, Joined())
    next(stream)

    close(stream)

    assert outcome(tracer) == ("a", 0, 1)
    assert "close" not in vars(stream.response)
    assert stream.response.closes == 1


def test_closed_generator_ends_its_call(tracer: FakeTracer, call: Call) -> None:
    """A proxy's close is the stream's close."""
    stream = follow(some("a", "b"), call, Joined())
    next(stream)

    stream.close()  # type: ignore[attr-defined]  # it is a generator

    assert outcome(tracer) == ("a", 0, 1)


def test_another_wrapper_of_close_is_left_in_place(call: Call) -> None:
    """What somebody else put over our hook on the response stays there."""
    stream = follow(Stream(some("a")), call, Joined())
    stream.response.close = theirs = lambda: None  # type: ignore[method-assign]

    assert list(stream) == ["a"]
    assert stream.response.close is theirs


@pytest.mark.parametrize("kind", [Stream, iter])
def test_dropped_stream_ends_its_call_at_once(tracer: FakeTracer, call: Call, kind: Any) -> None:
    """Breaking out of the loop over a stream that nobody holds ends its call, without the GC."""
    gc.disable()

    try:
        for _ in follow(kind(some("a", "b")), call, Joined()):
            break
        ended = outcome(tracer)
    finally:
        gc.enable()

    assert ended == ("a", 0, 1)


def test_unread_stream_ends_its_call_when_it_is_collected(tracer: FakeTracer, call: Call) -> None:
    """A stream that cannot be copied, and is never read, ends its call too."""
    stream = follow(UncopyableStream(some("a")), call, Joined())

    del stream
    gc.collect()

    assert outcome(tracer) == ("", 0, 1)


def test_break_does_not_end_a_stream_that_is_held(tracer: FakeTracer, call: Call) -> None:
    """Whoever keeps the stream can read on after a break."""
    stream = follow(Stream(some("a", "b")), call, Joined())
    for _ in stream:
        break

    before = outcome(tracer)

    assert before == (None, 0, 0)
    assert list(stream) == ["b"]
    assert outcome(tracer) == ("ab", 0, 1)


def test_bug_in_adding_up_costs_the_rest_only(tracer: FakeTracer, call: Call) -> None:
    """An accumulator that raises is reported once; the user's chunks go on coming."""
    stream = follow(some("a", "bug", "c", "bug"), call, Joined())

    chunks = list(stream)

    assert chunks == ["a", "bug", "c", "bug"]
    assert outcome(tracer) == ("a", 0, 1)
    assert [doing for doing, _ in tracer.bugs] == ["adding up a stream"]


def test_proxied_stream_enters_as_itself(tracer: FakeTracer, call: Call) -> None:
    """A stream of a class without a source is a proxy, also inside its with block."""

    class Plain(Stream):
        def __init__(self, chunks: Iterator[Any]) -> None:
            self.response = Response()
            self._chunks = chunks

        def __next__(self) -> Any:
            return next(self._chunks)

        def __iter__(self) -> Iterator[Any]:
            return self

    stream = follow(Plain(some("a", "b")), call, Joined())

    with stream as entered:
        first = next(entered)

    assert entered is stream
    assert isinstance(stream, Plain)
    assert first == "a"
    assert outcome(tracer) == ("a", 0, 1)


def test_copy_does_not_touch_the_stream_that_was_given(call: Call) -> None:
    """Following leaves the client's own object as it was."""
    stream = Stream(some("a"))
    before = copy.copy(vars(stream))

    follow(stream, call, Joined())

    assert vars(stream) == before


@pytest.mark.parametrize("kind", [AsyncStream, aiter])
async def test_exhausted_asynchronous_stream_ends_its_call(
    tracer: FakeTracer, call: Call, kind: Any
) -> None:
    """An asynchronous stream that is read out gives every chunk, and its call all of them."""
    stream = follow(kind(some_later("", "a", "b")), call, Joined())

    chunks = [chunk async for chunk in stream]

    assert chunks == ["", "a", "b"]
    assert outcome(tracer) == ("ab", 0, 1)


async def test_broken_asynchronous_stream_has_its_error(tracer: FakeTracer, call: Call) -> None:
    """The exception reaches the user as it is, and the row has it beside the partial output."""
    error = ValueError("x")
    stream = follow(AsyncStream(some_later("a", error=error)), call, Joined())

    with pytest.raises(ValueError, match="x") as caught:
        [chunk async for chunk in stream]

    assert caught.value is error
    assert outcome(tracer) == ("a", 1, 1)


async def test_asynchronous_stream_closed_early_is_no_error(tracer: FakeTracer, call: Call) -> None:
    """Closing an asynchronous generator ends its call with what had come."""
    stream = follow(some_later("a", "b"), call, Joined())
    await anext(stream)

    await stream.aclose()  # type: ignore[attr-defined]  # it is an asynchronous generator

    assert outcome(tracer) == ("a", 0, 1)


async def test_asynchronous_proxy_enters_as_itself(tracer: FakeTracer, call: Call) -> None:
    """A proxy is what its async with block gives, and leaving the block ends the call."""

    class Plain(AsyncStream):
        def __init__(self, chunks: AsyncIterator[Any]) -> None:
            self.chunks = chunks

        async def __anext__(self) -> Any:
            return await anext(self.chunks)

        def __aiter__(self) -> AsyncIterator[Any]:
            return self

    stream = follow(Plain(some_later("a", "b")), call, Joined())

    async with stream as entered:
        first = await anext(entered)

    assert entered is stream
    assert first == "a"
    assert outcome(tracer) == ("a", 0, 1)


async def test_asynchronous_iterable_is_followed(tracer: FakeTracer, call: Call) -> None:
    """An object that can only be iterated over, and is no iterator itself, is followed too."""

    class Iterable:
        def __aiter__(self) -> AsyncIterator[str]:
            return some_later("a")

    stream = follow(Iterable(), call, Joined())

    assert [chunk async for chunk in stream] == ["a"]
    assert outcome(tracer) == ("a", 0, 1)


async def test_dropped_asynchronous_stream_ends_its_call(tracer: FakeTracer, call: Call) -> None:
    """A stream that nobody holds any longer ends its call with what had come."""
    stream = follow(AsyncStream(some_later("a", "b")), call, Joined())
    await anext(stream)  # type: ignore[call-overload]  # the fake is typed loosely

    del stream

    assert outcome(tracer) == ("a", 0, 1)


def test_source_that_is_made_late_is_followed(tracer: FakeTracer, call: Call) -> None:
    """A stream that makes its source at the first use comes back in its own class as well."""
    stream = follow(LateStream(some("a", "b")), call, Joined())

    chunks = list(stream)

    assert type(stream) is LateStream
    assert chunks == ["a", "b"]
    assert outcome(tracer) == ("ab", 0, 1)


def test_closed_http_response_of_a_decoder_ends_the_call(tracer: FakeTracer, call: Call) -> None:
    """A stream that calls its response an HTTP response is watched alike."""
    stream = follow(LateStream(some("a", "b")), call, Joined())

    stream.http_response.close()

    assert len(tracer.span.ends) == 1


class EitherWay:
    """A stream that is read with and without `async`."""

    def __init__(self, *chunks: str) -> None:
        self._chunks = iter(chunks)

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> str:
        return next(self._chunks)

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> str:
        try:
            return next(self._chunks)
        except StopIteration:
            raise StopAsyncIteration from None


async def read_later(stream: Any) -> list[Any]:
    return [chunk async for chunk in stream]


@pytest.mark.parametrize("read", [list, lambda stream: asyncio.run(read_later(stream))])
def test_stream_of_both_kinds_is_followed_in_each(
    tracer: FakeTracer, call: Call, read: Callable[[Any], list[Any]]
) -> None:
    """One that can be read with and without `async` can still be, and is followed either way."""
    followed = follow(EitherWay("a", "b"), call, Joined())

    assert isinstance(followed, EitherWay)
    assert read(followed) == ["a", "b"]
    assert outcome(tracer) == ("ab", 0, 1)


def test_what_a_stream_calls_for_a_chunk_is_part_of_its_call(
    tracer: FakeTracer, call: Call
) -> None:
    """A stream that makes calls while it is read is one call, and what comes between is none."""

    def lazily() -> Iterator[Any]:
        yield current_call()

    followed = follow(lazily(), call, Unread())
    inside, between = next(followed), current_call()

    assert (inside, between) == (call, None)
    followed.close()


async def test_what_an_asynchronous_stream_calls_is_part_of_its_call(call: Call) -> None:
    """The same goes for one that is awaited, also in the tasks that it starts."""

    async def lazily() -> AsyncIterator[Any]:
        yield await asyncio.ensure_future(current_call_later())

    followed = follow(lazily(), call, Unread())
    inside, between = await anext(followed), current_call()

    assert (inside, between) == (call, None)


async def current_call_later() -> Call | None:
    return current_call()


class Unread:
    """Adds nothing up."""

    def add(self, chunk: Any) -> bool:
        return False

    def fields(self) -> Fields:
        return {}
