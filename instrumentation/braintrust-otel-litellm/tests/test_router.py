"""A call of a router is one span, however many deployments it tries."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from support.litellm_calls import addressed, router
from support.openai_calls import completion, piece
from support.provider import Provider, Reply, RunningProvider
from support.responses_calls import message, response
from support.spans import FakeTracer

MESSAGES = [{"role": "user", "content": "Is it going to rain?"}]
USAGE = {"prompt_tokens": 13, "completion_tokens": 5, "total_tokens": 18}
ANSWER = completion({"content": "No."}, usage=USAGE)
REFUSAL = Reply({"error": {"message": "Not today."}}, status=400)


def complete(found: Any, name: str, **asked: Any) -> Any:
    """Call a function of a router, asynchronous or not."""
    answer = getattr(found, name)(**asked)
    return asyncio.run(answer) if name.startswith("a") else answer


@pytest.mark.parametrize("name", ["completion", "acompletion"])
def test_call_tells_who_answered_and_not_its_own_name(
    library: Any, provider: Provider, tracer: FakeTracer, name: str
) -> None:
    """The name that a router has for several deployments is nobody's model."""
    provider.will(Reply(ANSWER))

    complete(router(provider.url), name, model="mine", messages=MESSAGES)

    span = tracer.span
    assert (span.name, span.fields["input"]) == ("Chat Completion", MESSAGES)
    assert span.fields["metadata"] == {"provider": "openai", "model": "tiny-2026-01-01"}
    assert span.fields["metrics"]["tokens"] == 18


@pytest.mark.parametrize("name", ["completion", "acompletion"])
def test_fallback_is_part_of_the_call(
    library: Any, provider: Provider, tracer: FakeTracer, name: str
) -> None:
    """Where another deployment answers in the end, that is the outcome."""
    provider.will(REFUSAL)
    with RunningProvider() as other:
        other.will(Reply(ANSWER))
        found = router(provider.url, fallbacks=[{"mine": ["other"]}])
        found.add_deployment(
            library.types.router.Deployment("other", addressed(other.url, "openai/second"))
        )

        complete(found, name, model="mine", messages=MESSAGES)

    assert (len(provider.requests), len(other.requests)) == (1, 1)
    assert tracer.span.errors == []
    assert tracer.span.fields["output"][0]["message"]["content"] == "No."


@pytest.mark.parametrize("name", ["completion", "acompletion"])
def test_failure_is_told_with_who_was_asked(
    library: Any, provider: Provider, tracer: FakeTracer, name: str
) -> None:
    """Where nobody answers, the row has the error that the program has."""
    provider.will(REFUSAL)

    with pytest.raises(library.BadRequestError) as caught:
        complete(router(provider.url), name, model="mine", messages=MESSAGES)

    assert tracer.span.errors == [caught.value]
    assert tracer.span.fields["metadata"] == {"provider": "openai", "model": "mine"}


async def test_stream_is_followed(library: Any, provider: Provider, tracer: FakeTracer) -> None:
    """A router's streams, which go on elsewhere when one breaks, are one call as well."""
    provider.will(Reply(events=[piece({"role": "assistant", "content": "No."}), piece({}, "stop")]))

    answer = await router(provider.url).acompletion("mine", MESSAGES, stream=True)
    chunks = [chunk async for chunk in answer]

    assert isinstance(answer, library.CustomStreamWrapper)
    assert chunks
    assert tracer.span.fields["output"][0]["message"]["content"] == "No."
    assert len(tracer.span.ends) == 1


def test_router_that_was_made_before_is_traced(
    table: Any, provider: Provider, tracer: FakeTracer
) -> None:
    """What a router calls is looked up when it is called, also for the Responses API."""
    made = router(provider.url)
    provider.will(Reply(ANSWER))
    usage = {"input_tokens": 13, "output_tokens": 5, "total_tokens": 18}
    provider.will(Reply(response(message("No."), usage=usage)))
    table.apply()

    made.completion("mine", MESSAGES)
    asyncio.run(made.aresponses(model="mine", input="rain?"))

    assert [span.name for span in tracer.spans] == ["Chat Completion", "openai.responses.create"]
    assert tracer.spans[1].fields["input"] == "rain?"
    assert tracer.spans[1].fields["metadata"]["provider"] == "openai"
    assert [len(span.ends) for span in tracer.spans] == [1, 1]


def test_embeddings_go_through_routers_too(
    library: Any, provider: Provider, tracer: FakeTracer
) -> None:
    """Their functions are traced like the library's own."""
    data = [{"object": "embedding", "index": 0, "embedding": [0.5]}]
    usage = {"prompt_tokens": 3, "total_tokens": 3}
    provider.will(Reply({"object": "list", "model": "tiny-1", "data": data, "usage": usage}))

    router(provider.url).embedding("mine", ["rain"])

    assert (tracer.span.name, tracer.span.fields["input"]) == ("Embedding", ["rain"])
    assert tracer.span.fields["metrics"] == {"prompt_tokens": 3, "tokens": 3}


def test_what_is_not_traced_of_a_router_still_works(library: Any, tracer: FakeTracer) -> None:
    """Routers call much else in the way in which they call the Responses API."""

    def other(**kwargs: Any) -> str:
        return "done"

    found = router("http://127.0.0.1:1/v1")

    assert found._generic_api_call_with_fallbacks(model="mine", original_function=other) == "done"
    assert tracer.spans == []
