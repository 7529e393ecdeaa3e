"""Bodies that users read themselves: the row has what they have read of them."""

from __future__ import annotations

import gc
import json
from collections.abc import Callable
from typing import Any

import pytest
from anthropic import AsyncStream, Stream

from braintrust_otel.instrument import library_version
from braintrust_otel_anthropic.clients import wrap_client
from support.anthropic_calls import (
    batch,
    block_events,
    client_of,
    message,
    message_events,
    streamed,
)
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
OUTPUT = {"role": "assistant", "content": TEXT, "stop_reason": "end_turn"}
METRICS = {"prompt_tokens": 1, "completion_tokens": 2, "tokens": 3}
RESULTS = [
    {"custom_id": "a", "result": {"type": "succeeded", "message": message([])}},
    {"custom_id": "b", "result": {"type": "expired"}},
]


def ended_once(tracer: FakeTracer) -> bool:
    """Whether the only span ended once, without an error and without a bug of ours."""
    return (tracer.span.errors, len(tracer.span.ends), tracer.bugs) == ([], 1, [])


@pytest.mark.parametrize("part", ["messages", "beta"])
@pytest.mark.parametrize(
    "read",
    [
        lambda body: body.json(),
        lambda body: json.loads(body.read()),
        lambda body: json.loads(b"".join(body.iter_bytes(3))),
    ],
    ids=["json", "read", "bytes"],
)
def test_body_that_the_user_reads_is_on_the_row(
    provider: Provider, client: Any, tracer: FakeTracer, read: Callable[[Any], Any], part: str
) -> None:
    """Whoever reads the body himself gets it, and the row is the same as for a plain call."""
    provider.will(Reply(message(TEXT)))
    messages = client.beta.messages if part == "beta" else client.messages

    with messages.with_streaming_response.create(**ASKED) as response:
        ends_before = list(tracer.span.ends)
        answer = read(response)

    assert (answer["content"], ends_before) == (TEXT, [])
    assert tracer.span.name == "anthropic.messages.create"
    assert tracer.span.fields == {
        "input": ASKED["messages"],
        "output": OUTPUT,
        "metadata": {"provider": "anthropic", "model": "tiny-2026-01-01", "max_tokens": 9},
        "metrics": METRICS,
    }
    assert ended_once(tracer)


@pytest.mark.parametrize(
    "read",
    [
        lambda body: list(body.iter_lines()),
        lambda body: list(body.iter_bytes(3)),
        lambda body: list(body.parse()),
    ],
    ids=["lines", "bytes", "parsed"],
)
def test_streamed_body_that_the_user_reads_is_on_the_row(
    provider: Provider, client: Any, tracer: FakeTracer, read: Callable[[Any], Any]
) -> None:
    """A stream that is read line by line, byte by byte or parsed is on the row whole."""
    provider.will(streamed(EVENTS))
    streaming = client.messages.with_streaming_response

    with streaming.create(**ASKED, stream=True) as response:
        assert read(response)

    assert tracer.span.fields["output"] == OUTPUT
    assert tracer.span.fields["metrics"] == {**METRICS, "time_to_first_token": 0.0}
    assert ended_once(tracer)


def test_stream_out_of_the_body_is_the_library_s(
    provider: Provider, client: Any, tracer: FakeTracer
) -> None:
    """What parsing the response gives is of the class that it is without tracing."""
    provider.will(streamed(EVENTS))

    with client.messages.with_streaming_response.create(**ASKED, stream=True) as response:
        stream = response.parse()

    assert type(stream) is Stream
    assert ended_once(tracer)


def test_body_that_nobody_reads_is_a_row(
    provider: Provider, client: Any, tracer: FakeTracer
) -> None:
    """Nothing is read on the user's behalf: then the row has nothing but the request."""
    provider.will(Reply(message(TEXT)))

    with client.messages.with_streaming_response.create(**ASKED) as response:
        assert response.status_code == 200

    assert tracer.span.fields["input"] == ASKED["messages"]
    assert "output" not in tracer.span.fields
    assert ended_once(tracer)


def test_body_that_is_cut_off_has_what_came(
    provider: Provider, client: Any, tracer: FakeTracer
) -> None:
    """What came until then is on the row, beside the error that the user gets."""
    provider.will(streamed(EVENTS[:3], is_cut=True))
    streaming = client.messages.with_streaming_response

    with (
        pytest.raises(Exception, match=r"peer closed|incomplete") as caught,
        streaming.create(**ASKED, stream=True) as response,
    ):
        list(response.iter_lines())

    assert tracer.span.errors == [caught.value]
    assert tracer.span.fields["output"]["content"] == [{"type": "text", "text": "a"}]
    assert len(tracer.span.ends) == 1


def test_body_that_is_dropped_ends_the_row(
    provider: Provider, client: Any, tracer: FakeTracer
) -> None:
    """A response that nobody holds any longer ends its row, whether or not it was closed."""
    provider.will(Reply(message(TEXT)))

    manager = client.messages.with_streaming_response.create(**ASKED)
    manager.__enter__().close()
    del manager
    gc.collect()

    assert ended_once(tracer)


def test_refusal_is_on_the_row(provider: Provider, client: Any, tracer: FakeTracer) -> None:
    """What the provider refuses is raised where the block is entered, and is on the row."""
    provider.will(Reply({"error": {"message": "no"}}, status=400))

    with (
        pytest.raises(Exception, match="no") as caught,
        client.messages.with_streaming_response.create(**ASKED),
    ):
        pass

    assert tracer.span.errors == [caught.value]


async def test_body_that_is_read_asynchronously_is_on_the_row(
    provider: Provider, async_client: Any, tracer: FakeTracer
) -> None:
    """The asynchronous client hands over the body too, and the row has what was read."""
    provider.will(Reply(message(TEXT)))
    streaming = async_client.messages.with_streaming_response

    async with streaming.create(**ASKED) as response:
        answer = await response.parse()

    assert answer.content[0].text == "ab"
    assert (tracer.span.fields["output"], tracer.span.fields["metrics"]) == (OUTPUT, METRICS)
    assert ended_once(tracer)


async def test_streamed_body_that_is_read_asynchronously_is_on_the_row(
    provider: Provider, async_client: Any, tracer: FakeTracer
) -> None:
    """Lines of a stream are added up while the asynchronous client hands them on."""
    provider.will(streamed(EVENTS))
    streaming = async_client.messages.with_streaming_response

    async with streaming.create(**ASKED, stream=True) as response:
        lines = [line async for line in response.iter_lines()]

    assert sum(line.startswith("data: {") for line in lines) == len(EVENTS)
    assert tracer.span.fields["output"] == OUTPUT
    assert ended_once(tracer)


async def test_stream_that_is_parsed_asynchronously_is_on_the_row(
    provider: Provider, async_client: Any, tracer: FakeTracer
) -> None:
    """So is the library's own stream over the body."""
    provider.will(streamed(EVENTS))
    streaming = async_client.messages.with_streaming_response

    async with streaming.create(**ASKED, stream=True) as response:
        stream = await response.parse()
        events = [event async for event in stream]

    assert type(stream) is AsyncStream
    assert len(events) == len(EVENTS)
    assert tracer.span.fields["output"] == OUTPUT
    assert ended_once(tracer)


@pytest.mark.parametrize("holder", ["messages", "client"])
def test_access_from_before_the_wrapping_is_made_anew(
    provider: Provider, tracer: FakeTracer, holder: str
) -> None:
    """A part of the client that was used before it was wrapped is traced all the same."""
    provider.will(Reply(message(TEXT)))
    with client_of(provider.url, asynchronous=False) as client:
        assert client.messages.with_streaming_response
        assert client.with_streaming_response.messages
        wrap_client(client, tracer.calls())
        owner = client if holder == "client" else client.messages

        way = owner.with_streaming_response
        with (way.messages if holder == "client" else way).create(**ASKED) as response:
            response.read()

    assert tracer.span.fields["output"] == OUTPUT


@pytest.fixture
def done(provider: Provider) -> Provider:
    """Provide a provider with the results of a batch."""
    ended = batch(processing_status="ended", results_url=f"{provider.url}/results")
    provider.will(Reply(ended), Reply(lines=RESULTS))
    return provider


@pytest.mark.usefixtures("done")
def test_lines_of_results_are_counted(client: Any, tracer: FakeTracer) -> None:
    """Results that the user reads as lines are counted like those that the client parses."""
    streaming = client.messages.batches.with_streaming_response

    with streaming.results("msgbatch_1") as response:
        lines = [json.loads(line) for line in response.iter_lines()]

    assert lines == RESULTS
    assert tracer.span.fields["output"] == {"succeeded": 1, "expired": 1}
    assert tracer.span.fields["metrics"] == METRICS
    assert ended_once(tracer)


@pytest.mark.skipif(
    library_version("anthropic") < (2,),
    reason="gives no results in raw responses",
)
@pytest.mark.usefixtures("done")
def test_results_in_a_raw_response_are_counted(client: Any, tracer: FakeTracer) -> None:
    """Results that come out of a raw response are counted while they are read."""
    raw = client.messages.batches.with_raw_response.results("msgbatch_1")
    ends_before = list(tracer.span.ends)
    names = [entry.custom_id for entry in raw.parse()]

    assert (names, ends_before) == (["a", "b"], [])
    assert tracer.span.fields["output"] == {"succeeded": 1, "expired": 1}
    assert ended_once(tracer)
