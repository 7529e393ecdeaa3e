"""What holds for the streams of each client that is traced: they are those of one that is not."""

from __future__ import annotations

import asyncio
import gc
import threading
from typing import Any

import pytest

from support.client_library import Trace
from support.provider import Provider
from support.spans import FakeTracer
from support.transparency import Api

__all__ = ["HelperTests", "StreamTests"]


def text_of(chunk: Any) -> str:
    """Return the text that a chunk brings; none when it brings none."""
    if hasattr(chunk, "choices"):
        return chunk.choices[0].delta.content or ""
    delta = getattr(chunk, "delta", "")
    return delta if isinstance(delta, str) else getattr(delta, "text", "")


def read_until_text(stream: Any) -> None:
    """Read a stream as far as its first text."""
    next(chunk for chunk in stream if text_of(chunk) == "a")


async def read_until_text_async(stream: Any) -> None:
    """Read an asynchronous stream as far as its first text."""
    await anext(chunk async for chunk in stream if text_of(chunk) == "a")


class StreamTests:
    """Streams, and each way in which they end."""

    def test_stream_is_the_librarys(
        self, provider: Provider, bare: Any, api: Api, trace: Trace, tracer: FakeTracer
    ) -> None:
        """A stream has its class, its response and its chunks, and can be iterated in each way."""
        provider.will(api.streaming(), api.streaming())
        untraced = api.of(bare).create(**api.asked, stream=True)
        expected = list(untraced)

        stream = api.of(trace(bare)).create(**api.asked, stream=True)
        first = next(stream)
        chunks = [first, *stream]

        assert type(stream) is type(untraced)
        assert stream.response.status_code == 200
        assert chunks == expected
        assert next(stream, None) is None
        assert (api.content_of(tracer.span), len(tracer.span.ends)) == ("ab", 1)

    async def test_asynchronous_stream_is_the_librarys(
        self, provider: Provider, async_bare: Any, api: Api, trace: Trace, tracer: FakeTracer
    ) -> None:
        """An asynchronous stream has its class, its response and its chunks."""
        provider.will(api.streaming(), api.streaming())
        untraced = await api.of(async_bare).create(**api.asked, stream=True)
        expected = [chunk async for chunk in untraced]

        stream = await api.of(trace(async_bare)).create(**api.asked, stream=True)
        first = await anext(stream)
        chunks = [first, *[chunk async for chunk in stream]]

        assert type(stream) is type(untraced)
        assert chunks == expected
        assert (api.content_of(tracer.span), len(tracer.span.ends)) == ("ab", 1)

    def test_block_closes_the_stream(
        self, provider: Provider, bare: Any, api: Api, trace: Trace, tracer: FakeTracer
    ) -> None:
        """Leaving a with block closes the response, and is no error."""
        provider.will(api.streaming())

        with api.of(trace(bare)).create(**api.asked, stream=True) as stream:
            read_until_text(stream)

        assert stream.response.is_closed
        assert (api.content_of(tracer.span), tracer.span.errors) == ("a", [])
        assert len(tracer.span.ends) == 1

    async def test_asynchronous_block_closes_the_stream(
        self, provider: Provider, async_bare: Any, api: Api, trace: Trace, tracer: FakeTracer
    ) -> None:
        """Leaving an async with block closes the response, and is no error."""
        provider.will(api.streaming())

        async with await api.of(trace(async_bare)).create(**api.asked, stream=True) as stream:
            await read_until_text_async(stream)

        assert stream.response.is_closed
        assert (api.content_of(tracer.span), tracer.span.errors) == ("a", [])
        assert len(tracer.span.ends) == 1

    def test_close_ends_the_row(
        self, provider: Provider, bare: Any, api: Api, trace: Trace, tracer: FakeTracer
    ) -> None:
        """Closing the stream closes the response and ends the row, once."""
        provider.will(api.streaming())
        stream = api.of(trace(bare)).create(**api.asked, stream=True)

        stream.close()
        stream.close()

        assert stream.response.is_closed
        assert (tracer.span.errors, len(tracer.span.ends)) == ([], 1)

    async def test_asynchronous_close_ends_the_row(
        self, provider: Provider, async_bare: Any, api: Api, trace: Trace, tracer: FakeTracer
    ) -> None:
        """Closing the asynchronous stream closes the response and ends the row, once."""
        provider.will(api.streaming())
        stream = await api.of(trace(async_bare)).create(**api.asked, stream=True)

        await stream.close()
        await stream.close()

        assert stream.response.is_closed
        assert (tracer.span.errors, len(tracer.span.ends)) == ([], 1)

    def test_loop_left_at_the_first_text_ends_the_row(
        self, provider: Provider, bare: Any, api: Api, trace: Trace, tracer: FakeTracer
    ) -> None:
        """A loop left early over a stream that nobody holds ends the row, without an error."""
        provider.will(api.streaming())
        client = trace(bare)

        read_until_text(api.of(client).create(**api.asked, stream=True))
        gc.collect()

        assert (api.content_of(tracer.span), tracer.span.errors) == ("a", [])
        assert len(tracer.span.ends) == 1

    def test_stream_that_is_never_read_ends_its_row(
        self, provider: Provider, bare: Any, api: Api, trace: Trace, tracer: FakeTracer
    ) -> None:
        """A stream that is dropped unread ends its row, with the request and nothing else."""
        provider.will(api.streaming())
        client = trace(bare)

        api.of(client).create(**api.asked, stream=True)
        gc.collect()

        assert "output" not in tracer.span.fields
        assert (tracer.span.errors, len(tracer.span.ends)) == ([], 1)

    async def test_asynchronous_stream_that_is_never_read_ends_its_row(
        self, provider: Provider, async_bare: Any, api: Api, trace: Trace, tracer: FakeTracer
    ) -> None:
        """An asynchronous stream that is dropped unread ends its row too, and warns of nothing."""
        provider.will(api.streaming())
        client = trace(async_bare)

        await api.of(client).create(**api.asked, stream=True)
        gc.collect()

        assert "output" not in tracer.span.fields
        assert (tracer.span.errors, len(tracer.span.ends)) == ([], 1)

    def test_lost_connection_raises_as_ever(
        self, provider: Provider, bare: Any, api: Api, trace: Trace, tracer: FakeTracer
    ) -> None:
        """A stream whose connection is lost raises what it always did; the row has what came."""
        cut = api.streaming(events=api.events[:-2], is_cut=True)
        provider.will(cut, cut)
        with pytest.raises(Exception, match=r".") as untraced:
            list(api.of(bare).create(**api.asked, stream=True))
        stream = api.of(trace(bare)).create(**api.asked, stream=True)

        with pytest.raises(Exception, match=r".") as caught:
            list(stream)

        assert type(caught.value) is type(untraced.value)
        assert tracer.span.errors == [caught.value]
        assert api.content_of(tracer.span)[:1] == "a"

    async def test_lost_connection_raises_as_ever_asynchronously(
        self, provider: Provider, async_bare: Any, api: Api, trace: Trace, tracer: FakeTracer
    ) -> None:
        """The same goes for the asynchronous client."""
        provider.will(api.streaming(events=api.events[:-2], is_cut=True))
        stream = await api.of(trace(async_bare)).create(**api.asked, stream=True)

        with pytest.raises(Exception, match=r".") as caught:
            [chunk async for chunk in stream]

        assert tracer.span.errors == [caught.value]
        assert api.content_of(tracer.span)[:1] == "a"

    async def test_cancelled_stream_ends_its_row(
        self, provider: Provider, async_bare: Any, api: Api, trace: Trace, tracer: FakeTracer
    ) -> None:
        """Cancelling the task that reads cancels it, and the row has the cancellation."""
        gate = threading.Event()
        provider.will(api.streaming(gate=gate))
        stream = await api.of(trace(async_bare)).create(**api.asked, stream=True)
        await anext(stream)
        reading = asyncio.ensure_future(anext(stream))
        await asyncio.sleep(0)

        reading.cancel()
        with pytest.raises(asyncio.CancelledError) as caught:
            await reading

        gate.set()
        assert [type(error) for error in tracer.span.errors] == [asyncio.CancelledError]
        assert caught.type is asyncio.CancelledError
        assert len(tracer.span.ends) == 1


class HelperTests:
    """Stream helpers."""

    def test_helper_is_the_librarys(
        self, provider: Provider, bare: Any, api: Api, trace: Trace, tracer: FakeTracer
    ) -> None:
        """The stream helper passes for the library's, and gives the library's stream."""
        provider.will(api.streaming(), api.streaming())
        untraced = api.stream_helper(bare)(**api.asked)
        with untraced as expected:
            expected_events = [event.type for event in expected]

        manager = api.stream_helper(trace(bare))(**api.asked)
        with manager as stream:
            events = [event.type for event in stream]

        assert isinstance(manager, type(untraced))
        assert type(stream) is type(expected)
        assert events == expected_events
        assert (api.content_of(tracer.span), len(tracer.span.ends)) == ("ab", 1)

    async def test_asynchronous_helper_is_the_librarys(
        self, provider: Provider, async_bare: Any, api: Api, trace: Trace, tracer: FakeTracer
    ) -> None:
        """The asynchronous helper passes for the library's too; left early it is no error."""
        provider.will(api.streaming(), api.streaming())
        untraced = api.stream_helper(async_bare)(**api.asked)
        async with untraced as expected:
            pass

        manager = api.stream_helper(trace(async_bare))(**api.asked)
        async with manager as stream:
            await anext(event async for event in stream if getattr(event, "delta", None))

        assert isinstance(manager, type(untraced))
        assert type(stream) is type(expected)
        assert (api.content_of(tracer.span), tracer.span.errors) == ("a", [])

    def test_block_of_a_helper_that_raises_ends_the_row(
        self, provider: Provider, bare: Any, api: Api, trace: Trace, tracer: FakeTracer
    ) -> None:
        """What the user's block raises comes out of it, closes the response and is on the row."""
        provider.will(api.streaming())
        mistake = KeyError("a mistake in the block")

        with pytest.raises(KeyError) as caught, api.stream_helper(trace(bare))(**api.asked):
            raise mistake

        assert caught.value is mistake
        assert (tracer.span.errors, len(tracer.span.ends)) == ([mistake], 1)

    def test_helper_that_is_never_entered_has_no_row(
        self, bare: Any, api: Api, trace: Trace, tracer: FakeTracer
    ) -> None:
        """No request is made, so there is nothing to tell of."""
        api.stream_helper(trace(bare))(**api.asked)

        assert tracer.spans == []
