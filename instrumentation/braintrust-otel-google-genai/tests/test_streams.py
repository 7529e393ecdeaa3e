"""Streams over a real connection: they end in every way that streams end, and once."""

from __future__ import annotations

import asyncio
import gc
import inspect
from typing import Any

import pytest

from support.google_calls import answer, chunk, said, streamed
from support.provider import Provider
from support.spans import FakeTracer

ASKED: dict[str, Any] = {"model": "tiny", "contents": "hi"}
CHUNKS = [chunk({"text": "a"}), chunk({"text": "b"}), answer(said("c"))]


async def tasks_of_the_loop() -> None:
    """Wait for what the event loop does by itself, such as closing generators that were dropped."""
    gc.collect()
    await asyncio.gather(*(asyncio.all_tasks() - {asyncio.current_task()}))


def output_of(text: str, **fields: Any) -> dict[str, Any]:
    """Return the output that says *text*."""
    content = {"role": "model", "parts": [{"text": text}]}
    return {"candidates": [{"content": content, **fields}]}


def test_stream_is_folded_into_the_whole(
    provider: Provider, client: Any, tracer: FakeTracer
) -> None:
    """The user gets a generator of the chunks, the row the answer that they are."""
    provider.will(streamed(CHUNKS))

    chunks = client.models.generate_content_stream(**ASKED)

    assert inspect.isgenerator(chunks)
    assert chunks.__name__ in {"generate_content_stream", "_generate_content_stream"}
    assert [found.text for found in chunks] == ["a", "b", "c"]
    assert tracer.span.name == "generate_content_stream"
    assert tracer.span.fields["output"] == output_of("abc", finishReason="STOP")
    assert tracer.span.fields["metrics"] == {
        "prompt_tokens": 3,
        "completion_tokens": 4,
        "tokens": 7,
        "time_to_first_token": 0.0,
    }
    assert len(tracer.span.ends) == 1


async def test_asynchronous_stream_is_folded_into_the_whole(
    provider: Provider, async_client: Any, tracer: FakeTracer
) -> None:
    """The user gets an asynchronous generator, the row the answer."""
    provider.will(streamed(CHUNKS))

    chunks = await async_client.aio.models.generate_content_stream(**ASKED)

    assert inspect.isasyncgen(chunks)
    assert [found.text async for found in chunks] == ["a", "b", "c"]
    assert tracer.span.fields["output"] == output_of("abc", finishReason="STOP")
    assert len(tracer.span.ends) == 1


def test_stream_that_nobody_reads_is_no_call(client: Any, tracer: FakeTracer) -> None:
    """The library sends the request for the first chunk, so without one there is nothing."""
    client.models.generate_content_stream(**ASKED).close()

    assert not tracer.spans


def test_stream_that_is_closed_early_has_what_came(
    provider: Provider, client: Any, tracer: FakeTracer
) -> None:
    """Closing a stream is no error; the row holds the chunks until then."""
    provider.will(streamed(CHUNKS))
    chunks = client.models.generate_content_stream(**ASKED)
    next(chunks)

    chunks.close()

    assert tracer.span.fields["output"] == output_of("a")
    assert (tracer.span.errors, len(tracer.span.ends)) == ([], 1)


def test_stream_that_is_dropped_has_what_came(
    provider: Provider, client: Any, tracer: FakeTracer
) -> None:
    """A break after the first chunk ends the span as well."""
    provider.will(streamed(CHUNKS))

    for _ in client.models.generate_content_stream(**ASKED):
        break
    gc.collect()

    assert tracer.span.fields["output"] == output_of("a")
    assert (tracer.span.errors, len(tracer.span.ends)) == ([], 1)


async def test_asynchronous_stream_that_is_closed_early_has_what_came(
    provider: Provider, async_client: Any, tracer: FakeTracer
) -> None:
    """Closing an asynchronous stream is no error either."""
    provider.will(streamed(CHUNKS))
    chunks = await async_client.aio.models.generate_content_stream(**ASKED)
    await anext(chunks)

    await chunks.aclose()
    await tasks_of_the_loop()

    assert tracer.span.fields["output"] == output_of("a")
    assert (tracer.span.errors, len(tracer.span.ends)) == ([], 1)


def test_what_is_thrown_into_a_stream_comes_out(
    provider: Provider, client: Any, tracer: FakeTracer
) -> None:
    """An error that the user throws into his generator is his again, and on the row."""
    provider.will(streamed(CHUNKS))
    chunks = client.models.generate_content_stream(**ASKED)
    next(chunks)
    error = ZeroDivisionError("mine")

    with pytest.raises(ZeroDivisionError) as raised:
        chunks.throw(error)

    assert raised.value is error
    assert tracer.span.errors == [error]


def test_stream_that_breaks_fails_with_what_came(
    provider: Provider, client: Any, tracer: FakeTracer
) -> None:
    """A lost connection raises what it always did; the row has it beside the partial answer."""
    provider.will(streamed(CHUNKS[:2], is_cut=True))
    chunks = client.models.generate_content_stream(**ASKED)

    with pytest.raises(Exception, match="incomplete chunked read") as raised:
        list(chunks)

    assert tracer.span.errors == [raised.value]
    assert tracer.span.fields["output"] == output_of("ab")


def test_chat_stream_that_is_dropped_ends_its_call(
    provider: Provider, client: Any, tracer: FakeTracer
) -> None:
    """Dropping the generator of a chat ends the call of the model inside it."""
    provider.will(streamed(CHUNKS))

    next(client.chats.create(model="tiny").send_message_stream("hi"))
    gc.collect()

    assert tracer.span.fields["output"] == output_of("a")
    assert len(tracer.span.ends) == 1


def test_bug_of_ours_costs_the_row_and_not_the_stream(
    provider: Provider, client: Any, tracer: FakeTracer
) -> None:
    """A chunk that cannot be read is the user's all the same."""
    provider.will(streamed([chunk({"text": "a"}), chunk({"text": "b"})]))
    chunks = client.models.generate_content_stream(**ASKED)
    first = next(chunks)
    tracer.now += 1

    assert [first.text, *[found.text for found in chunks]] == ["a", "b"]
    assert not tracer.bugs
