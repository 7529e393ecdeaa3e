"""The dialect of the AI SDK of Vercel."""

from __future__ import annotations

from typing import Any

import pytest

from support.dialects import metrics_of, noted, row_of, spell

GENERATE = "ai.generateText.doGenerate"


def sdk(operation: str = GENERATE, /, **attributes: object) -> dict[str, object]:
    """Return the attributes of a span; ``__`` in a name stands for a dot."""
    told = {f"ai.{key.replace('__', '.')}": value for key, value in attributes.items()}
    return {"ai.operationId": operation, **told}


def output_of(**attributes: object) -> Any:
    return row_of(sdk(**attributes))["output"]


def test_whole_request() -> None:
    """A request to a model becomes a whole row; what the conventions repeat is told once."""
    tool = {"type": "function", "name": "add", "inputSchema": {"type": "object"}}

    fields = row_of(
        sdk(
            model__id="m",
            model__provider="openai.chat",
            response__model="m-1",
            prompt__messages=spell(
                [{"role": "user", "content": [{"type": "text", "text": "prompt"}]}]
            ),
            prompt__tools=(spell(tool),),
            prompt__toolChoice='{"type":"tool","toolName":"add"}',
            response__text="Hello, world!",
            response__finishReason="stop",
            response__msToFirstChunk=250.0,
            usage__inputTokens=3,
            usage__outputTokens=10,
            usage__totalTokens=13,
            settings__maxOutputTokens=99,
            settings__temperature=0.5,
            request__headers__authorization="secret",
            telemetry__functionId="greet",
            telemetry__metadata__userId="u",
            telemetry__metadata__tags=("a", "b"),
        )
        | {
            "operation.name": f"{GENERATE} greet",
            "resource.name": "greet",
            "gen_ai.system": "openai.chat",
            "gen_ai.request.model": "m",
            "gen_ai.response.model": "m-1",
            "gen_ai.response.finish_reasons": ("stop",),
            "gen_ai.usage.input_tokens": 3,
            "gen_ai.usage.output_tokens": 10,
        }
    )

    assert fields["span_attributes"]["type"] == "llm"
    assert fields["input"] == [{"role": "user", "content": "prompt"}]
    assert fields["output"] == [
        {
            "index": 0,
            "finish_reason": "stop",
            "message": {"role": "assistant", "content": "Hello, world!"},
        }
    ]
    function = {"name": "add", "parameters": {"type": "object"}}
    assert fields["metadata"] == {
        "model": "m-1",
        "provider": "openai",
        "tools": [{"type": "function", "function": function}],
        "tool_choice": {"type": "function", "function": {"name": "add"}},
        "max_tokens": 99,
        "temperature": 0.5,
        "function_id": "greet",
        "userId": "u",
        "ai.operationId": GENERATE,
        "ai.model.id": "m",
        "gen_ai.request.model": "m",
    }
    assert fields["tags"] == ["a", "b"]
    assert "secret" not in str(fields)
    assert fields["metrics"].items() >= {
        ("prompt_tokens", 3),
        ("completion_tokens", 10),
        ("tokens", 13),
        ("time_to_first_token", 0.25),
    }


@pytest.mark.parametrize(
    ("operation", "type_"),
    [
        ("ai.generateText", "task"),
        ("ai.streamObject", "task"),
        ("ai.streamText.doStream", "llm"),
        ("ai.embed.doEmbed", "llm"),
        ("ai.rerank.doRerank", "tool"),
        ("ai.toolCall", "tool"),
        ("other", None),
    ],
)
def test_type(operation: str, type_: str | None) -> None:
    """Requests to models are calls, what is around them is a task."""
    assert row_of(sdk(operation))["span_attributes"].get("type") == type_


def test_outer_span_counts_nothing() -> None:
    """The sums on the span around the requests are not counted again."""
    told = sdk("ai.generateText", usage__inputTokens=3, response__msToFirstChunk=1)

    assert metrics_of(told) == {}


def test_outer_span_has_plain_content() -> None:
    """The span around the requests has what was asked, and the text or object it came to."""
    asked = spell({"prompt": "hi"})

    text = row_of(sdk("ai.generateText", prompt=asked, response__text="ho"))
    made = row_of(sdk("ai.generateObject", prompt=asked, response__object='{"a": 1}'))

    assert (text["input"], text["output"]) == ({"prompt": "hi"}, "ho")
    assert made["output"] == {"a": 1}


@pytest.mark.parametrize("arguments", ["input", "args"])
def test_tool_calls(arguments: str) -> None:
    """Calls of tools have the form of chat completions, from every version."""
    call = {"toolCallId": "1", "toolName": "t", arguments: '{"a":1}'}

    assert output_of(response__toolCalls=spell([call]), response__finishReason="tool-calls") == [
        {
            "index": 0,
            "finish_reason": "tool_calls",
            "message": {
                "role": "assistant",
                "content": None,
                "tool_calls": [
                    {
                        "id": "1",
                        "type": "function",
                        "function": {"name": "t", "arguments": '{"a":1}'},
                    }
                ],
            },
        }
    ]


def test_reasoning_and_files() -> None:
    """Reasoning is beside the text, files are in it."""
    file = {"type": "file", "mediaType": "image/png", "data": "iVBORw0KGgo="}
    (choice,) = output_of(
        response__text="see", response__reasoning="hm", response__files=spell([file])
    )

    assert choice["message"]["reasoning"] == [{"content": "hm"}]
    assert choice["message"]["content"][0] == {"type": "text", "text": "see"}
    assert choice["message"]["content"][1]["type"] == "image_url"


def test_older_names() -> None:
    """Version 3 called the response a result."""
    assert output_of(result__text="ho", finishReason="length") == [
        {
            "index": 0,
            "finish_reason": "length",
            "message": {"role": "assistant", "content": "ho"},
        }
    ]


@pytest.mark.parametrize(
    ("provider", "counts", "prompt"),
    [
        ("openai.chat", {"inputTokens": 100, "cachedInputTokens": 60}, 100),
        ("anthropic.messages", {"inputTokens": 100, "cachedInputTokens": 60}, 160),
        ("amazon-bedrock", {"inputTokens": 100, "cachedInputTokens": 60}, 160),
        (
            "anthropic.messages",
            {"inputTokens": 100, "inputTokenDetails.cacheReadTokens": 60},
            100,
        ),
        ("openai.chat", {"promptTokens": 100}, 100),
    ],
)
def test_prompt_holds_the_cache(provider: str, counts: dict[str, int], prompt: int) -> None:
    """Before there were details, what Anthropic's cache held was left out of the prompt."""
    told = {f"ai.usage.{name}": count for name, count in counts.items()}

    assert metrics_of(sdk(model__provider=provider) | told)["prompt_tokens"] == prompt


def test_counts_of_the_provider() -> None:
    """Counts that only the provider's metadata tell are taken from there."""
    told = {"anthropic": {"cacheCreationInputTokens": 5, "usage": {"cacheReadInputTokens": 2}}}

    assert metrics_of(
        sdk(
            model__provider="anthropic.messages",
            usage__inputTokens=1,
            response__providerMetadata=spell(told),
        )
    ) == {
        "prompt_tokens": 8,
        "prompt_cached_tokens": 2,
        "prompt_cache_creation_tokens": 5,
    }


def test_embedding() -> None:
    """Of an embedding the text and the length of the vector are told."""
    one = row_of(sdk("ai.embed", value='"sunny"', embedding="[0.1,0.2]"))
    many = row_of(
        sdk(
            "ai.embedMany.doEmbed",
            values=('"a"', '"b"'),
            embeddings=("[1,2,3]", "[4,5,6]"),
            usage__tokens=4,
        )
    )

    assert (one["input"], one["output"]) == ("sunny", {"embedding_length": 2})
    assert (many["input"], many["output"]) == (["a", "b"], {"embedding_length": 3})
    assert many["metrics"].items() >= {("prompt_tokens", 4), ("tokens", 4)}


def test_ranking() -> None:
    """Of a ranking the documents and their order are told."""
    fields = row_of(
        sdk("ai.rerank.doRerank", documents=('"a"', '"b"'), ranking=('{"index":1}', '{"index":0}'))
    )

    assert fields["input"] == ["a", "b"]
    assert fields["output"] == [{"index": 1}, {"index": 0}]


def test_tool_run() -> None:
    """A run of a tool has its name, its arguments and its result."""
    fields = row_of(
        sdk("ai.toolCall", toolCall__name="add", toolCall__args='{"a":1}', toolCall__result="2")
    )

    assert fields["span_attributes"] == {"name": "add", "type": "tool"}
    assert (fields["input"], fields["output"]) == ({"a": 1}, "2")


def test_schema_is_the_response_format() -> None:
    """The schema of an object is the format that the answer must have."""
    told = sdk(schema='{"type":"object"}', schema__name="city")

    assert row_of(told)["metadata"]["response_format"] == {
        "type": "json_schema",
        "json_schema": {"name": "city", "schema": {"type": "object"}},
    }


def test_first_chunk_as_an_event() -> None:
    """Where only a span event tells when the answer began, it is taken from there."""
    first = noted("ai.stream.firstChunk", **{"ai.response.msToFirstChunk": 500})

    assert row_of(sdk(), first)["metrics"]["time_to_first_token"] == 0.5


@pytest.mark.parametrize(
    ("seen", "name"),
    [
        ("mistral.chat", "mistral"),
        ("xai.responses", "xAI"),
        ("google.generative-ai", "google"),
        ("google.vertex.chat", "vertex"),
        ("mock-provider", "mock-provider"),
    ],
)
def test_provider(seen: str, name: str) -> None:
    """The provider is what stands before the kind of its API."""
    assert row_of(sdk(model__provider=seen))["metadata"]["provider"] == name


def test_what_cannot_be_read_is_kept() -> None:
    """Cut messages are the input as they came."""
    assert row_of(sdk(prompt__messages='[{"role": "us'))["input"] == '[{"role": "us'


def test_event_without_a_time_tells_nothing() -> None:
    """A note of the first chunk that tells no time is kept."""
    fields = row_of(sdk(), noted("ai.stream.firstChunk"))

    assert "time_to_first_token" not in fields["metrics"]


def test_metadata_of_the_provider_without_counts() -> None:
    """What a provider tells without counting is no metric."""
    told = {"openai": {"usage": {"x": 1}}, "azure": {"logprobs": []}, "other": 5}

    assert metrics_of(sdk(response__providerMetadata=spell(told))) == {}
