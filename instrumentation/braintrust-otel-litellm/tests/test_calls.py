"""Each function of the library is one span, which says who answered what."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any

import pytest

from support.litellm_calls import addressed
from support.openai_calls import completion, piece
from support.provider import Provider, Reply
from support.responses_calls import message, response
from support.spans import FakeTracer

MESSAGES = [{"role": "user", "content": "Is it going to rain?"}]
USAGE = {"prompt_tokens": 13, "completion_tokens": 5, "total_tokens": 18}
RESPONSE_USAGE = {"input_tokens": 13, "output_tokens": 5, "total_tokens": 18}
TEXT = {
    "id": "cmpl-1",
    "object": "text_completion",
    "created": 1,
    "model": "tiny-2026-01-01",
    "choices": [{"index": 0, "text": "No.", "logprobs": None, "finish_reason": "stop"}],
    "usage": USAGE,
}
VECTORS = {
    "object": "list",
    "model": "tiny-2026-01-01",
    "data": [{"object": "embedding", "index": 0, "embedding": [0.5, 0.25]}],
    "usage": {"prompt_tokens": 3, "total_tokens": 3},
}
RESULTS = [{"flagged": False, "categories": {}, "category_scores": {}}]
COUNTS = {"prompt_tokens": 13, "completion_tokens": 5, "tokens": 18}


@dataclass(frozen=True)
class Exchange:
    """A call, what the provider answers, and what its span says.

    Attributes:
        function: The synchronous function.
        given: What it is asked.
        answer: What the provider answers.
        name: Name of the span.
        output: What the span has of the answer.
        metrics: What it has of the tokens.
    """

    function: str
    given: dict[str, Any]
    answer: dict[str, Any]
    name: str
    output: Any
    metrics: dict[str, int] = field(default_factory=COUNTS.copy)


SAID = {"role": "assistant", "content": "No."}
EXCHANGES = [
    Exchange(
        "completion",
        {"messages": MESSAGES},
        completion({"content": "No."}, usage=USAGE),
        "Chat Completion",
        [{"index": 0, "finish_reason": "stop", "message": SAID}],
    ),
    Exchange(
        "responses",
        {"input": "Is it going to rain?"},
        response(message("No."), usage=RESPONSE_USAGE),
        "openai.responses.create",
        [message("No.")],
    ),
    Exchange(
        "embedding",
        {"input": ["rain"]},
        VECTORS,
        "Embedding",
        {"embedding_length": 2},
        {"prompt_tokens": 3, "tokens": 3},
    ),
    Exchange(
        "text_completion",
        {"prompt": "Is it going to rain?"},
        TEXT,
        "litellm.text_completion",
        [{"index": 0, "text": "No.", "finish_reason": "stop"}],
    ),
]
EMPTY = ("annotations", "logprobs")


def make(library: Any, name: str, asked: dict[str, Any]) -> Any:
    """Call the function called *name*, which may be asynchronous."""
    answer = getattr(library, name)(**asked)
    return asyncio.run(answer) if name.startswith("a") else answer


def without_empty(value: Any) -> Any:
    if isinstance(value, dict):
        told = {k: without_empty(v) for k, v in value.items() if v is not None}
        return {k: v for k, v in told.items() if k not in EMPTY}
    return [without_empty(item) for item in value] if isinstance(value, list) else value


@pytest.mark.parametrize("prefix", ["", "a"])
@pytest.mark.parametrize("exchange", EXCHANGES, ids=lambda exchange: exchange.function)
def test_call_is_one_complete_span(
    library: Any, provider: Provider, tracer: FakeTracer, prefix: str, exchange: Exchange
) -> None:
    """Input, output, who answered and the tokens are told; credentials are not."""
    provider.will(Reply(exchange.answer))

    make(library, prefix + exchange.function, addressed(provider.url, **exchange.given))

    span = tracer.span
    (asked,) = exchange.given.values()
    assert (span.name, span.type, len(span.ends), span.errors) == (exchange.name, "llm", 1, [])
    assert span.fields["input"] == asked
    assert without_empty(span.fields["output"]) == without_empty(exchange.output)
    assert span.fields["metadata"] == {"provider": "openai", "model": "tiny-2026-01-01"}
    assert span.fields["metrics"] == exchange.metrics


@pytest.mark.parametrize("function", ["moderation", "amoderation"])
def test_moderation_is_told_with_its_results(
    library: Any, provider: Provider, tracer: FakeTracer, function: str
) -> None:
    """What is judged is the input, and the judgement is the output."""
    provider.will(Reply({"id": "m", "model": "omni", "results": RESULTS}))

    asked = {"input": "rain", "api_base": provider.url, "api_key": "test", "model": "omni"}
    make(library, function, asked)

    span = tracer.span
    assert (span.name, span.fields["input"]) == ("Moderation", "rain")
    assert span.fields["metadata"] == {"provider": "openai", "model": "omni"}
    assert span.fields["output"][0]["flagged"] is False


@pytest.mark.parametrize("function", ["completion", "acompletion"])
def test_arguments_by_position_are_told(
    library: Any, provider: Provider, tracer: FakeTracer, function: str
) -> None:
    """Model and messages may be given by position."""
    provider.will(Reply(completion({"content": "No."})))
    asked = addressed(provider.url)
    model = asked.pop("model")

    answer = getattr(library, function)(model, MESSAGES, **asked)
    _ = asyncio.run(answer) if function == "acompletion" else answer

    assert tracer.span.fields["input"] == MESSAGES


def test_arguments_by_position_are_told_where_the_signature_does_not(
    library: Any, provider: Provider, tracer: FakeTracer
) -> None:
    """The same goes for the functions that take anything."""
    provider.will(Reply(VECTORS))
    asked = addressed(provider.url)
    model = asked.pop("model")

    asyncio.run(library.aembedding(model, ["rain"], **asked))

    assert tracer.span.fields["input"] == ["rain"]


def test_settings_and_tools_are_told(library: Any, provider: Provider, tracer: FakeTracer) -> None:
    """Tools come in one form, whichever of the forms that LiteLLM takes they were given in."""
    schema = {"type": "object", "properties": {"city": {"type": "string"}}}
    described = {"name": "rain", "description": "Tells", "input_schema": schema}
    provider.will(Reply(completion({"content": "No."})))

    library.completion(
        **addressed(provider.url), messages=MESSAGES, temperature=0.5, tools=[described]
    )

    function = {"name": "rain", "description": "Tells", "parameters": schema}
    metadata = tracer.span.fields["metadata"]
    assert metadata["temperature"] == 0.5
    assert metadata["tools"] == [{"type": "function", "function": function}]


def test_prompt_names_the_span(library: Any, provider: Provider, tracer: FakeTracer) -> None:
    """What a prompt says about the call is on the row, and the provider never sees it."""
    provider.will(Reply(completion({"content": "No."})))

    library.completion(
        **addressed(provider.url),
        messages=MESSAGES,
        span_info={"name": "mine", "metadata": {"prompt": {"id": "p"}}},
    )

    assert tracer.span.name == "mine"
    assert tracer.span.fields["metadata"]["prompt"] == {"id": "p"}
    assert "span_info" not in provider.requests[0]


def test_failure_is_the_library_s_own(library: Any, provider: Provider, tracer: FakeTracer) -> None:
    """An error passes unchanged, and the row has it."""
    provider.will(Reply({"error": {"message": "No umbrella."}}, status=400))

    with pytest.raises(library.BadRequestError) as caught:
        library.completion(**addressed(provider.url), messages=MESSAGES)

    assert tracer.span.errors == [caught.value]
    assert tracer.span.fields["metadata"] == {"provider": "openai", "model": "tiny"}
    assert "output" not in tracer.span.fields


def test_unknown_model_has_no_provider(library: Any, tracer: FakeTracer) -> None:
    """Where LiteLLM knows nobody to ask, none is made up."""
    with pytest.raises(library.BadRequestError):
        library.completion(model="nonsense", messages=MESSAGES)

    assert tracer.span.fields["metadata"] == {"model": "nonsense"}


def test_retries_are_part_of_the_call(library: Any, provider: Provider, tracer: FakeTracer) -> None:
    """However often LiteLLM asks, there is one span, and it has the final answer."""
    provider.will(Reply({"error": {"message": "Later."}}, status=500))
    provider.will(Reply(completion({"content": "No."}, usage=USAGE)))

    library.completion(**addressed(provider.url), messages=MESSAGES, num_retries=1)

    assert len(provider.requests) == 2
    assert tracer.span.errors == []
    assert tracer.span.fields["output"][0]["message"]["content"] == "No."


def test_stream_without_reported_tokens_has_none(
    library: Any, provider: Provider, tracer: FakeTracer
) -> None:
    """LiteLLM's zeros and estimates are no counts."""
    provider.will(Reply(events=[piece({"role": "assistant", "content": "No."}), piece({}, "stop")]))

    list(library.completion(**addressed(provider.url), messages=MESSAGES, stream=True))

    assert tracer.span.fields["output"][0]["message"]["content"] == "No."
    assert tracer.span.fields["metrics"].keys() == {"time_to_first_token"}


def test_nothing_is_captured_while_nothing_is_active(
    library: Any, provider: Provider, tracer: FakeTracer
) -> None:
    """Calls pass straight through."""
    tracer.is_active = False
    provider.will(Reply(completion({"content": "No."})))

    answer = library.completion(**addressed(provider.url), messages=MESSAGES)

    assert (answer.choices[0].message.content, tracer.spans) == ("No.", [])
