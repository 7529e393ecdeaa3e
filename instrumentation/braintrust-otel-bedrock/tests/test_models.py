"""Each family of models has its own form of requests, answers and events; rows have one."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from braintrust_otel_bedrock.invoke import Body, InvokeAccumulator, read_invocation

PNG = base64.b64encode(b"\x89PNG\r\n\x1a\n" + bytes(24)).decode()
HI = [{"role": "user", "content": "hi"}]
SYSTEM = [{"role": "system", "content": "Be brief."}, *HI]
SCHEMA = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
TOOLS = [
    {"type": "function", "function": {"name": "sun", "description": "d", "parameters": SCHEMA}}
]
LIMIT = {"max_tokens": 9}
CALL = [
    {"id": "t", "type": "function", "function": {"name": "sun", "arguments": '{"city":"Wien"}'}}
]
EVENTS = "amazon-bedrock-invocationMetrics"


def choices(content: Any = "ho", reason: Any = "stop", **message: Any) -> list[dict[str, Any]]:
    """Return the output with one choice."""
    told = {"role": "assistant", "content": content, **message}
    return [{"index": 0, "finish_reason": reason, "message": told}]


def asked(body: Any, model: str = "tiny") -> Any:
    """Return input and settings of a request."""
    told: Any = read_invocation({"modelId": model, "body": json.dumps(body)})
    settings = {
        name: value for name, value in told["metadata"].items() if name not in ("provider", "model")
    }
    return told["input"], settings


REQUESTS: list[tuple[str, Any, Any, Any]] = [
    (
        "anthropic",
        {
            "anthropic_version": "bedrock-2023-05-31",
            "system": "Be brief.",
            "messages": HI,
            "max_tokens": 9,
            "stop_sequences": ["x"],
            "tools": [{"name": "sun", "description": "d", "input_schema": SCHEMA}],
            "tool_choice": {"type": "any", "disable_parallel_tool_use": True},
        },
        SYSTEM,
        {
            **LIMIT,
            "stop": ["x"],
            "tools": TOOLS,
            "tool_choice": "required",
            "parallel_tool_calls": False,
        },
    ),
    (
        "anthropic with blocks",
        {
            "anthropic_version": "bedrock-2023-05-31",
            "messages": [
                {
                    "role": "assistant",
                    "content": [
                        {"type": "tool_use", "id": "t", "name": "sun", "input": {"city": "Wien"}}
                    ],
                },
                {
                    "role": "user",
                    "content": [{"type": "tool_result", "tool_use_id": "t", "content": "up"}],
                },
            ],
        },
        [
            {"role": "assistant", "tool_calls": CALL},
            {"role": "tool", "tool_call_id": "t", "content": "up"},
        ],
        {},
    ),
    (
        "anthropic of old",
        {"prompt": "\n\nHuman: hi\n\nAssistant:", "max_tokens_to_sample": 9},
        [{"role": "user", "content": "\n\nHuman: hi\n\nAssistant:"}],
        LIMIT,
    ),
    (
        "nova",
        {
            "schemaVersion": "messages-v1",
            "system": [{"text": "Be brief."}],
            "messages": [{"role": "user", "content": [{"text": "hi"}]}],
            "inferenceConfig": {"max_new_tokens": 9, "topP": 0.5},
            "toolConfig": {
                "tools": [
                    {
                        "toolSpec": {
                            "name": "sun",
                            "description": "d",
                            "inputSchema": {"json": SCHEMA},
                        }
                    }
                ]
            },
        },
        SYSTEM,
        {**LIMIT, "top_p": 0.5, "tools": TOOLS},
    ),
    (
        "nova without settings",
        {"messages": [{"role": "user", "content": [{"text": "hi"}]}]},
        HI,
        {},
    ),
    (
        "titan",
        {"inputText": "hi", "textGenerationConfig": {"maxTokenCount": 9, "stopSequences": []}},
        HI,
        {**LIMIT, "stop": []},
    ),
    (
        "llama",
        {"prompt": "hi", "max_gen_len": 9, "temperature": 0},
        HI,
        {**LIMIT, "temperature": 0},
    ),
    ("mistral", {"prompt": "hi", "max_tokens": 9}, HI, LIMIT),
    (
        "mistral, jamba, deepseek and openai in messages",
        {"messages": SYSTEM, "max_tokens": 9, "tools": TOOLS, "tool_choice": "auto"},
        SYSTEM,
        {**LIMIT, "tools": TOOLS, "tool_choice": "auto"},
    ),
    ("cohere", {"prompt": "hi", "max_tokens": 9, "p": 0.5, "k": 3}, HI, {**LIMIT, "top_p": 0.5}),
    (
        "command r",
        {
            "preamble": "Be brief.",
            "chat_history": [
                {"role": "USER", "message": "hey"},
                {"role": "CHATBOT", "message": "yes"},
            ],
            "message": "hi",
            "tools": [
                {
                    "name": "sun",
                    "description": "d",
                    "parameter_definitions": {"city": {"type": "string", "required": True}},
                }
            ],
            "tool_results": [{"call": {"name": "sun"}, "outputs": [{"up": 1}]}],
        },
        [
            SYSTEM[0],
            {"role": "user", "content": "hey"},
            {"role": "assistant", "content": "yes"},
            *HI,
            {"role": "tool", "content": '[{"up":1}]'},
        ],
        {"tools": TOOLS},
    ),
    ("jurassic", {"prompt": "hi", "maxTokens": 9, "topP": 1}, HI, {**LIMIT, "top_p": 1}),
    ("ranking", {"query": "q", "documents": ["a"]}, {"query": "q", "documents": ["a"]}, {}),
]


@pytest.mark.parametrize(
    ("body", "told", "settings"),
    [each[1:] for each in REQUESTS],
    ids=[each[0] for each in REQUESTS],
)
def test_requests_become_messages_and_settings(body: Any, told: Any, settings: Any) -> None:
    """Whatever form a model has, the row has messages, and settings under their one name."""
    assert asked(body) == (told, settings)


@pytest.mark.parametrize(
    ("model", "body", "told"),
    [
        ("amazon.titan-embed-text-v2:0", {"inputText": "hi", "dimensions": 2}, "hi"),
        ("cohere.embed-english-v3", {"texts": ["a", "b"], "input_type": "x"}, ["a", "b"]),
        ("mine", {"inputText": "hi", "embeddingConfig": {}}, "hi"),
    ],
)
def test_texts_for_vectors_are_the_input(model: str, body: Any, told: Any) -> None:
    """What is turned into vectors is the input, as with other providers."""
    assert asked(body, model)[0] == told


def answered(body: Any, headers: Any = None) -> Any:
    """Return output and metrics of an answer."""
    metadata = {"ResponseMetadata": {"HTTPHeaders": headers or {}, "RequestId": "r"}}
    accumulator = Body(metadata)
    data = json.dumps(body).encode()
    accumulator.add(data[:5])
    accumulator.add(data[5:])
    told: Any = accumulator.fields()
    assert told["attributes"]() == {"gen_ai.response.id": "r"}
    return told.get("output"), told.get("metrics", {})


COUNTED = {"prompt_tokens": 4, "completion_tokens": 6, "tokens": 10}
TOOL_USE = {"type": "tool_use", "id": "t", "name": "sun", "input": {"city": "Wien"}}
CHAT = {"role": "assistant", "content": "ho"}
ANSWERS: list[tuple[str, Any, Any, Any]] = [
    (
        "anthropic",
        {
            "role": "assistant",
            "content": [{"type": "thinking", "thinking": "hm"}, {"type": "text", "text": "ho"}],
            "stop_reason": "end_turn",
            "usage": {"input_tokens": 4, "output_tokens": 6},
        },
        choices(reasoning=[{"content": "hm"}]),
        COUNTED,
    ),
    (
        "anthropic with a tool",
        {"content": [TOOL_USE], "stop_reason": "tool_use"},
        choices(None, "tool_calls", tool_calls=CALL),
        {},
    ),
    ("anthropic of old", {"completion": "ho", "stop_reason": "stop_sequence"}, choices(), {}),
    (
        "nova",
        {
            "output": {"message": {"role": "assistant", "content": [{"text": "ho"}]}},
            "stopReason": "end_turn",
            "usage": {"inputTokens": 4, "outputTokens": 6, "totalTokens": 10},
        },
        choices(),
        COUNTED,
    ),
    (
        "titan",
        {
            "inputTextTokenCount": 4,
            "results": [{"tokenCount": 6, "outputText": "ho", "completionReason": "FINISH"}],
        },
        choices(),
        COUNTED,
    ),
    (
        "llama",
        {
            "generation": "ho",
            "prompt_token_count": 4,
            "generation_token_count": 6,
            "stop_reason": "stop",
        },
        choices(),
        COUNTED,
    ),
    ("mistral", {"outputs": [{"text": "ho", "stop_reason": "stop"}]}, choices(), {}),
    (
        "mistral in messages",
        {"choices": [{"index": 0, "message": CHAT, "stop_reason": "stop"}]},
        choices(),
        {},
    ),
    (
        "jamba and openai",
        {
            "choices": [{"index": 0, "message": CHAT, "finish_reason": "stop"}],
            "usage": {"prompt_tokens": 4, "completion_tokens": 6, "total_tokens": 10},
        },
        choices(),
        COUNTED,
    ),
    ("deepseek", {"choices": [{"text": "ho", "stop_reason": "stop"}]}, choices(), {}),
    ("cohere", {"generations": [{"text": "ho", "finish_reason": "COMPLETE"}]}, choices(), {}),
    ("command r", {"text": "ho", "finish_reason": "COMPLETE"}, choices(), {}),
    (
        "command r with a tool",
        {"text": "", "tool_calls": [{"name": "sun", "parameters": {"city": "Wien"}}]},
        choices(None, "tool_calls", tool_calls=[{**CALL[0], "id": None}]),
        {},
    ),
    (
        "jurassic",
        {"completions": [{"data": {"text": "ho"}, "finishReason": {"reason": "endoftext"}}]},
        choices(),
        {},
    ),
    ("titan's vector", {"embedding": [1, 2]}, {"embedding_length": 2}, {}),
    ("cohere's vectors", {"embeddings": [[1, 2, 3]]}, {"embedding_length": 3}, {}),
    ("vectors of a kind", {"embeddings": {"int8": [[1, 2]]}}, {"embedding_length": 2}, {}),
    ("ranking", {"results": [{"index": 0}]}, {"results": [{"index": 0}]}, {}),
    ("odd", {"content": "x", "images": 1}, {"content": "x", "images": 1}, {}),
]


@pytest.mark.parametrize(
    ("body", "output", "metrics"), [each[1:] for each in ANSWERS], ids=[each[0] for each in ANSWERS]
)
def test_answers_become_choices(body: Any, output: Any, metrics: Any) -> None:
    """Whatever form a model has, the row has choices, and counts where the model tells them."""
    assert answered(body) == (output, metrics)


def test_headers_count_what_the_answer_does_not() -> None:
    """Where the model does not count, the service does."""
    counts = {"x-amzn-bedrock-input-token-count": "4", "x-amzn-bedrock-output-token-count": "6"}

    assert answered({"outputs": [{"text": "ho", "stop_reason": "stop"}]}, counts)[1] == COUNTED


def test_pictures_are_attachments() -> None:
    """A picture that a model made stands on the row as an attachment; other text stays text."""
    output, _ = answered({"images": [PNG, "%"]})

    reference = output["images"][0].reference
    assert reference["content_type"] == "image/png"
    assert output["images"][1] == "%"


def streamed(events: list[Any]) -> Any:
    """Return output and metrics of a streamed answer, and which events hold content."""
    accumulator = InvokeAccumulator()
    have_content = [
        accumulator.add({"chunk": {"bytes": json.dumps(event).encode()}}) for event in events
    ]
    told: Any = accumulator.fields()
    return told.get("output"), told.get("metrics", {}), have_content.index(True)


def piece(index: int, **delta: Any) -> Any:
    """Return an event of Anthropic with a piece of a block."""
    return {"type": "content_block_delta", "index": index, "delta": delta}


LAST = {EVENTS: {"inputTokenCount": 4, "outputTokenCount": 6}}
STREAMS: list[tuple[str, list[Any], Any, int]] = [
    (
        "anthropic",
        [
            {
                "type": "message_start",
                "message": {
                    "role": "assistant",
                    "usage": {"input_tokens": 4, "output_tokens": 1},
                },
            },
            {
                "type": "content_block_start",
                "index": 0,
                "content_block": {"type": "text", "text": ""},
            },
            piece(0, type="text_delta", text="h"),
            piece(0, type="text_delta", text="o"),
            {
                "type": "message_delta",
                "delta": {"stop_reason": "end_turn"},
                "usage": {"output_tokens": 6},
            },
            {"type": "message_stop", **LAST},
        ],
        choices(),
        2,
    ),
    (
        "anthropic with a tool",
        [
            {"type": "message_start", "message": {"role": "assistant"}},
            {
                "type": "content_block_start",
                "index": 0,
                "content_block": {"type": "tool_use", "id": "t", "name": "sun", "input": {}},
            },
            piece(0, type="input_json_delta", partial_json='{"city":'),
            piece(0, type="input_json_delta", partial_json='"Wien"}'),
            {"type": "message_delta", "delta": {"stop_reason": "tool_use"}},
            {"type": "message_stop", **LAST},
        ],
        choices(None, "tool_calls", tool_calls=CALL),
        1,
    ),
    (
        "nova",
        [
            {"messageStart": {"role": "assistant"}},
            {"contentBlockDelta": {"contentBlockIndex": 0, "delta": {"text": "ho"}}},
            {"messageStop": {"stopReason": "end_turn"}},
            {"metadata": {"usage": {"inputTokens": 4, "outputTokens": 6}}, **LAST},
        ],
        choices(),
        1,
    ),
    (
        "titan",
        [
            {"outputText": "h", "index": 0, "inputTextTokenCount": 4},
            {"outputText": "o", "completionReason": "FINISH", "totalOutputTextTokenCount": 6},
            LAST,
        ],
        choices(),
        0,
    ),
    (
        "llama",
        [
            {"generation": "", "prompt_token_count": 4},
            {"generation": "ho", "generation_token_count": 5},
            {"generation": "", "generation_token_count": 6, "stop_reason": "stop", **LAST},
        ],
        choices(),
        1,
    ),
    (
        "mistral",
        [
            {"outputs": [{"text": "h", "stop_reason": None}]},
            {"outputs": [{"text": "o", "stop_reason": "stop"}], **LAST},
        ],
        choices(),
        0,
    ),
    (
        "choices in pieces",
        [
            {"choices": [{"index": 0, "delta": {"role": "assistant", "content": ""}}]},
            {"choices": [{"index": 0, "delta": {"content": "h"}}]},
            {"choices": [{"index": 0, "message": {"content": "o"}, "stop_reason": "stop"}]},
            {"choices": [], **LAST},
        ],
        choices(),
        1,
    ),
    (
        "calls in pieces",
        [
            {
                "choices": [
                    {
                        "delta": {
                            "tool_calls": [
                                {
                                    "index": 0,
                                    **CALL[0],
                                    "function": {"name": "sun", "arguments": '{"city":'},
                                }
                            ]
                        }
                    }
                ]
            },
            {
                "choices": [
                    {
                        "delta": {
                            "tool_calls": [{"index": 0, "function": {"arguments": '"Wien"}'}}]
                        },
                        "finish_reason": "tool_calls",
                    }
                ]
            },
            LAST,
        ],
        choices(None, "tool_calls", tool_calls=CALL),
        0,
    ),
    (
        "deepseek",
        [
            {"choices": [{"index": 0, "text": "h", "stop_reason": None}]},
            {"choices": [{"index": 0, "text": "o", "stop_reason": "stop"}], **LAST},
        ],
        choices(),
        0,
    ),
    (
        "cohere",
        [
            {"text": "h", "is_finished": False},
            {"text": "o", "is_finished": False},
            {"is_finished": True, "finish_reason": "COMPLETE", **LAST},
        ],
        choices(),
        0,
    ),
    (
        "command r",
        [
            {"event_type": "stream-start"},
            {"event_type": "text-generation", "text": "ho"},
            {"event_type": "stream-end", "finish_reason": "COMPLETE", "text": "ho", **LAST},
        ],
        choices(),
        1,
    ),
    (
        "command r with a tool",
        [
            {
                "event_type": "tool-calls-generation",
                "tool_calls": [{"name": "sun", "parameters": {"city": "Wien"}}],
            },
            {"event_type": "stream-end", "finish_reason": "COMPLETE", **LAST},
        ],
        choices(None, "tool_calls", tool_calls=[{**CALL[0], "id": None}]),
        0,
    ),
]


@pytest.mark.parametrize(
    ("events", "output", "first"), [each[1:] for each in STREAMS], ids=[each[0] for each in STREAMS]
)
def test_events_add_up_to_choices(events: list[Any], output: Any, first: int) -> None:
    """A streamed answer has the row of the same answer at once, with the counts of the service."""
    assert streamed(events) == (output, COUNTED, first)


def test_stream_that_was_cut_off_tells_no_more_than_came() -> None:
    """Of a message that only began, the number of tokens in the answer is not known."""
    accumulator = InvokeAccumulator()
    begun = {"role": "assistant", "usage": {"input_tokens": 4, "output_tokens": 1}}
    event = json.dumps({"type": "message_start", "message": begun}).encode()

    accumulator.add({"chunk": {"bytes": event}})

    assert accumulator.fields() == {"metrics": {"prompt_tokens": 4}}


@pytest.mark.parametrize("body", [b"[1]", b"{", b"", None, 5])
def test_body_that_is_no_object_is_left_out(body: Any) -> None:
    """What cannot be read costs only itself."""
    told = read_invocation({"modelId": "m", "body": body})

    assert told == {"metadata": {"provider": "bedrock", "model": "m"}}


def test_bytes_of_a_picture_are_what_was_sent() -> None:
    """A picture for Nova is base64 already, and stays it."""
    picture = {"image": {"format": "png", "source": {"bytes": PNG}}}

    told, _ = asked({"messages": [{"role": "user", "content": [picture]}]})

    assert told[0]["content"] == [picture]
    assert base64.b64decode(told[0]["content"][0]["image"]["source"]["bytes"])[1:4] == b"PNG"


@pytest.mark.parametrize(
    ("prompt", "texts"),
    [
        ("<|image|>What is it?", [None, "What is it?"]),
        ("Is <|image|> it?", ["Is ", None, " it?"]),
        ("What is it?", [None, "What is it?"]),
        ("<|image|>Or <|image|>?", [None, "Or <|image|>?"]),
    ],
)
def test_picture_for_llama_is_an_attachment_in_its_place(
    prompt: str, texts: list[str | None]
) -> None:
    """A picture stands where the prompt has a sign for it, or before a prompt without one."""
    told, _ = asked({"prompt": prompt, "images": [PNG]})

    parts = told[0]["content"]
    assert [part.get("text") for part in parts] == texts
    picture = parts[texts.index(None)]
    assert picture["type"] == "image_url"
    assert picture["image_url"]["url"].reference["content_type"] == "image/png"


@pytest.mark.parametrize("images", [None, [], "%"])
def test_prompt_without_pictures_is_a_text(images: Any) -> None:
    """A prompt that no list of pictures goes with is a text, as ever."""
    told, _ = asked({"prompt": "hi", "images": images})

    assert told == HI


def test_picture_for_llama_that_is_none_stays_as_it_is() -> None:
    """What is no base64 is on the row as it was sent."""
    told, _ = asked({"prompt": "<|image|>", "images": ["%"]})

    assert told[0]["content"] == [{"type": "image_url", "image_url": {"url": "%"}}]
