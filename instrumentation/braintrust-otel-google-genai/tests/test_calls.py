"""Calls over a real connection: the user sees no difference, the row sees it all."""

from __future__ import annotations

import asyncio
import inspect
import pickle
import threading
import traceback
from typing import Any

import pydantic
import pytest
from google.genai import errors, models, types

from braintrust_otel.instrument import PatchTable, library_version
from braintrust_otel_google_genai.clients import wrap_client
from support.google_calls import answer, client_of, closing, said, streamed, vertex_client_of
from support.provider import Provider, Reply
from support.spans import FakeTracer

ASKED: dict[str, Any] = {"model": "tiny", "contents": "hi"}
REFUSED = {"error": {"code": 400, "message": "no such thing", "status": "INVALID_ARGUMENT"}}


CUT = answer(said("a", finishReason="CONTINUATION", continuationToken="aGVsbG8="))
continues = pytest.mark.skipif(library_version("google-genai") < (3,), reason="came with 3.0")


class Weather(pydantic.BaseModel):
    sky: str


def test_plain_call_is_one_row(provider: Provider, client: Any, tracer: FakeTracer) -> None:
    """The user gets a response; the whole row holds what was asked, answered and counted."""
    provider.will(Reply(answer(said("yes"))))

    found = client.models.generate_content(
        **ASKED, config={"system_instruction": "Be brief.", "temperature": 0.5}
    )

    assert (type(found), found.text) == (types.GenerateContentResponse, "yes")
    assert (tracer.span.name, tracer.span.type) == ("generate_content", "llm")
    assert tracer.span.fields == {
        "input": {
            "model": "tiny",
            "contents": [
                {"role": "system", "parts": [{"text": "Be brief."}]},
                {"role": "user", "parts": [{"text": "hi"}]},
            ],
        },
        "output": {"candidates": [said("yes")]},
        "metadata": {"provider": "google", "model": "tiny-001", "temperature": 0.5},
        "metrics": {"prompt_tokens": 3, "completion_tokens": 4, "tokens": 7},
    }
    assert not tracer.bugs


async def test_asynchronous_call_is_one_row(
    provider: Provider, async_client: Any, tracer: FakeTracer
) -> None:
    """The asynchronous client is traced by the same wrap."""
    provider.will(Reply(answer(said("yes"))))

    found = await async_client.aio.models.generate_content(**ASKED)

    assert found.text == "yes"
    assert tracer.span.fields["output"] == {"candidates": [said("yes")]}
    assert len(tracer.span.ends) == 1


def test_untraced_call_passes_through(provider: Provider, client: Any, tracer: FakeTracer) -> None:
    """Where nothing is active the call is made as it is, but for what no provider must see."""
    tracer.is_active = False
    provider.will(Reply(answer(said("yes"))))

    found = client.models.generate_content(**ASKED, span_info={"name": "x"})

    assert found.text == "yes"
    assert not tracer.spans


def test_span_info_names_the_span_and_is_not_sent(
    provider: Provider, client: Any, tracer: FakeTracer
) -> None:
    """What a prompt says about the call is on the row; the library does not see it."""
    provider.will(Reply(answer(said("yes"))))
    info = {"name": "greet", "metadata": {"prompt": {"id": "p"}}}

    client.models.generate_content(**ASKED, span_info=info)

    assert tracer.span.name == "greet"
    assert tracer.span.fields["metadata"]["prompt"] == {"id": "p"}


def test_callers_arguments_stay_theirs(provider: Provider, client: Any) -> None:
    """Nothing that the caller passes is changed."""
    config = types.GenerateContentConfig(temperature=0.5)
    contents = [types.Part.from_text(text="hi")]
    provider.will(Reply(answer(said("yes"))))

    client.models.generate_content(model="tiny", contents=contents, config=config)

    assert contents == [types.Part.from_text(text="hi")]
    assert config == types.GenerateContentConfig(temperature=0.5)


def test_error_reaches_the_user_and_the_row(
    provider: Provider, client: Any, tracer: FakeTracer
) -> None:
    """A refused call raises the library's error, from the library's lines, and it is on the row."""
    provider.will(Reply(REFUSED, status=400))

    with pytest.raises(errors.ClientError, match="no such thing") as raised:
        client.models.generate_content(**ASKED)

    assert tracer.span.errors == [raised.value]
    assert "raise_for_response" in "".join(traceback.format_tb(raised.value.__traceback__))
    assert "output" not in tracer.span.fields
    assert len(tracer.span.ends) == 1


async def test_asynchronous_error_reaches_the_user_and_the_row(
    provider: Provider, async_client: Any, tracer: FakeTracer
) -> None:
    """An asynchronous call fails as a synchronous one does."""
    provider.will(Reply(REFUSED, status=400))

    with pytest.raises(errors.ClientError) as raised:
        await async_client.aio.models.generate_content(**ASKED)

    assert tracer.span.errors == [raised.value]


async def test_stream_that_is_refused_fails_its_row(
    provider: Provider, async_client: Any, tracer: FakeTracer
) -> None:
    """A stream that never began raises where it always did, and its row has the error."""
    provider.will(Reply(REFUSED, status=400))

    with pytest.raises(errors.ClientError) as raised:
        [_ async for _ in await async_client.aio.models.generate_content_stream(**ASKED)]

    assert tracer.span.errors == [raised.value]


def test_arguments_that_the_library_refuses_fail_the_row(client: Any, tracer: FakeTracer) -> None:
    """A configuration that is none is told where it is given, and on the row."""
    with pytest.raises(pydantic.ValidationError) as raised:
        client.models.generate_content(**ASKED, config={"warmth": 1})

    assert tracer.span.errors == [raised.value]


async def test_arguments_that_the_library_refuses_fail_the_row_of_a_stream(
    async_client: Any, tracer: FakeTracer
) -> None:
    """An asynchronous stream that the library refuses to make fails as a synchronous one does."""
    with pytest.raises(pydantic.ValidationError) as raised:
        [
            _
            async for _ in await async_client.aio.models.generate_content_stream(
                **ASKED, config={"warmth": 1}
            )
        ]

    assert tracer.span.name == "generate_content_stream"
    assert tracer.span.errors == [raised.value]
    assert len(tracer.span.ends) == 1


def test_methods_are_pickled_as_the_originals_are(table: PatchTable) -> None:
    """A method of a class can be pickled while it is patched, and is the patched one again."""
    table.apply(library_version("google-genai"))

    for_models = pickle.loads(pickle.dumps(models.Models.generate_content))  # noqa: S301  # ours
    for_stream = pickle.loads(  # noqa: S301  # ours
        pickle.dumps(models.AsyncModels.generate_content_stream)
    )

    assert for_models is models.Models.generate_content
    assert for_stream is models.AsyncModels.generate_content_stream


@continues
def test_answer_that_is_continued_is_one_row(
    provider: Provider, client: Any, tracer: FakeTracer
) -> None:
    """Where the library goes on asking for an answer that was cut off, the row has all of it."""
    provider.will(Reply(CUT), Reply(answer(said("bc"))))

    found = client.models.generate_content(**ASKED)

    assert (found.text, len(provider.requests)) == ("abc", 2)
    check_continued(tracer)


@continues
def test_stream_that_is_continued_is_one_row(
    provider: Provider, client: Any, tracer: FakeTracer
) -> None:
    """So it is where the answer is streamed."""
    provider.will(streamed([CUT]), streamed([answer(said("bc"))]))

    chunks = list(client.models.generate_content_stream(**ASKED))

    assert ([chunk.text for chunk in chunks], len(provider.requests)) == (["a", "bc"], 2)
    check_continued(tracer)


@continues
async def test_asynchronous_answers_that_are_continued_are_one_row_each(
    provider: Provider, async_client: Any, tracer: FakeTracer
) -> None:
    """The asynchronous client has one row for each of the two as well."""
    models = async_client.aio.models
    provider.will(Reply(CUT), Reply(answer(said("bc"))))
    provider.will(streamed([CUT]), streamed([answer(said("bc"))]))

    await models.generate_content(**ASKED)
    check_continued(tracer)
    tracer.spans.clear()
    assert [chunk async for chunk in await models.generate_content_stream(**ASKED)]

    check_continued(tracer)


def check_continued(tracer: FakeTracer) -> None:
    """Check the row of an answer that came in two hops."""
    (candidate,) = tracer.span.fields["output"]["candidates"]
    texts = [part["text"] for part in candidate["content"]["parts"]]
    metrics = tracer.span.fields["metrics"]
    assert ("".join(texts), candidate["finishReason"]) == ("abc", "STOP")
    assert (metrics["completion_tokens"], metrics["tokens"]) == (8, 14)
    assert len(tracer.span.ends) == 1


def test_signature_and_kind_stay(bare_client: Any, tracer: FakeTracer) -> None:
    """Methods look to inspection as they did before."""
    models, aio = bare_client.models, bare_client.aio.models
    names = ("generate_content", "generate_content_stream", "embed_content")
    before = [inspect.signature(getattr(part, name)) for part in (models, aio) for name in names]

    wrap_client(bare_client, tracer.calls())

    after = [inspect.signature(getattr(part, name)) for part in (models, aio) for name in names]
    assert after == before
    assert inspect.isgeneratorfunction(models.generate_content_stream)
    assert inspect.iscoroutinefunction(aio.generate_content)
    assert models.generate_content.__name__ == "generate_content"


def test_wrapping_twice_or_both_ways_is_one_span(
    provider: Provider, client: Any, tracer: FakeTracer, table: PatchTable
) -> None:
    """However often a call is wrapped, it is captured once."""
    table.apply(library_version("google-genai"))
    provider.will(Reply(answer(said("yes"))))

    wrap_client(client, tracer.calls()).models.generate_content(**ASKED)

    assert len(tracer.spans) == 1


def test_classes_are_restored(
    provider: Provider, bare_client: Any, tracer: FakeTracer, table: PatchTable
) -> None:
    """Once undone, the patches leave no trace."""
    kind = type(bare_client.models)
    before = dict(vars(kind))
    missing = table.apply(library_version("google-genai"))
    patched = kind.generate_content is not before["generate_content"]

    table.undo()

    assert (missing, patched, dict(vars(kind))) == ([], True, before)


def test_anything_else_comes_back_unchanged(tracer: FakeTracer) -> None:
    """What is no client is left alone."""
    thing = object()

    assert wrap_client(thing, tracer.calls()) is thing
    assert not tracer.bugs


def test_vertex_is_told_apart(provider: Provider, tracer: FakeTracer) -> None:
    """A call of Vertex AI names the provider whose prices apply."""
    provider.will(Reply(answer(said("yes"))))

    with closing(vertex_client_of(provider.url)) as made:
        wrap_client(made, tracer.calls()).models.generate_content(**ASKED)

    assert tracer.span.fields["metadata"] == {"provider": "vertex", "model": "tiny-001"}


def test_chat_without_functions_is_one_call_each(
    provider: Provider, client: Any, tracer: FakeTracer
) -> None:
    """Each message to a chat is one call of the model, which is asked with what was said before."""
    provider.will(Reply(answer(said("yes"))), streamed([answer(said("no"))]))
    chat = client.chats.create(model="tiny")

    chat.send_message("hi")
    list(chat.send_message_stream("sure?"))

    assert [span.name for span in tracer.spans] == ["generate_content", "generate_content_stream"]
    assert tracer.spans[1].fields["input"]["contents"] == [
        {"role": "user", "parts": [{"text": "hi"}]},
        {"role": "model", "parts": [{"text": "yes"}]},
        {"role": "user", "parts": [{"text": "sure?"}]},
    ]


def test_structured_answer_stays_parsed(
    provider: Provider, client: Any, tracer: FakeTracer
) -> None:
    """The user gets his own class; the row holds the text, and the schema that was asked for."""
    provider.will(Reply(answer(said('{"sky": "grey"}'))))

    found = client.models.generate_content(
        **ASKED,
        config={"response_mime_type": "application/json", "response_schema": Weather},
    )

    assert found.parsed == Weather(sky="grey")
    form = tracer.span.fields["metadata"]["response_format"]
    assert form["json_schema"]["name"] == "Weather"
    assert tracer.span.fields["output"] == {"candidates": [said('{"sky": "grey"}')]}


def test_blocked_prompt_says_why(provider: Provider, client: Any, tracer: FakeTracer) -> None:
    """An answer without candidates is no error; the row has the reason."""
    provider.will(Reply({"promptFeedback": {"blockReason": "SAFETY"}, "modelVersion": "tiny-001"}))

    client.models.generate_content(**ASKED)

    assert tracer.span.fields["output"] == {"promptFeedback": {"blockReason": "SAFETY"}}
    assert not tracer.span.errors


def test_counting_tokens_is_no_call_of_a_model(
    provider: Provider, client: Any, tracer: FakeTracer
) -> None:
    """What no model answers has no row."""
    provider.will(Reply({"totalTokens": 2}))

    assert client.models.count_tokens(**ASKED).total_tokens == 2
    assert not tracer.spans


async def test_cancelled_call_ends_with_its_cancellation(
    provider: Provider, async_client: Any, tracer: FakeTracer
) -> None:
    """Who cancels a task sees it cancelled, and so does the row."""
    gate = threading.Event()
    provider.will(streamed([answer(said("a")), answer(said("b"))], gate=gate))
    seen = asyncio.Event()

    async def use() -> None:
        async for _ in await async_client.aio.models.generate_content_stream(**ASKED):
            seen.set()

    task = asyncio.create_task(use())
    await seen.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    gate.set()

    assert [type(error) for error in tracer.span.errors] == [asyncio.CancelledError]
    assert tracer.span.fields["output"] == {"candidates": [said("a")]}


def test_other_clients_stay_untraced(provider: Provider, client: Any, tracer: FakeTracer) -> None:
    """Wrapping one client does not touch another one of its class."""
    provider.will(Reply(answer(said("yes"))))

    with closing(client_of(provider.url)) as other:
        other.models.generate_content(**ASKED)

    assert not tracer.spans
