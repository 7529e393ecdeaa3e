"""The library's stream helper works as ever in every way it can be used, and is one row."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import anthropic
import pytest
from anthropic.lib.streaming import (
    AsyncMessageStream,
    AsyncMessageStreamManager,
    MessageStream,
    MessageStreamManager,
)

from support.anthropic_calls import block_events, message_events, streamed
from support.provider import Provider, Reply
from support.spans import FakeTracer

ASKED: dict[str, Any] = {
    "model": "tiny",
    "max_tokens": 9,
    "messages": [{"role": "user", "content": "hi"}],
}
DELTAS = [{"type": "text_delta", "text": "a"}, {"type": "text_delta", "text": "b"}]
EVENTS = message_events(block_events({"type": "text", "text": ""}, DELTAS))

READERS: list[Callable[[Any], Any]] = [
    lambda stream: "".join(stream.text_stream),
    lambda stream: "".join(event.text for event in stream if event.type == "text"),
    lambda stream: stream.get_final_text(),
    lambda stream: stream.get_final_message().content[0].text,
    lambda stream: (stream.until_done(), stream.current_message_snapshot.content[0].text)[1],
]


class UnexpectedError(Exception):
    """What the user's block raises."""


def told(tracer: FakeTracer) -> tuple[Any, list[BaseException], int]:
    """Return the text on the only span, its errors, and how often it ended."""
    (block,) = tracer.span.fields["output"]["content"]
    return block["text"], tracer.span.errors, len(tracer.span.ends)


@pytest.mark.parametrize("read", READERS)
@pytest.mark.parametrize("part", ["messages", "beta"])
def test_stream_is_one_row_however_it_is_read(
    provider: Provider, client: Any, tracer: FakeTracer, read: Callable[[Any], Any], part: str
) -> None:
    """Texts, events and final messages come as ever, and the row is whole."""
    provider.will(streamed(EVENTS))
    messages = client.messages if part == "messages" else client.beta.messages

    with messages.stream(**ASKED) as stream:
        text = read(stream)

    assert text == "ab"
    assert tracer.span.name == "anthropic.messages.stream"
    assert told(tracer) == ("ab", [], 1)
    assert tracer.span.fields["metrics"] == {
        "prompt_tokens": 1,
        "completion_tokens": 2,
        "tokens": 3,
        "time_to_first_token": 0.0,
    }


def test_classes_are_the_librarys(provider: Provider, client: Any) -> None:
    """The context manager passes for the library's, and the stream is the library's."""
    provider.will(streamed(EVENTS))

    manager = client.messages.stream(**ASKED)
    with manager as stream:
        stream.until_done()

    assert isinstance(manager, MessageStreamManager)
    assert type(stream) is MessageStream
    assert stream.response.status_code == 200


def test_request_is_sent_when_the_block_is_entered(
    provider: Provider, client: Any, tracer: FakeTracer
) -> None:
    """A helper that is never entered sends nothing and has no row."""
    client.messages.stream(**ASKED)

    assert (provider.requests, tracer.spans) == ([], [])


def test_block_left_early_keeps_what_came(
    provider: Provider, client: Any, tracer: FakeTracer
) -> None:
    """Leaving the block early is no error."""
    provider.will(streamed(EVENTS))

    with client.messages.stream(**ASKED) as stream:
        next(stream.text_stream)

    assert told(tracer) == ("a", [], 1)


def test_block_that_is_never_read_is_a_row(
    provider: Provider, client: Any, tracer: FakeTracer
) -> None:
    """A block that reads nothing ends its row, with nothing but the request."""
    provider.will(streamed(EVENTS))

    with client.messages.stream(**ASKED):
        pass

    assert "output" not in tracer.span.fields
    assert (tracer.span.errors, len(tracer.span.ends)) == ([], 1)


@pytest.mark.parametrize("error", [UnexpectedError(), KeyboardInterrupt()])
def test_exception_in_the_block_is_on_the_row(
    provider: Provider, client: Any, tracer: FakeTracer, error: BaseException
) -> None:
    """What the user's block raises passes unchanged and is recorded with what had come."""
    provider.will(streamed(EVENTS))

    def leave() -> None:
        with client.messages.stream(**ASKED) as stream:
            next(stream.text_stream)
            raise error

    with pytest.raises(type(error)) as caught:
        leave()

    assert caught.value is error
    assert told(tracer) == ("a", [error], 1)


def test_generator_closed_in_the_block_is_no_error(
    provider: Provider, client: Any, tracer: FakeTracer
) -> None:
    """A generator over the block that its user closes has been left early, and nothing more."""
    provider.will(streamed(EVENTS))

    def texts() -> Any:
        with client.messages.stream(**ASKED) as stream:
            yield from stream.text_stream

    reading = texts()
    next(reading)
    reading.close()

    assert told(tracer) == ("a", [], 1)


def test_refused_request_is_on_the_row(provider: Provider, client: Any, tracer: FakeTracer) -> None:
    """A request that fails raises at the block, and the row has the error."""
    provider.will(Reply({"error": {"message": "slow down"}}, status=429))

    with pytest.raises(anthropic.RateLimitError) as caught, client.messages.stream(**ASKED):
        pass

    assert tracer.span.errors == [caught.value]


def test_untraced_helper_is_the_librarys(
    provider: Provider, client: Any, tracer: FakeTracer
) -> None:
    """Where nothing is active the library's own context manager comes back."""
    tracer.is_active = False
    provider.will(streamed(EVENTS))

    manager = client.messages.stream(**ASKED, span_info={"name": "x"})
    with manager as stream:
        text = stream.get_final_text()

    assert type(manager) is MessageStreamManager
    assert text == "ab"


def test_tracing_that_ends_before_the_block_changes_nothing(
    provider: Provider, client: Any, tracer: FakeTracer
) -> None:
    """Whether there is a row is decided when the request is sent."""
    provider.will(streamed(EVENTS))
    manager = client.messages.stream(**ASKED)
    tracer.is_active = False

    with manager as stream:
        text = stream.get_final_text()

    assert (text, tracer.spans) == ("ab", [])


async def test_asynchronous_stream_is_one_row(
    provider: Provider, async_client: Any, tracer: FakeTracer
) -> None:
    """The asynchronous helper gives its texts and its final message, and one row."""
    provider.will(streamed(EVENTS))

    manager = async_client.messages.stream(**ASKED)
    async with manager as stream:
        texts = [text async for text in stream.text_stream]
        final = await stream.get_final_message()

    assert isinstance(manager, AsyncMessageStreamManager)
    assert type(stream) is AsyncMessageStream
    assert (texts, final.content[0].text) == (["a", "b"], "ab")
    assert told(tracer) == ("ab", [], 1)


async def test_asynchronous_block_left_early_keeps_what_came(
    provider: Provider, async_client: Any, tracer: FakeTracer
) -> None:
    """Leaving the asynchronous block early is no error."""
    provider.will(streamed(EVENTS))

    async with async_client.beta.messages.stream(**ASKED) as stream:
        await anext(stream.text_stream)

    assert told(tracer) == ("a", [], 1)


async def test_cancellation_in_the_block_is_on_the_row(
    provider: Provider, async_client: Any, tracer: FakeTracer
) -> None:
    """A task that is cancelled in its block ends the row with the cancellation."""
    provider.will(streamed(EVENTS))
    has_begun = asyncio.Event()

    async def read() -> None:
        async with async_client.messages.stream(**ASKED) as stream:
            await anext(stream.text_stream)
            has_begun.set()
            await asyncio.Event().wait()

    reading = asyncio.ensure_future(read())
    await has_begun.wait()
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading

    text, errors, ends = told(tracer)
    assert (text, [type(error) for error in errors], ends) == ("a", [asyncio.CancelledError], 1)


async def test_tracing_that_ends_before_the_asynchronous_block_changes_nothing(
    provider: Provider, async_client: Any, tracer: FakeTracer
) -> None:
    """Whether there is a row is decided when the request is sent."""
    provider.will(streamed(EVENTS))
    manager = async_client.messages.stream(**ASKED)
    tracer.is_active = False

    async with manager as stream:
        text = await stream.get_final_text()

    assert (text, tracer.spans) == ("ab", [])
