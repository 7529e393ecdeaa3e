"""The Responses API over a real connection: the user sees no difference, the row sees it all."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import openai
import pytest
from openai import AsyncStream, Stream
from pydantic import BaseModel, ValidationError

from braintrust_otel_openai.clients import wrap_client
from support.openai_calls import client_of
from support.provider import Provider, Reply
from support.responses_calls import message, response, streamed, text_events
from support.spans import FakeTracer

# The oldest clients that are supported have no Responses API.
pytest.importorskip("openai.resources.responses")

USAGE = {
    "input_tokens": 1,
    "input_tokens_details": {"cached_tokens": 0},
    "output_tokens": 2,
    "output_tokens_details": {"reasoning_tokens": 0},
    "total_tokens": 3,
}
METRICS = {
    "prompt_tokens": 1,
    "prompt_cached_tokens": 0,
    "completion_tokens": 2,
    "completion_reasoning_tokens": 0,
    "tokens": 3,
}
ASKED: dict[str, Any] = {"model": "tiny", "input": "hi"}
EVENTS = text_events("a", "b", usage=USAGE)


class Joke(BaseModel):
    """An answer in a form."""

    text: str


def text(tracer: FakeTracer) -> Any:
    """Return the text of the only item on the first span, which is that of the call."""
    (item,) = tracer.spans[0].fields["output"]
    return item["content"][0]["text"]


def ended_once(tracer: FakeTracer) -> bool:
    """Return whether the only span ended once and without an error."""
    return (tracer.span.errors, len(tracer.span.ends)) == ([], 1)


def test_plain_call_is_one_row(provider: Provider, client: Any, tracer: FakeTracer) -> None:
    """The user gets a response; the whole row holds what was asked, answered and counted."""
    provider.will(Reply(response(message("a"), usage=USAGE)))

    answer = client.responses.create(**ASKED, instructions="Be brief.")

    assert type(answer) is openai.types.responses.Response
    assert answer.output_text == "a"
    assert (tracer.span.name, tracer.span.type) == ("openai.responses.create", "llm")
    assert tracer.span.fields == {
        "input": [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": "hi"},
        ],
        "output": [message("a")],
        "metadata": {"provider": "openai", "model": "tiny-2026-01-01"},
        "metrics": METRICS,
    }


def test_untraced_call_passes_through(provider: Provider, client: Any, tracer: FakeTracer) -> None:
    """Where nothing is active the call is made as it is, but for what no provider must see."""
    tracer.is_active = False
    provider.will(Reply(response(message("a"))), streamed(EVENTS))

    answer = client.responses.create(**ASKED, span_info={"name": "x"})
    with client.responses.stream(**ASKED, span_info={"name": "x"}) as stream:
        final = stream.get_final_response()

    assert answer.output_text == "a"
    assert final.output_text == "ab"
    assert provider.requests[0] == ASKED


def test_iterators_are_sent_and_told_whole(
    provider: Provider, client: Any, tracer: FakeTracer
) -> None:
    """Items that can be read once reach both the provider and the row."""
    item = {"role": "user", "content": "hi"}
    provider.will(Reply(response(message("a"))))

    client.responses.create(model="tiny", input=iter([item]))

    assert provider.requests[0]["input"] == tracer.span.fields["input"] == [item]


def test_answer_can_be_sent_back(provider: Provider, client: Any, tracer: FakeTracer) -> None:
    """The items of an answer are the input of the next turn, on the row as for the provider."""
    reasoning = {"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": "x"}
    provider.will(*[Reply(response(reasoning, message("a"))) for _ in range(2)])
    first = client.responses.create(**ASKED)

    client.responses.create(
        model="tiny", input=[*first.output, {"role": "user", "content": "and?"}]
    )

    assert tracer.spans[1].fields["input"] == provider.requests[1]["input"]
    assert tracer.spans[1].fields["input"][:2] == [reasoning, message("a")]


def test_error_reaches_the_user_and_the_row(
    provider: Provider, client: Any, tracer: FakeTracer
) -> None:
    """The very exception is raised and recorded, with its request beside it."""
    provider.will(Reply({"error": {"message": "no such model"}}, status=404))

    with pytest.raises(openai.NotFoundError, match="no such model") as caught:
        client.responses.create(**ASKED)

    assert tracer.span.errors == [caught.value]
    assert tracer.span.fields["input"] == "hi"


def test_answer_that_failed_is_an_error_on_the_row(
    provider: Provider, client: Any, tracer: FakeTracer
) -> None:
    """A response that says that it failed raises nothing, and has the error on its row."""
    error = {"code": "server_error", "message": "overloaded"}
    provider.will(Reply(response(status="failed", error=error)))

    answer = client.responses.create(**ASKED)

    assert answer.error.message == "overloaded"
    assert tracer.span.fields["error"] == "overloaded"


def test_tools_of_the_provider_are_spans_under_the_call(
    provider: Provider, client: Any, tracer: FakeTracer
) -> None:
    """A tool that ran within the call has a span of its own below that of the call."""
    search = {
        "id": "ws_1",
        "type": "web_search_call",
        "status": "completed",
        "action": {"type": "search", "query": "q"},
    }
    provider.will(Reply(response(search, message("a"))))

    client.responses.create(**ASKED, tools=[{"type": "web_search"}])

    call, tool = tracer.spans
    assert call.fields["output"] == [search, message("a")]
    assert (tool.name, tool.type, tool.parent) == ("web_search", "tool", call)
    assert tool.fields["input"] == {"type": "search", "query": "q"}
    assert len(tool.ends) == 1


def test_parsed_answer_is_one_row(provider: Provider, client: Any, tracer: FakeTracer) -> None:
    """Parsing gives the user his object; the row has the text that came, and the schema."""
    provider.will(Reply(response(message('{"text": "a"}'), usage=USAGE)))

    answer = client.responses.parse(**ASKED, text_format=Joke)

    assert answer.output_parsed == Joke(text="a")
    assert tracer.span.name == "openai.responses.parse"
    assert tracer.span.fields["output"] == [message('{"text": "a"}')]
    form = tracer.span.fields["metadata"]["response_format"]
    assert form["json_schema"]["name"] == "Joke"


@pytest.mark.skipif(
    not hasattr(openai.resources.responses.Responses, "compact"), reason="older clients cannot"
)
def test_compaction_is_one_row(provider: Provider, client: Any, tracer: FakeTracer) -> None:
    """Making a conversation shorter is the work of a model, and has its tokens on a row."""
    item = {"id": "cmp_1", "type": "compaction", "encrypted_content": "x"}
    answer = {"id": "r", "object": "response.compaction", "created_at": 1, "output": [item]}
    provider.will(Reply({**answer, "usage": USAGE}))

    client.responses.compact(**ASKED)

    assert tracer.span.name == "openai.responses.compact"
    assert tracer.span.fields == {
        "input": "hi",
        "output": [item],
        "metadata": {"provider": "openai", "model": "tiny"},
        "metrics": METRICS,
    }


@pytest.mark.parametrize("part", ["create", "compact"])
def test_beta_part_is_traced(
    provider: Provider, client: Any, tracer: FakeTracer, part: str
) -> None:
    """The part of the client for what is not settled yet is traced where there is one."""
    beta = getattr(client.beta, "responses", client.responses)
    provider.will(Reply(response(message("a"), usage=USAGE)))

    getattr(beta, part, beta.create)(**ASKED)

    assert tracer.span.fields["metrics"] == METRICS


def test_answer_of_another_form_is_counted(
    provider: Provider, client: Any, tracer: FakeTracer
) -> None:
    """An answer that does not fit the form raises as ever, but its tokens and text are there."""
    provider.will(Reply(response(message('{"joke": "a"}'), usage=USAGE)))

    with pytest.raises(ValidationError) as caught:
        client.responses.parse(**ASKED, text_format=Joke)

    assert tracer.span.errors == [caught.value]
    assert tracer.span.fields["metrics"] == METRICS
    assert text(tracer) == '{"joke": "a"}'


async def test_asynchronous_answer_of_another_form_is_counted(
    provider: Provider, async_client: Any, tracer: FakeTracer
) -> None:
    """The same goes for the asynchronous client."""
    provider.will(Reply(response(message('{"joke": "a"}'), usage=USAGE)))

    with pytest.raises(ValidationError) as caught:
        await async_client.responses.parse(**ASKED, text_format=Joke)

    assert tracer.span.errors == [caught.value]
    assert text(tracer) == '{"joke": "a"}'


def test_stream_is_one_row(provider: Provider, client: Any, tracer: FakeTracer) -> None:
    """The user gets the library's own stream; the row gets the whole answer."""
    provider.will(streamed(EVENTS))

    stream = client.responses.create(**ASKED, stream=True)
    kinds = [event.type for event in stream]

    assert type(stream) is Stream
    assert kinds == [event["type"] for event in EVENTS]
    assert text(tracer) == "ab"
    assert tracer.span.fields["metrics"] == {**METRICS, "time_to_first_token": 0.0}
    assert ended_once(tracer)


def test_stream_closed_early_keeps_what_came(
    provider: Provider, client: Any, tracer: FakeTracer
) -> None:
    """Leaving the with block early ends the row without an error."""
    provider.will(streamed(EVENTS))

    with client.responses.create(**ASKED, stream=True) as stream:
        next(event for event in stream if event.type == "response.output_text.delta")

    assert text(tracer) == "a"
    assert ended_once(tracer)


READERS: list[Callable[[Any], Any]] = [
    lambda stream: stream.get_final_response().output_text,
    lambda stream: stream.until_done().get_final_response().output_text,
    lambda stream: "".join(e.delta for e in stream if e.type == "response.output_text.delta"),
    lambda stream: [e.snapshot for e in stream if e.type == "response.output_text.delta"][-1],
]


@pytest.mark.parametrize("read", READERS)
def test_stream_helper_is_one_row_however_it_is_read(
    provider: Provider, client: Any, tracer: FakeTracer, read: Callable[[Any], Any]
) -> None:
    """Events and final responses come as ever, and the row is whole."""
    provider.will(streamed(EVENTS))

    with client.responses.stream(**ASKED) as stream:
        told = read(stream)

    assert told == text(tracer) == "ab"
    assert tracer.span.name == "openai.responses.create"
    assert tracer.span.fields["metrics"] == {**METRICS, "time_to_first_token": 0.0}
    assert ended_once(tracer)


def test_stream_helper_parses(provider: Provider, client: Any, tracer: FakeTracer) -> None:
    """The helper parses what was streamed; the row has the text that came, and the schema."""
    provider.will(streamed(text_events('{"text":', ' "a"}')))

    with client.responses.stream(**ASKED, text_format=Joke) as stream:
        final = stream.get_final_response()

    assert final.output_parsed == Joke(text="a")
    assert text(tracer) == '{"text": "a"}'
    assert tracer.span.fields["metadata"]["response_format"]["json_schema"]["name"] == "Joke"


def test_stream_helper_that_cannot_parse_is_counted(
    provider: Provider, client: Any, tracer: FakeTracer
) -> None:
    """What the block raises is on the row, beside the answer as far as it had come."""
    provider.will(streamed(text_events('{"joke": 1}')))

    with (
        pytest.raises(ValidationError) as caught,
        client.responses.stream(**ASKED, text_format=Joke) as stream,
    ):
        stream.until_done()

    assert tracer.span.errors == [caught.value]
    assert text(tracer) == '{"joke": 1}'


def test_stream_helper_left_early_keeps_what_came(
    provider: Provider, client: Any, tracer: FakeTracer
) -> None:
    """Leaving the block early is no error, nor is a block that reads nothing."""
    provider.will(streamed(EVENTS))

    with client.responses.stream(**ASKED) as stream:
        next(event for event in stream if event.type == "response.output_text.delta")

    assert text(tracer) == "a"
    assert ended_once(tracer)


def test_stream_helper_sends_when_the_block_is_entered(
    provider: Provider, client: Any, tracer: FakeTracer
) -> None:
    """A helper that is never entered sends nothing and has no row."""
    client.responses.stream(**ASKED)

    assert (provider.requests, tracer.spans) == ([], [])


def test_wrong_arguments_of_the_helper_fail_as_ever(client: Any, tracer: FakeTracer) -> None:
    """A block that the client refuses is refused by the client, and is on the row."""
    with pytest.raises((TypeError, ValueError), match="model") as caught:
        client.responses.stream(input="hi")

    assert tracer.span.errors == [caught.value]


def test_raw_response_is_the_users(provider: Provider, client: Any, tracer: FakeTracer) -> None:
    """The user gets the raw response and parses it as ever; the row is complete without it."""
    provider.will(Reply(response(message("a"), usage=USAGE)), streamed(EVENTS))

    raw = client.responses.with_raw_response.create(**ASKED)
    raw_stream = client.responses.with_raw_response.create(**ASKED, stream=True)

    assert text(tracer) == "a"
    assert raw.parse().output_text == "a"
    assert len(list(raw_stream.parse())) == len(EVENTS)
    assert [span.fields["metrics"]["tokens"] for span in tracer.spans] == [3, 3]


@pytest.mark.parametrize(
    "read",
    [
        lambda body: list(body.iter_lines()),
        lambda body: list(body.iter_text()),
        lambda body: list(body.parse()),
    ],
)
def test_body_that_the_user_reads_is_on_the_row(
    provider: Provider, client: Any, tracer: FakeTracer, read: Callable[[Any], Any]
) -> None:
    """Whoever reads the body himself gets it, and the row has what he has read."""
    provider.will(streamed(EVENTS))
    streaming = client.responses.with_streaming_response

    with streaming.create(**ASKED, stream=True) as body:
        assert read(body)

    assert text(tracer) == "ab"
    assert tracer.span.fields["metrics"] == {**METRICS, "time_to_first_token": 0.0}
    assert ended_once(tracer)


async def test_asynchronous_call_is_one_row(
    provider: Provider, async_client: Any, tracer: FakeTracer
) -> None:
    """The asynchronous client answers as ever, plain or parsed."""
    provider.will(*[Reply(response(message('{"text": "a"}'))) for _ in range(2)])

    plain = await async_client.responses.create(**ASKED)
    parsed = await async_client.responses.parse(**ASKED, text_format=Joke)

    assert plain.output_text == '{"text": "a"}'
    assert parsed.output_parsed == Joke(text="a")
    names = [span.name for span in tracer.spans]
    assert names == ["openai.responses.create", "openai.responses.parse"]


async def test_asynchronous_stream_is_one_row(
    provider: Provider, async_client: Any, tracer: FakeTracer
) -> None:
    """The asynchronous stream is the library's own, and is on the row whole."""
    provider.will(streamed(EVENTS))

    stream = await async_client.responses.create(**ASKED, stream=True)
    events = [event async for event in stream]

    assert type(stream) is AsyncStream
    assert len(events) == len(EVENTS)
    assert text(tracer) == "ab"


async def test_asynchronous_stream_helper_is_one_row(
    provider: Provider, async_client: Any, tracer: FakeTracer
) -> None:
    """The asynchronous helper works as ever."""
    provider.will(streamed(EVENTS))

    async with async_client.responses.stream(**ASKED) as stream:
        final = await stream.get_final_response()

    assert final.output_text == text(tracer) == "ab"
    assert ended_once(tracer)


async def test_asynchronous_helper_that_cannot_parse_is_counted(
    provider: Provider, async_client: Any, tracer: FakeTracer
) -> None:
    """What the asynchronous block raises is on the row."""
    provider.will(streamed(text_events('{"joke": 1}')))

    with pytest.raises(ValidationError) as caught:
        async with async_client.responses.stream(**ASKED, text_format=Joke) as stream:
            await stream.until_done()

    assert tracer.span.errors == [caught.value]
    assert text(tracer) == '{"joke": 1}'


async def test_body_that_is_read_asynchronously_is_on_the_row(
    provider: Provider, async_client: Any, tracer: FakeTracer
) -> None:
    """The asynchronous client hands over the body too, and the row has what was read."""
    provider.will(Reply(response(message("a"))))

    async with async_client.responses.with_streaming_response.create(**ASKED) as body:
        answer = json.loads(await body.read())

    assert answer["id"] == "resp_1"
    assert text(tracer) == "a"


@pytest.mark.parametrize("access", ["with_raw_response", "with_streaming_response"])
def test_access_from_before_the_wrapping_is_made_anew(
    provider: Provider, tracer: FakeTracer, access: str
) -> None:
    """What was made of the part before it was wrapped does not call the methods that were."""
    with client_of(provider.url, asynchronous=False) as client:
        before = getattr(client.responses, access)

        wrap_client(client, tracer.calls())

        assert getattr(client.responses, access) is not before


def test_unused_part_looks_like_itself(client: Any) -> None:
    """Whoever asks what the part is before using it gets the right answer."""
    assert isinstance(client.responses, openai.resources.responses.Responses)
