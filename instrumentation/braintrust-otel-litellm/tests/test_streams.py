"""Streams of the library stay what they are, and end their span in whichever way they end."""

from __future__ import annotations

import asyncio
import gc
import threading
from collections.abc import Callable
from typing import Any

import pytest

from braintrust_otel.instrument import library_version
from support.litellm_calls import addressed
from support.openai_calls import piece
from support.provider import Provider, Reply
from support.responses_calls import streamed, text_events
from support.spans import FakeTracer

MESSAGES = [{"role": "user", "content": "Is it going to rain?"}]
WORDS = ["Not ", "before ", "the ", "evening."]
EVENTS = [
    piece({"role": "assistant", "content": WORDS[0]}),
    *[piece({"content": word}) for word in WORDS[1:]],
    piece({}, "stop"),
]
USAGE = {"prompt_tokens": 13, "completion_tokens": 5, "total_tokens": 18}
LAST = {**piece({}), "choices": [], "usage": USAGE}


def asked(provider: Provider, **further: Any) -> dict[str, Any]:
    return addressed(provider.url, messages=MESSAGES, stream=True, **further)


def text_of(tracer: FakeTracer) -> Any:
    return tracer.span.fields["output"][0]["message"]["content"]


def read(library: Any, asked: dict[str, Any]) -> list[Any]:
    return list(library.completion(**asked))


def read_later(library: Any, asked: dict[str, Any]) -> list[Any]:
    async def chunks() -> list[Any]:
        return [chunk async for chunk in await library.acompletion(**asked)]

    return asyncio.run(chunks())


Read = Callable[[Any, dict[str, Any]], list[Any]]
EACH_WAY = pytest.mark.parametrize("way", [read, read_later])


@EACH_WAY
def test_stream_is_the_answer_that_it_adds_up_to(
    library: Any, provider: Provider, tracer: FakeTracer, way: Read
) -> None:
    """The user has each chunk, and the span what they are together, and when the first came."""
    provider.will(Reply(events=EVENTS))

    chunks = way(library, asked(provider))

    said = [chunk.choices[0].delta.content for chunk in chunks]
    assert "".join(filter(None, said)) == "".join(WORDS)
    assert text_of(tracer) == "".join(WORDS)
    assert tracer.span.fields["metrics"].keys() == {"time_to_first_token"}
    assert len(tracer.span.ends) == 1


@pytest.mark.skipif(
    library_version("litellm") < (1, 106), reason="older versions throw away what nobody asked for"
)
@EACH_WAY
def test_tokens_that_the_user_does_not_see_are_counted(
    library: Any, provider: Provider, tracer: FakeTracer, way: Read
) -> None:
    """LiteLLM takes counts that a provider tells unasked out of the stream; the span has them."""
    provider.will(Reply(events=[*EVENTS, LAST]))

    chunks = way(library, asked(provider))

    assert not any(getattr(chunk, "usage", None) for chunk in chunks)
    assert tracer.span.fields["metrics"]["tokens"] == 18


@EACH_WAY
def test_tokens_that_the_user_asks_for_are_counted_once(
    library: Any, provider: Provider, tracer: FakeTracer, way: Read
) -> None:
    """What the user sees of them and what LiteLLM keeps is the same."""
    provider.will(Reply(events=[*EVENTS, LAST]))

    chunks = way(library, asked(provider, stream_options={"include_usage": True}))

    assert chunks[-1].usage.total_tokens == 18
    assert tracer.span.fields["metrics"]["tokens"] == 18


@EACH_WAY
def test_choices_are_added_up_apart(
    library: Any, provider: Provider, tracer: FakeTracer, way: Read
) -> None:
    """Each piece of a tool call goes to its own, by its index."""
    call = {"index": 0, "id": "call_1", "type": "function"}
    events = [
        piece({"role": "assistant", "tool_calls": [{**call, "function": {"name": "rain"}}]}),
        piece({"tool_calls": [{"index": 0, "function": {"arguments": '{"city": '}}]}),
        piece({"tool_calls": [{"index": 0, "function": {"arguments": '"Vienna"}'}}]}),
        piece({}, "tool_calls"),
    ]
    provider.will(Reply(events=events))

    way(library, asked(provider))

    (choice,) = tracer.span.fields["output"]
    (told,) = choice["message"]["tool_calls"]
    assert (choice["finish_reason"], choice["message"]["content"]) == ("tool_calls", None)
    assert told["function"] == {"name": "rain", "arguments": '{"city": "Vienna"}'}


def test_stream_keeps_its_class_and_its_attributes(library: Any, provider: Provider) -> None:
    """It is to the program what it was, LiteLLM's own helpers included."""
    provider.will(Reply(events=[*EVENTS, LAST]))

    stream = library.completion(**asked(provider))
    chunks = list(stream)

    assert isinstance(stream, library.CustomStreamWrapper)
    assert (stream.model, stream.custom_llm_provider) == ("tiny", "openai")
    assert stream.chunks
    built = library.stream_chunk_builder(chunks, messages=MESSAGES)
    assert built.choices[0].message.content == "".join(WORDS)


async def test_stream_of_a_synchronous_call_can_be_read_asynchronously(
    library: Any, provider: Provider, tracer: FakeTracer
) -> None:
    """LiteLLM allows for that, and it is followed all the same."""
    provider.will(Reply(events=EVENTS))
    stream = library.completion(**asked(provider))

    chunks = [chunk async for chunk in stream]

    assert chunks
    assert text_of(tracer) == "".join(WORDS)


def test_break_ends_the_span_when_the_stream_is_let_go(
    library: Any, provider: Provider, tracer: FakeTracer
) -> None:
    """The row has what had come, and no error."""
    provider.will(Reply(events=EVENTS))
    stream = library.completion(**asked(provider))

    next(iter(stream))
    del stream
    gc.collect()

    assert text_of(tracer) == WORDS[0]
    assert (tracer.span.errors, len(tracer.span.ends)) == ([], 1)


def test_unread_stream_ends_its_span(library: Any, provider: Provider, tracer: FakeTracer) -> None:
    """A stream that nobody reads ends its span when it is let go."""
    provider.will(Reply(events=EVENTS))

    library.completion(**asked(provider))
    gc.collect()

    assert "output" not in tracer.span.fields
    assert len(tracer.span.ends) == 1


@EACH_WAY
def test_lost_connection_is_an_error_with_what_had_come(
    library: Any, provider: Provider, tracer: FakeTracer, way: Read
) -> None:
    """The exception is LiteLLM's own, and the row has it and the partial answer."""
    provider.will(Reply(events=EVENTS[:2], is_cut=True))

    with pytest.raises(Exception, match=r"(?i)peer closed|incomplete|connection") as caught:
        way(library, asked(provider))

    assert tracer.span.errors == [caught.value]
    assert text_of(tracer) == WORDS[0] + WORDS[1]
    assert len(tracer.span.ends) == 1


async def test_cancelled_stream_has_what_had_come(
    library: Any, provider: Provider, tracer: FakeTracer
) -> None:
    """A task that is cancelled in mid-stream ends its span with that."""
    gate, has_first = threading.Event(), asyncio.Event()
    provider.will(Reply(events=EVENTS, gate=gate))

    async def consume() -> None:
        async for _ in await library.acompletion(**asked(provider)):
            has_first.set()

    task = asyncio.create_task(consume())
    await has_first.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    gate.set()

    assert [type(error) for error in tracer.span.errors] == [asyncio.CancelledError]
    assert text_of(tracer) == WORDS[0]


@pytest.mark.parametrize("function", ["responses", "aresponses"])
def test_events_of_responses_are_added_up(
    library: Any, provider: Provider, tracer: FakeTracer, function: str
) -> None:
    """The Responses API streams, too; whoever reads its events has all of them."""
    provider.will(streamed(text_events("No", ".")))
    # Older versions do not stream models that they do not know.
    asked = addressed(provider.url, "openai/gpt-4o", input="rain?", stream=True)
    call = getattr(library, function)(**asked)

    async def later() -> list[Any]:
        return [event async for event in await call]

    events = list(call) if function == "responses" else asyncio.run(later())

    assert events[-1].type == "response.completed"
    assert tracer.span.fields["output"][0]["content"][0]["text"] == "No."
    assert tracer.span.fields["metadata"]["provider"] == "openai"
    assert len(tracer.span.ends) == 1


def test_text_is_streamed_as_well(library: Any, provider: Provider, tracer: FakeTracer) -> None:
    """Pieces of a text completion are added up."""
    event = {"id": "1", "object": "text_completion", "created": 1, "model": "tiny-1"}
    pieces = [
        {**event, "choices": [{"index": 0, "text": text, "finish_reason": reason}]}
        for text, reason in (("No", None), (".", "stop"))
    ]
    provider.will(Reply(events=pieces))

    url = addressed(provider.url, model="text-completion-openai/tiny")
    list(library.text_completion(**url, prompt="rain?", stream=True))

    (choice,) = tracer.span.fields["output"]
    assert (choice["text"], choice["finish_reason"]) == ("No.", "stop")
    assert tracer.span.fields["metadata"]["provider"] == "openai"
