"""The usage of a stream is requested where the user lets us, and he does not see it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import openai
import pytest

from braintrust_otel_openai import OpenAIInstrumentor, wrap_openai
from braintrust_otel_openai.clients import wrap_client
from braintrust_otel_openai.stream_usage import UsageCalls
from support.openai_calls import client_of, piece
from support.provider import Provider, Reply
from support.spans import FakeTracer

ASKED: dict[str, Any] = {"model": "tiny", "messages": [{"role": "user", "content": "hi"}]}
USAGE = {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3}
COUNTED = {"prompt_tokens": 1, "completion_tokens": 2, "tokens": 3, "time_to_first_token": 0.0}
EVENTS = [
    piece({"role": "assistant", "content": "a"}),
    piece({}, "stop"),
    {**piece({}), "choices": [], "usage": USAGE},
]
SHOWN = 2
REQUEST = {"include_usage": True}


class Tracing(UsageCalls):
    """Starts fake spans for calls whose usage is requested."""

    def __init__(self, tracer: FakeTracer, *, request_stream_usage: bool) -> None:
        super().__init__("test", request_stream_usage=request_stream_usage)
        calls = tracer.calls()
        self.active = calls.active
        self.begin = calls.begin
        self.clocks = calls.clocks
        self.report = calls.report


@pytest.fixture
def asking(provider: Provider, tracer: FakeTracer) -> Iterator[Any]:
    """Provide a client whose user wants the usage."""
    provider.will(Reply(events=EVENTS))
    with client_of(provider.url, asynchronous=False) as made:
        yield wrap_client(made, Tracing(tracer, request_stream_usage=True))


@pytest.fixture
def asking_later(provider: Provider, tracer: FakeTracer) -> Any:
    """Provide an asynchronous client whose user wants the usage."""
    provider.will(Reply(events=EVENTS))
    made = client_of(provider.url, asynchronous=True)
    return wrap_client(made, Tracing(tracer, request_stream_usage=True))


def helper(client: Any) -> Any:
    """Return the part with the stream helper; the library's older versions had it elsewhere."""
    chat = client.chat.completions
    return chat if hasattr(chat, "stream") else client.beta.chat.completions


def test_usage_is_requested_and_hidden(provider: Provider, asking: Any, tracer: FakeTracer) -> None:
    """The row has the counts; the user sees the chunks that he asked for, in the same stream."""
    stream = asking.chat.completions.create(**ASKED, stream=True)
    chunks = list(stream)

    assert provider.requests[0]["stream_options"] == REQUEST
    assert type(stream) is openai.Stream
    assert (len(chunks), [chunk.usage for chunk in chunks]) == (SHOWN, [None, None])
    assert tracer.span.fields["metrics"] == COUNTED


async def test_usage_of_an_asynchronous_stream_is_hidden(
    provider: Provider, asking_later: Any, tracer: FakeTracer
) -> None:
    """The same holds for the asynchronous client."""
    async with asking_later:
        stream = await asking_later.chat.completions.create(**ASKED, stream=True)
        chunks = [chunk async for chunk in stream]

    assert provider.requests[0]["stream_options"] == REQUEST
    assert len(chunks) == SHOWN
    assert tracer.span.fields["metrics"] == COUNTED


def test_usage_is_hidden_behind_a_raw_response(asking: Any, tracer: FakeTracer) -> None:
    """The stream that is parsed out of a raw response lacks it too, parsed twice or not."""
    raw = asking.chat.completions.with_raw_response.create(**ASKED, stream=True)
    stream = raw.parse()

    assert raw.parse() is stream
    assert len(list(stream)) == SHOWN
    assert tracer.span.fields["metrics"] == COUNTED


async def test_usage_is_hidden_behind_an_asynchronous_raw_response(
    asking_later: Any, tracer: FakeTracer
) -> None:
    """The same holds for the asynchronous client."""
    async with asking_later:
        raw = await asking_later.chat.completions.with_raw_response.create(**ASKED, stream=True)
        chunks = [chunk async for chunk in raw.parse()]

    assert len(chunks) == SHOWN
    assert tracer.span.fields["metrics"] == COUNTED


def test_usage_is_hidden_from_the_helper(
    provider: Provider, asking: Any, tracer: FakeTracer
) -> None:
    """The helper's events and its final answer are those of a request without the usage."""
    with helper(asking).stream(**ASKED) as stream:
        chunks = [event for event in stream if event.type == "chunk"]
        final = stream.get_final_completion()

    assert provider.requests[0]["stream_options"] == REQUEST
    assert (len(chunks), final.usage) == (SHOWN, None)
    assert tracer.span.fields["metrics"] == COUNTED


async def test_usage_is_hidden_from_the_asynchronous_helper(
    asking_later: Any, tracer: FakeTracer
) -> None:
    """The same holds for the asynchronous client."""
    async with asking_later, helper(asking_later).stream(**ASKED) as stream:
        chunks = [event async for event in stream if event.type == "chunk"]

    assert len(chunks) == SHOWN
    assert tracer.span.fields["metrics"] == COUNTED


def test_usage_of_text_completions_is_requested_too(provider: Provider, asking: Any) -> None:
    """The older API tells its usage in the same way."""
    chunks = list(asking.completions.create(model="tiny", prompt="Once", stream=True))

    assert provider.requests[0]["stream_options"] == REQUEST
    assert len(chunks) == SHOWN


@pytest.mark.parametrize("options", [{"include_usage": True}, {"include_usage": False}])
def test_users_own_wish_counts(provider: Provider, asking: Any, options: Any) -> None:
    """Whoever says for himself whether he wants the usage gets what is answered, unhidden."""
    chunks = list(asking.chat.completions.create(**ASKED, stream=True, stream_options=options))

    assert provider.requests[0]["stream_options"] == options
    assert len(chunks) == len(EVENTS)


def test_other_options_stay(provider: Provider, asking: Any) -> None:
    """Options about other things are sent as well, and the user's mapping is not touched."""
    options = {"include_obfuscation": False}

    list(asking.chat.completions.create(**ASKED, stream=True, stream_options=options))

    assert provider.requests[0]["stream_options"] == {**options, **REQUEST}
    assert options == {"include_obfuscation": False}


def test_options_in_the_body_are_the_users(provider: Provider, asking: Any) -> None:
    """Options that are given beside the arguments are left alone."""
    body = {"stream_options": {"include_usage": False}}

    list(asking.chat.completions.create(**ASKED, stream=True, extra_body=body))

    assert provider.requests[0]["stream_options"] == {"include_usage": False}


def test_nothing_is_added_where_bytes_are_read(provider: Provider, asking: Any) -> None:
    """Whoever reads the body himself would see what is added, so nothing is."""
    way = asking.chat.completions.with_streaming_response

    with way.create(**ASKED, stream=True) as response:
        response.read()

    assert "stream_options" not in provider.requests[0]


def test_nothing_is_added_without_a_stream(provider: Provider, asking: Any) -> None:
    """An answer that comes at once has its usage anyway."""
    provider.replies[0] = Reply({"id": "c", "choices": [], "usage": USAGE})

    answer = asking.chat.completions.create(**ASKED)

    assert "stream_options" not in provider.requests[0]
    assert answer.usage is not None


def test_nothing_is_added_where_nothing_is_traced(
    provider: Provider, asking: Any, tracer: FakeTracer
) -> None:
    """A call that leaves no row has no use for the counts."""
    tracer.is_active = False

    chunks = list(asking.chat.completions.create(**ASKED, stream=True))

    assert "stream_options" not in provider.requests[0]
    assert len(chunks) == len(EVENTS)


def test_stream_closed_early_ends_well(asking: Any, tracer: FakeTracer) -> None:
    """Leaving early has what came until then, and no counts."""
    with asking.chat.completions.create(**ASKED, stream=True) as stream:
        next(iter(stream))

    assert (tracer.span.errors, len(tracer.span.ends)) == ([], 1)
    assert tracer.span.fields["output"][0]["message"]["content"] == "a"


def test_it_is_off_by_default(provider: Provider, client: Any) -> None:
    """Without a word from the user no request is changed."""
    provider.will(Reply(events=EVENTS))

    chunks = list(client.chat.completions.create(**ASKED, stream=True))

    assert "stream_options" not in provider.requests[0]
    assert len(chunks) == len(EVENTS)


def test_refusal_to_ask_comes_before_the_environment(
    provider: Provider, tracer: FakeTracer
) -> None:
    """A client that was wrapped with False asks nobody."""
    provider.will(Reply(events=EVENTS))
    with client_of(provider.url, asynchronous=False) as client:
        wrap_client(client, Tracing(tracer, request_stream_usage=False))

        list(client.chat.completions.create(**ASKED, stream=True))

    assert "stream_options" not in provider.requests[0]


@pytest.mark.parametrize("asked", [None, True, False])
def test_both_ways_take_the_wish(asked: bool | None) -> None:
    """The function for one client and the instrumentor for all of them take the argument."""
    instrumentor = OpenAIInstrumentor()

    with openai.OpenAI(api_key="x") as client:
        assert wrap_openai(client, request_stream_usage=asked) is client
    instrumentor.instrument(request_stream_usage=asked)
    instrumentor.uninstrument()
