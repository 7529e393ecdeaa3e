"""Messages over a real connection: the user sees no difference, the row sees it all."""

from __future__ import annotations

import asyncio
import inspect
import pickle
import threading
import traceback
from typing import Any

import anthropic
import pytest
from anthropic import AsyncStream, Stream

from braintrust_otel_anthropic.clients import wrap_client
from support.anthropic_calls import block_events, client_of, message, message_events, streamed
from support.provider import Provider, Reply
from support.spans import FakeTracer

ASKED: dict[str, Any] = {
    "model": "tiny",
    "max_tokens": 9,
    "messages": [{"role": "user", "content": "hi"}],
}
TEXT = [{"type": "text", "text": "ab"}]
DELTAS = [{"type": "text_delta", "text": "a"}, {"type": "text_delta", "text": "b"}]
EVENTS = message_events(block_events({"type": "text", "text": ""}, DELTAS))
# Start of the message, start of the block, first text.
BEGINNING = EVENTS[:3]


def text_of(tracer: FakeTracer) -> Any:
    """Return the text of the only block on the only span."""
    (block,) = tracer.span.fields["output"]["content"]
    return block["text"]


def test_plain_call_is_one_row(provider: Provider, client: Any, tracer: FakeTracer) -> None:
    """The user gets a message; the whole row holds what was asked, answered and counted."""
    provider.will(Reply(message(TEXT)))

    answer = client.messages.create(**ASKED, system="Be brief.")

    assert type(answer) is anthropic.types.Message
    assert (tracer.span.name, tracer.span.type) == ("anthropic.messages.create", "llm")
    assert tracer.span.fields == {
        "input": [{"role": "system", "content": "Be brief."}, *ASKED["messages"]],
        "output": {"role": "assistant", "content": TEXT, "stop_reason": "end_turn"},
        "metadata": {"provider": "anthropic", "model": "tiny-2026-01-01", "max_tokens": 9},
        "metrics": {"prompt_tokens": 1, "completion_tokens": 2, "tokens": 3},
    }


def test_untraced_call_passes_through(provider: Provider, client: Any, tracer: FakeTracer) -> None:
    """Where nothing is active the call is made as it is, but for what no provider must see."""
    tracer.is_active = False
    provider.will(Reply(message(TEXT)))

    answer = client.messages.create(**ASKED, span_info={"name": "x"})

    assert answer.content[0].text == "ab"
    assert provider.requests == [ASKED]


@pytest.mark.parametrize("helper", ["create", "stream"])
def test_span_info_names_the_span_and_is_not_sent(
    provider: Provider, client: Any, tracer: FakeTracer, helper: str
) -> None:
    """What a prompt says about the call is on the row; the provider does not see it."""
    provider.will(streamed(EVENTS))
    streams = {"stream": True} if helper == "create" else {}
    info = {"name": "greet", "metadata": {"prompt": {"id": "p"}}}

    with getattr(client.messages, helper)(**ASKED, **streams, span_info=info) as events:
        list(events)

    assert tracer.span.name == "greet"
    assert tracer.span.fields["metadata"]["prompt"] == {"id": "p"}
    assert provider.requests == [{**ASKED, "stream": True}]


def test_iterators_are_sent_and_told_whole(
    provider: Provider, client: Any, tracer: FakeTracer
) -> None:
    """Whatever can be read once reaches both the provider and the row."""
    tool = {"name": "f", "input_schema": {"type": "object"}}
    prompt = [{"type": "text", "text": "Be brief."}]
    provider.will(Reply(message(TEXT)))

    client.messages.create(
        model="tiny",
        max_tokens=9,
        messages=iter(ASKED["messages"]),
        system=iter(prompt),
        tools=iter([tool]),
    )

    (request,) = provider.requests
    assert (request["messages"], request["system"]) == (ASKED["messages"], prompt)
    assert request["tools"] == [tool]
    assert tracer.span.fields["input"] == [
        {"role": "system", "content": prompt},
        *ASKED["messages"],
    ]
    assert tracer.span.fields["metadata"]["tools"][0]["function"]["name"] == "f"


def test_callers_arguments_stay_theirs(provider: Provider, client: Any) -> None:
    """Nothing that the caller passes is changed, not even the arguments as a dictionary."""
    asked = {**ASKED, "span_info": {"name": "x"}, "messages": list(ASKED["messages"])}
    provider.will(Reply(message(TEXT)))

    client.messages.create(**asked)

    assert asked == {**ASKED, "span_info": {"name": "x"}}


def test_error_reaches_the_user_and_the_row(
    provider: Provider, client: Any, tracer: FakeTracer
) -> None:
    """The very exception is raised and recorded, with its request beside it."""
    provider.will(Reply({"type": "error", "error": {"message": "no such model"}}, status=404))

    with pytest.raises(anthropic.NotFoundError, match="no such model") as caught:
        client.messages.create(**ASKED)

    assert tracer.span.errors == [caught.value]
    assert tracer.span.fields["input"] == ASKED["messages"]
    assert traceback.extract_tb(caught.tb)[-1].filename.endswith("_base_client.py")


@pytest.mark.parametrize("helper", ["create", "stream"])
def test_wrong_arguments_fail_as_ever(client: Any, tracer: FakeTracer, helper: str) -> None:
    """A call that the client refuses is refused by the client, and is on the row."""
    with pytest.raises(TypeError) as caught:
        getattr(client.messages, helper)(model="tiny", max_tokens=9)

    assert tracer.span.errors == [caught.value]


def test_wrong_asynchronous_arguments_fail_at_once(async_client: Any, tracer: FakeTracer) -> None:
    """The asynchronous client refuses wrong arguments before anything is awaited."""
    with pytest.raises(TypeError, match="messages") as caught:
        async_client.messages.create(model="tiny", max_tokens=9)

    assert tracer.span.errors == [caught.value]


def test_stream_is_one_row(provider: Provider, client: Any, tracer: FakeTracer) -> None:
    """The user gets the library's own stream, with its response; the row gets the whole answer."""
    provider.will(streamed(EVENTS))

    stream = client.messages.create(**ASKED, stream=True)
    kinds = [event.type for event in stream]

    assert type(stream) is Stream
    assert stream.response.status_code == 200
    assert kinds == [event["type"] for event in EVENTS]
    assert tracer.span.fields["output"] == {
        "role": "assistant",
        "content": TEXT,
        "stop_reason": "end_turn",
    }
    assert tracer.span.fields["metrics"] == {
        "prompt_tokens": 1,
        "completion_tokens": 2,
        "tokens": 3,
        "time_to_first_token": 0.0,
    }


def test_stream_in_a_block_is_one_row(provider: Provider, client: Any, tracer: FakeTracer) -> None:
    """The stream can be entered, and is then the very same stream."""
    provider.will(streamed(EVENTS))
    stream = client.messages.create(**ASKED, stream=True)

    with stream as entered:
        count = len(list(entered))

    assert entered is stream
    assert (count, text_of(tracer), len(tracer.span.ends)) == (len(EVENTS), "ab", 1)


def test_stream_closed_early_keeps_what_came(
    provider: Provider, client: Any, tracer: FakeTracer
) -> None:
    """Leaving the block early closes the connection; the row has no error, and no totals."""
    provider.will(streamed(EVENTS))

    with client.messages.create(**ASKED, stream=True) as stream:
        [next(stream) for _ in BEGINNING]

    assert stream.response.is_closed
    assert text_of(tracer) == "a"
    assert "completion_tokens" not in tracer.span.fields["metrics"]
    assert (tracer.span.errors, len(tracer.span.ends)) == ([], 1)


@pytest.mark.parametrize("reads", [0, 1])
def test_dropped_stream_ends_its_row(
    provider: Provider, client: Any, tracer: FakeTracer, reads: int
) -> None:
    """A stream that nobody holds ends its row there and then, read or not."""
    gate = threading.Event()
    provider.will(streamed(EVENTS, gate=gate))

    for _ in zip(range(reads), client.messages.create(**ASKED, stream=True), strict=False):
        pass

    ends = len(tracer.span.ends)
    gate.set()
    assert ends == 1


def test_lost_connection_is_an_error_with_what_came(
    provider: Provider, client: Any, tracer: FakeTracer
) -> None:
    """A stream that breaks raises what it always raised, and the row has both."""
    provider.will(streamed(BEGINNING, is_cut=True))
    stream = client.messages.create(**ASKED, stream=True)

    with pytest.raises(Exception, match=r".") as caught:
        list(stream)

    assert tracer.span.errors == [caught.value]
    assert text_of(tracer) == "a"


def test_error_event_fails_the_row(provider: Provider, client: Any, tracer: FakeTracer) -> None:
    """A provider that gives up in mid-stream is an error with what had come."""
    told = {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}
    provider.will(streamed([*BEGINNING, told]))
    stream = client.messages.create(**ASKED, stream=True)

    with pytest.raises(anthropic.APIStatusError) as caught:
        list(stream)

    assert tracer.span.errors == [caught.value]
    assert text_of(tracer) == "a"


def test_raw_response_is_the_users(provider: Provider, client: Any, tracer: FakeTracer) -> None:
    """The user gets the raw response and parses it as ever; the row is complete without it."""
    provider.will(Reply(message(TEXT)))

    raw = client.messages.with_raw_response.create(**ASKED)

    assert text_of(tracer) == "ab"
    assert raw.headers["content-type"] == "application/json"
    assert raw.parse().content[0].text == "ab"


def test_raw_stream_is_followed(provider: Provider, client: Any, tracer: FakeTracer) -> None:
    """A stream that is parsed out of a raw response is the library's, and is on the row."""
    provider.will(streamed(EVENTS))

    raw = client.messages.with_raw_response.create(**ASKED, stream=True)
    stream = raw.parse()

    assert type(stream) is Stream
    assert len(list(stream)) == len(EVENTS)
    assert text_of(tracer) == "ab"


async def test_asynchronous_raw_stream_is_followed(
    provider: Provider, async_client: Any, tracer: FakeTracer
) -> None:
    """The same goes for the asynchronous client, whose newer versions parse asynchronously."""
    provider.will(streamed(EVENTS))

    raw = await async_client.messages.with_raw_response.create(**ASKED, stream=True)
    parsed = raw.parse()
    stream = await parsed if inspect.isawaitable(parsed) else parsed
    events = [event async for event in stream]

    assert type(stream) is AsyncStream
    assert len(events) == len(EVENTS)
    assert text_of(tracer) == "ab"


@pytest.mark.parametrize("holder", ["messages", "client"])
def test_raw_access_from_before_the_wrapping_is_made_anew(
    provider: Provider, tracer: FakeTracer, holder: str
) -> None:
    """A part of the client that was used before it was wrapped is traced all the same."""
    provider.will(Reply(message(TEXT)))
    with client_of(provider.url, asynchronous=False) as client:
        assert client.messages.with_raw_response
        assert client.with_raw_response.messages
        wrap_client(client, tracer.calls())

        raw = client.messages.with_raw_response
        (raw if holder == "messages" else client.with_raw_response.messages).create(**ASKED)

    assert text_of(tracer) == "ab"


def test_beta_messages_are_traced(provider: Provider, client: Any, tracer: FakeTracer) -> None:
    """The beta part is traced like the other, and gives its own classes."""
    provider.will(Reply(message(TEXT)), streamed(EVENTS))

    answer = client.beta.messages.create(**ASKED, betas=["x"])
    events = list(client.beta.messages.create(**ASKED, stream=True))

    assert type(answer) is anthropic.types.beta.BetaMessage
    assert len(events) == len(EVENTS)
    assert [span.name for span in tracer.spans] == ["anthropic.messages.create"] * 2
    assert [span.fields["output"]["content"] for span in tracer.spans] == [TEXT, TEXT]


def test_server_tools_are_spans_of_their_own(
    provider: Provider, client: Any, tracer: FakeTracer
) -> None:
    """A tool that Anthropic ran is a tool span under that of the call."""
    use = {"type": "server_tool_use", "id": "s", "name": "web_search", "input": {"query": "q"}}
    found = [{"type": "web_search_result", "url": "u", "title": "t", "encrypted_content": "xyz"}]
    result = {"type": "web_search_tool_result", "tool_use_id": "s", "content": found}
    provider.will(Reply(message([use, result, *TEXT])))

    client.messages.create(**ASKED)

    call, tool = tracer.spans
    assert (tool.name, tool.type, tool.parent) == ("web_search", "tool", call)
    assert tool.fields["input"] == {"query": "q"}
    assert tool.fields["output"] == [{**found[0], "encrypted_content": "<redacted>"}]
    assert (len(tool.ends), len(call.ends)) == (1, 1)
    assert call.fields["output"]["content"] == [use, result, *TEXT]


def test_results_can_be_pickled(provider: Provider, client: Any) -> None:
    """A message is the library's own through and through."""
    provider.will(Reply(message(TEXT)))

    answer = client.messages.create(**ASKED)

    assert pickle.loads(pickle.dumps(answer)) == answer  # noqa: S301  # pickled one line above


async def test_asynchronous_call_starts_when_it_is_awaited(
    provider: Provider, async_client: Any, tracer: FakeTracer
) -> None:
    """Making the call gives an awaitable; the span starts with the request."""
    provider.will(Reply(message(TEXT)))

    waiting = async_client.messages.create(**ASKED)
    spans_before = len(tracer.spans)
    answer = await waiting

    assert spans_before == 0
    assert answer.content[0].text == "ab"
    assert text_of(tracer) == "ab"


async def test_untraced_asynchronous_call_passes_through(
    provider: Provider, async_client: Any, tracer: FakeTracer
) -> None:
    """Where nothing is active the asynchronous call is made as it is."""
    tracer.is_active = False
    provider.will(Reply(message(TEXT)))

    answer = await async_client.messages.create(**ASKED, span_info={"name": "x"})

    assert answer.content[0].text == "ab"
    assert provider.requests == [ASKED]


async def test_asynchronous_stream_is_one_row(
    provider: Provider, async_client: Any, tracer: FakeTracer
) -> None:
    """The asynchronous stream is the library's own, can be entered, and is on the row whole."""
    provider.will(streamed(EVENTS))

    stream = await async_client.messages.create(**ASKED, stream=True)
    async with stream as entered:
        events = [event async for event in entered]

    assert type(stream) is AsyncStream
    assert entered is stream
    assert len(events) == len(EVENTS)
    assert text_of(tracer) == "ab"


async def test_asynchronous_stream_left_early_keeps_what_came(
    provider: Provider, async_client: Any, tracer: FakeTracer
) -> None:
    """Leaving the block early ends the row without an error."""
    provider.will(streamed(EVENTS))

    async with await async_client.messages.create(**ASKED, stream=True) as stream:
        [await anext(stream) for _ in BEGINNING]

    assert text_of(tracer) == "a"
    assert (tracer.span.errors, len(tracer.span.ends)) == ([], 1)


async def test_cancelled_stream_ends_its_row(
    provider: Provider, async_client: Any, tracer: FakeTracer
) -> None:
    """Cancelling the task that reads ends the row with the cancellation and what had come."""
    gate = threading.Event()
    provider.will(streamed(EVENTS, gate=gate))
    stream = await async_client.messages.create(**ASKED, stream=True)
    await anext(stream)
    reading = asyncio.ensure_future(anext(stream))
    await asyncio.sleep(0)

    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading

    gate.set()
    assert [type(error) for error in tracer.span.errors] == [asyncio.CancelledError]
    assert tracer.span.fields["metrics"] == {"prompt_tokens": 1}


async def test_parallel_calls_are_a_row_each(
    provider: Provider, async_client: Any, tracer: FakeTracer
) -> None:
    """Calls that run at the same time do not get into each other's rows."""
    provider.will(*[Reply(message(TEXT)) for _ in range(3)])

    await asyncio.gather(
        *[async_client.messages.create(**{**ASKED, "model": str(n)}) for n in range(3)]
    )

    assert [len(span.ends) for span in tracer.spans] == [1, 1, 1]
    assert sorted(request["model"] for request in provider.requests) == ["0", "1", "2"]
