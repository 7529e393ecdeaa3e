"""Chat completions over a real connection: the user sees no difference, the row sees it all."""

from __future__ import annotations

import asyncio
import json
import threading
from typing import Any

import openai
import pytest
from openai import AsyncStream, Stream
from pydantic import BaseModel, ValidationError

from braintrust_otel_openai.clients import wrap_client
from support.openai_calls import completion, piece
from support.provider import Provider, Reply
from support.spans import FakeTracer

USAGE = {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3}
ASKED: dict[str, Any] = {"model": "tiny", "messages": [{"role": "user", "content": "hi"}]}
STREAMED = [
    piece({"role": "assistant", "content": ""}),
    piece({"content": "a"}),
    piece({"content": "b"}),
    piece({}, "stop"),
    {**piece({}), "choices": [], "usage": USAGE},
]


class Joke(BaseModel):
    """An answer in a form."""

    text: str


def helpers(client: Any) -> Any:
    """Return the part of *client* that parses and streams; the library's older versions had two."""
    chat = client.chat.completions
    return chat if hasattr(chat, "parse") else client.beta.chat.completions


def output(tracer: FakeTracer) -> Any:
    """Return the text of the only choice."""
    return tracer.span.fields["output"][0]["message"]["content"]


def test_plain_call_is_one_row(provider: Provider, client: Any, tracer: FakeTracer) -> None:
    """The user gets a completion; the whole row holds what was asked, answered and counted."""
    provider.will(Reply(completion({"content": "a"}, usage=USAGE)))

    answer = client.chat.completions.create(**ASKED, temperature=0)

    assert type(answer) is openai.types.chat.ChatCompletion
    assert tracer.span.fields == {
        "input": ASKED["messages"],
        "output": completion({"content": "a"})["choices"],
        "metadata": {"provider": "openai", "model": "tiny-2026-01-01", "temperature": 0},
        "metrics": {"prompt_tokens": 1, "completion_tokens": 2, "tokens": 3},
    }


def test_untraced_call_passes_through(provider: Provider, client: Any, tracer: FakeTracer) -> None:
    """Where nothing is active the call is made as it is, but for what no provider must see."""
    tracer.is_active = False
    provider.will(Reply(completion({"content": "a"})))

    answer = client.chat.completions.create(**ASKED, span_info={"name": "x"})

    assert answer.choices[0].message.content == "a"
    assert provider.requests == [ASKED]


def test_span_info_names_the_span_and_is_not_sent(
    provider: Provider, client: Any, tracer: FakeTracer
) -> None:
    """What a prompt says about the call is on the row; the provider does not see it."""
    provider.will(Reply(completion({"content": "a"})))

    client.chat.completions.create(
        **ASKED, span_info={"name": "greet", "metadata": {"prompt": {"id": "p"}}}
    )

    assert tracer.span.name == "greet"
    assert tracer.span.fields["metadata"]["prompt"] == {"id": "p"}
    assert provider.requests == [ASKED]


@pytest.mark.parametrize("stream", [False, True])
def test_iterators_are_sent_and_told_whole(
    provider: Provider, client: Any, tracer: FakeTracer, stream: bool
) -> None:
    """Messages and tools that can be read once reach both the provider and the row."""
    tool = {"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}
    provider.will(Reply(completion({"content": "a"}), events=STREAMED if stream else None))

    list(
        client.chat.completions.create(
            model="tiny", messages=iter(ASKED["messages"]), tools=iter([tool]), stream=stream
        )
    )

    assert provider.requests[0]["messages"] == ASKED["messages"]
    assert tracer.span.fields["input"] == ASKED["messages"]
    assert tracer.span.fields["metadata"]["tools"] == provider.requests[0]["tools"] == [tool]


def test_error_reaches_the_user_and_the_row(
    provider: Provider, client: Any, tracer: FakeTracer
) -> None:
    """The very exception is raised and recorded, with its request beside it."""
    provider.will(Reply({"error": {"message": "no such model"}}, status=404))

    with pytest.raises(openai.NotFoundError, match="no such model") as caught:
        client.chat.completions.create(**ASKED)

    assert tracer.span.errors == [caught.value]
    assert tracer.span.fields["input"] == ASKED["messages"]


def test_wrong_arguments_fail_as_ever(client: Any, tracer: FakeTracer) -> None:
    """A call that the client refuses is refused by the client, and is on the row."""
    with pytest.raises(TypeError, match="messages") as caught:
        client.chat.completions.create(model="tiny")

    assert tracer.span.errors == [caught.value]


def test_wrong_asynchronous_arguments_fail_at_once(async_client: Any, tracer: FakeTracer) -> None:
    """The asynchronous client refuses wrong arguments before anything is awaited."""
    with pytest.raises(TypeError, match="messages") as caught:
        async_client.chat.completions.create(model="tiny")

    assert tracer.span.errors == [caught.value]


def test_stream_is_one_row(provider: Provider, client: Any, tracer: FakeTracer) -> None:
    """The user gets the library's own stream, with its response; the row gets the whole answer."""
    provider.will(Reply(events=STREAMED))

    stream = client.chat.completions.create(**ASKED, stream=True)
    texts = [chunk.choices[0].delta.content for chunk in stream if chunk.choices]

    assert type(stream) is Stream
    assert stream.response.status_code == 200
    assert texts == ["", "a", "b", None]
    assert output(tracer) == "ab"
    assert tracer.span.fields["metrics"] == {
        "prompt_tokens": 1,
        "completion_tokens": 2,
        "tokens": 3,
        "time_to_first_token": 0.0,
    }


def test_stream_closed_early_keeps_what_came(
    provider: Provider, client: Any, tracer: FakeTracer
) -> None:
    """Leaving the with block early closes the connection and ends the row without an error."""
    provider.will(Reply(events=STREAMED))

    with client.chat.completions.create(**ASKED, stream=True) as stream:
        next(stream)
        next(stream)

    assert stream.response.is_closed
    assert output(tracer) == "a"
    assert (tracer.span.errors, len(tracer.span.ends)) == ([], 1)


def test_dropped_stream_keeps_what_came(
    provider: Provider, client: Any, tracer: FakeTracer
) -> None:
    """A loop that is left over a stream that nobody holds ends the row there and then."""
    gate = threading.Event()
    provider.will(Reply(events=STREAMED, gate=gate))

    for _ in client.chat.completions.create(**ASKED, stream=True):
        break

    ends = len(tracer.span.ends)
    gate.set()
    assert ends == 1


def test_lost_connection_is_an_error_with_what_came(
    provider: Provider, client: Any, tracer: FakeTracer
) -> None:
    """A stream that breaks raises what it always raised, and the row has both."""
    provider.will(Reply(events=STREAMED[:2], is_cut=True))
    stream = client.chat.completions.create(**ASKED, stream=True)

    with pytest.raises(Exception, match=r".") as caught:
        list(stream)

    assert tracer.span.errors == [caught.value]
    assert output(tracer) == "a"


def test_stream_helper_is_one_row(provider: Provider, client: Any, tracer: FakeTracer) -> None:
    """The library's own stream helper works as ever, and leaving it early ends the row."""
    provider.will(Reply(events=STREAMED))

    with helpers(client).stream(**ASKED) as stream:
        next(event for event in stream if getattr(event, "delta", ""))

    assert output(tracer) == "a"
    assert len(tracer.span.ends) == 1


def test_parsed_answer_is_one_row(provider: Provider, client: Any, tracer: FakeTracer) -> None:
    """Parsing gives the user his object; the row has the text that came, and the schema."""
    provider.will(Reply(completion({"content": '{"text": "a"}'})))

    answer = helpers(client).parse(**ASKED, response_format=Joke)

    assert answer.choices[0].message.parsed == Joke(text="a")
    message = tracer.span.fields["output"][0]["message"]
    assert message == {"role": "assistant", "content": '{"text": "a"}'}
    assert tracer.span.fields["metadata"]["response_format"]["type"] == "json_schema"


def test_answer_that_cannot_be_parsed_is_counted(
    provider: Provider, client: Any, tracer: FakeTracer
) -> None:
    """An answer that was cut off raises, but its tokens and text are on the row."""
    cut = completion({"content": '{"te'}, usage=USAGE)
    cut["choices"][0]["finish_reason"] = "length"
    provider.will(Reply(cut))

    with pytest.raises(openai.LengthFinishReasonError) as caught:
        helpers(client).parse(**ASKED, response_format=Joke)

    assert tracer.span.errors == [caught.value]
    assert tracer.span.fields["metrics"]["tokens"] == 3
    assert output(tracer) == '{"te'


def test_answer_of_another_form_is_counted(
    provider: Provider, client: Any, tracer: FakeTracer
) -> None:
    """An answer that does not fit the form raises as ever, but its tokens and text are there."""
    provider.will(Reply(completion({"content": '{"joke": "a"}'}, usage=USAGE)))

    with pytest.raises(ValidationError) as caught:
        helpers(client).parse(**ASKED, response_format=Joke)

    assert tracer.span.errors == [caught.value]
    assert tracer.span.fields["metrics"]["tokens"] == 3
    assert output(tracer) == '{"joke": "a"}'


async def test_asynchronous_answer_of_another_form_is_counted(
    provider: Provider, async_client: Any, tracer: FakeTracer
) -> None:
    """The same goes for the asynchronous client."""
    provider.will(Reply(completion({"content": '{"joke": "a"}'}, usage=USAGE)))

    with pytest.raises(ValidationError) as caught:
        await helpers(async_client).parse(**ASKED, response_format=Joke)

    assert tracer.span.errors == [caught.value]
    assert output(tracer) == '{"joke": "a"}'


def test_block_that_fails_is_on_the_row(
    provider: Provider, client: Any, tracer: FakeTracer
) -> None:
    """What the block of the stream helper raises, as on an answer of another form, is told."""
    provider.will(Reply(events=[piece({"content": '{"te'}), piece({}, "length")]))

    with (
        pytest.raises(openai.LengthFinishReasonError) as caught,
        helpers(client).stream(**ASKED, response_format=Joke) as stream,
    ):
        stream.until_done()

    assert tracer.span.errors == [caught.value]
    assert output(tracer) == '{"te'


def test_raw_response_is_the_users(provider: Provider, client: Any, tracer: FakeTracer) -> None:
    """The user gets the raw response and parses it as ever; the row is complete without it."""
    provider.will(Reply(completion({"content": "a"}, usage=USAGE)))

    raw = client.chat.completions.with_raw_response.create(**ASKED)

    assert output(tracer) == "a"
    assert raw.headers["content-type"] == "application/json"
    assert raw.parse().choices[0].message.content == "a"
    assert raw.parse() is raw.parse()


def test_raw_stream_is_followed(provider: Provider, client: Any, tracer: FakeTracer) -> None:
    """A stream that is parsed out of a raw response is the library's, and is on the row."""
    provider.will(Reply(events=STREAMED))

    raw = client.chat.completions.with_raw_response.create(**ASKED, stream=True)
    stream = raw.parse()

    assert type(stream) is Stream
    assert len(list(stream)) == len(STREAMED)
    assert output(tracer) == "ab"


def test_raw_access_from_before_the_wrapping_is_made_anew(
    provider: Provider, tracer: FakeTracer
) -> None:
    """A part of the client that was used before it was wrapped is traced all the same."""
    provider.will(Reply(completion({"content": "a"})))
    with openai.OpenAI(base_url=provider.url, api_key="x") as client:
        assert client.chat.completions.with_raw_response
        wrap_client(client, tracer.calls())

        client.chat.completions.with_raw_response.create(**ASKED)

    assert output(tracer) == "a"


@pytest.mark.parametrize("read", [lambda body: body.json(), lambda body: json.loads(body.read())])
def test_body_that_the_user_reads_is_on_the_row(
    provider: Provider, client: Any, tracer: FakeTracer, read: Any
) -> None:
    """Whoever reads the body himself gets it, and the row has what he has read."""
    provider.will(Reply(completion({"content": "a"}, usage=USAGE)))

    with client.chat.completions.with_streaming_response.create(**ASKED) as response:
        assert read(response)["choices"][0]["message"]["content"] == "a"

    assert output(tracer) == "a"
    assert tracer.span.fields["metrics"]["tokens"] == 3


@pytest.mark.parametrize(
    "read",
    [
        lambda response: list(response.iter_lines()),
        lambda response: list(response.iter_bytes(3)),
        lambda response: list(response.parse()),
    ],
)
def test_streamed_body_that_the_user_reads_is_on_the_row(
    provider: Provider, client: Any, tracer: FakeTracer, read: Any
) -> None:
    """A stream that is read line by line, byte by byte or parsed is on the row whole."""
    provider.will(Reply(events=STREAMED))
    streaming = client.chat.completions.with_streaming_response

    with streaming.create(**ASKED, stream=True) as response:
        read(response)

    assert output(tracer) == "ab"
    assert tracer.span.fields["metrics"]["time_to_first_token"] == 0.0
    assert (tracer.span.errors, len(tracer.span.ends)) == ([], 1)


def test_body_that_nobody_reads_is_a_row(
    provider: Provider, client: Any, tracer: FakeTracer
) -> None:
    """Nothing is read on the user's behalf: then the row has nothing but the request."""
    provider.will(Reply(completion({"content": "a"})))

    with client.chat.completions.with_streaming_response.create(**ASKED) as response:
        assert response.status_code == 200

    assert "output" not in tracer.span.fields
    assert len(tracer.span.ends) == 1


async def test_body_that_is_read_asynchronously_is_on_the_row(
    provider: Provider, async_client: Any, tracer: FakeTracer
) -> None:
    """The asynchronous client hands over the body too, and the row has what was read."""
    provider.will(Reply(completion({"content": "a"})))
    streaming = async_client.chat.completions.with_streaming_response

    async with streaming.create(**ASKED) as response:
        answer = await response.parse()

    assert answer.choices[0].message.content == "a"
    assert output(tracer) == "a"


async def test_asynchronous_call_starts_when_it_is_awaited(
    provider: Provider, async_client: Any, tracer: FakeTracer
) -> None:
    """Making the call gives an awaitable; the span starts with the request."""
    provider.will(Reply(completion({"content": "a"})))

    waiting = async_client.chat.completions.create(**ASKED)
    spans_before = len(tracer.spans)
    answer = await waiting

    assert spans_before == 0
    assert answer.choices[0].message.content == "a"
    assert output(tracer) == "a"


async def test_untraced_asynchronous_call_passes_through(
    provider: Provider, async_client: Any, tracer: FakeTracer
) -> None:
    """Where nothing is active the asynchronous call is made as it is."""
    tracer.is_active = False
    provider.will(Reply(completion({"content": "a"})))

    answer = await async_client.chat.completions.create(**ASKED, span_info={"name": "x"})

    assert answer.choices[0].message.content == "a"
    assert provider.requests == [ASKED]


async def test_asynchronous_stream_is_one_row(
    provider: Provider, async_client: Any, tracer: FakeTracer
) -> None:
    """The asynchronous stream is the library's own, and is on the row whole."""
    provider.will(Reply(events=STREAMED))

    stream = await async_client.chat.completions.create(**ASKED, stream=True)
    chunks = [chunk async for chunk in stream]

    assert type(stream) is AsyncStream
    assert len(chunks) == len(STREAMED)
    assert output(tracer) == "ab"


async def test_asynchronous_stream_left_early_keeps_what_came(
    provider: Provider, async_client: Any, tracer: FakeTracer
) -> None:
    """Leaving the async with block early ends the row without an error."""
    provider.will(Reply(events=STREAMED))

    async with await async_client.chat.completions.create(**ASKED, stream=True) as stream:
        await anext(stream)
        await anext(stream)

    assert output(tracer) == "a"
    assert (tracer.span.errors, len(tracer.span.ends)) == ([], 1)


async def test_cancelled_stream_ends_its_row(
    provider: Provider, async_client: Any, tracer: FakeTracer
) -> None:
    """Cancelling the task that reads ends the row with the cancellation and what had come."""
    gate = threading.Event()
    provider.will(Reply(events=STREAMED[1:], gate=gate))
    stream = await async_client.chat.completions.create(**ASKED, stream=True)
    await anext(stream)
    reading = asyncio.ensure_future(anext(stream))
    await asyncio.sleep(0)

    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading

    gate.set()
    assert [type(error) for error in tracer.span.errors] == [asyncio.CancelledError]
    assert output(tracer) == "a"


async def test_asynchronous_stream_helper_is_one_row(
    provider: Provider, async_client: Any, tracer: FakeTracer
) -> None:
    """The library's own asynchronous stream helper works as ever."""
    provider.will(Reply(events=STREAMED))

    async with helpers(async_client).stream(**ASKED) as stream:
        final = await stream.get_final_completion()

    assert final.choices[0].message.content == "ab"
    assert output(tracer) == "ab"


async def test_parallel_calls_are_a_row_each(
    provider: Provider, async_client: Any, tracer: FakeTracer
) -> None:
    """Calls that run at the same time do not get into each other's rows."""
    provider.will(*[Reply(completion({"content": "a"})) for _ in range(3)])

    await asyncio.gather(
        *[async_client.chat.completions.create(**{**ASKED, "model": str(n)}) for n in range(3)]
    )

    assert [len(span.ends) for span in tracer.spans] == [1, 1, 1]
    assert sorted(request["model"] for request in provider.requests) == ["0", "1", "2"]
