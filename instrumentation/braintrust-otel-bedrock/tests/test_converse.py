"""What goes to Converse and comes back becomes messages, settings, choices and counts."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from braintrust_otel_bedrock.converse import read_answer, read_request
from braintrust_otel_bedrock.converse_stream import ConverseAccumulator
from support.bedrock_calls import said

PNG = b"\x89PNG\r\n\x1a\n" + bytes(24)
PICTURE = {"image": {"format": "png", "source": {"bytes": PNG}}}
TOLD_PICTURE = {"image": {"format": "png", "source": {"bytes": base64.b64encode(PNG).decode()}}}
CACHE = {"cachePoint": {"type": "default", "ttl": "1h"}}
HI = {"role": "user", "content": [{"text": "hi"}]}


def asked(*messages: Any, **parameters: Any) -> Any:
    """Return the input of a call."""
    return read_request({"modelId": "m", "messages": list(messages), **parameters})["input"]


def metadata(**parameters: Any) -> Any:
    """Return the metadata of a call but for model and provider."""
    told: Any = dict(read_request({"modelId": "m", "messages": [], **parameters})["metadata"])  # type: ignore[call-overload]  # a mapping
    assert (told.pop("model"), told.pop("provider")) == ("m", "bedrock")
    return told


def message(*content: Any) -> Any:
    """Return the one message of an answer with this content."""
    output: Any = read_answer(said(*content))["output"]
    return output[0]["message"]


def test_system_prompt_comes_first() -> None:
    """The system prompt, blocks beside the messages, is the first message."""
    told = asked(HI, system=[{"text": "Be brief."}])

    assert told == [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "hi"},
    ]


def test_blocks_that_rows_have_no_form_for_stay() -> None:
    """Pictures, cache points and what is guarded stand where they stood; bytes are base64."""
    guarded = {"guardContent": {"text": {"text": "x", "qualifiers": ["query"]}}}
    given = {"role": "user", "content": [{"text": "see"}, PICTURE, CACHE, guarded]}

    (told,) = asked(given)

    assert told["content"] == [{"type": "text", "text": "see"}, TOLD_PICTURE, CACHE, guarded]
    assert given["content"][1] is PICTURE


def test_calls_and_results_of_tools() -> None:
    """A call is the assistant's, a result is a message by itself with the id that it answers."""
    call = {"toolUse": {"toolUseId": "t1", "name": "sun", "input": {"city": "Wien ☀"}}}
    results = [
        {"toolResult": {"toolUseId": "t1", "content": [{"json": {"a": 1}}], "status": "error"}},
        {"toolResult": {"toolUseId": "t2", "content": [{"text": "see"}, PICTURE]}},
        {"text": "go on"},
    ]

    told = asked({"role": "assistant", "content": [call]}, {"role": "user", "content": results})

    function = {"name": "sun", "arguments": '{"city":"Wien ☀"}'}
    calls = [{"id": "t1", "type": "function", "function": function}]
    assert told == [
        {"role": "assistant", "content": None, "tool_calls": calls},
        {"role": "tool", "tool_call_id": "t1", "content": '{"a":1}', "status": "error"},
        {
            "role": "tool",
            "tool_call_id": "t2",
            "content": [{"type": "text", "text": "see"}, TOLD_PICTURE],
        },
        {"role": "user", "content": "go on"},
    ]


def test_stored_prompt_is_told_by_what_is_put_into_it() -> None:
    """A call without messages tells the variables of the stored prompt."""
    told = read_request({"modelId": "p", "promptVariables": {"city": {"text": "Wien"}}})

    assert told["input"] == {"promptVariables": {"city": {"text": "Wien"}}}


def test_settings_have_the_names_of_rows() -> None:
    """The settings that all providers share are told, and nothing else that was sent."""
    told = metadata(
        inferenceConfig={"maxTokens": 9, "temperature": 0, "topP": 0.5, "stopSequences": ["x"]},
        additionalModelRequestFields={"top_k": 3, "presence_penalty": 1},
        requestMetadata={"team": "a"},
        guardrailConfig={"guardrailIdentifier": "g", "guardrailVersion": "1"},
    )

    assert told == {
        "max_tokens": 9,
        "temperature": 0,
        "top_p": 0.5,
        "stop": ["x"],
        "presence_penalty": 1,
    }


def test_schema_of_the_answer_is_told() -> None:
    """The form that the answer must have is read out of the text that it is sent as."""
    schema = {"type": "object"}
    described = {"jsonSchema": {"name": "n", "schema": json.dumps(schema)}}

    told = metadata(outputConfig={"textFormat": {"type": "json_schema", "structure": described}})

    form = {"type": "json_schema", "json_schema": {"name": "n", "schema": schema}}
    assert told == {"response_format": form}


@pytest.mark.parametrize(
    ("chosen", "told"),
    [
        ({"auto": {}}, "auto"),
        ({"any": {}}, "required"),
        ({"tool": {"name": "sun"}}, {"type": "function", "function": {"name": "sun"}}),
    ],
)
def test_tools_have_the_form_of_functions(chosen: Any, told: Any) -> None:
    """Tools of the caller are functions, those of the model keep their own form."""
    schema = {"type": "object", "properties": {}}
    tool = {"name": "sun", "description": "d", "inputSchema": {"json": schema}, "strict": True}
    offered = [{"toolSpec": tool}, {"systemTool": {"name": "nova_grounding"}}, CACHE]

    found = metadata(toolConfig={"tools": offered, "toolChoice": chosen})

    function = {"name": "sun", "description": "d", "parameters": schema, "strict": True}
    assert found == {
        "tools": [
            {"type": "function", "function": function},
            {"type": "systemTool", "name": "nova_grounding"},
        ],
        "tool_choice": told,
    }


def test_thoughts_stand_beside_the_answer() -> None:
    """What the model thought is told with its signature, also what only the provider can read."""
    thought = {"reasoningText": {"text": "hm", "signature": "s"}}

    told = message(
        {"reasoningContent": thought},
        {"reasoningContent": {"redactedContent": b"\x01"}},
        {"text": "ho"},
    )

    assert told == {
        "role": "assistant",
        "content": "ho",
        "reasoning": [{"content": "hm", "signature": "s"}, {"redacted_content": "AQ=="}],
    }


def test_text_with_sources_keeps_them() -> None:
    """A text that cites says what it cites."""
    source = {"title": "t", "location": {"web": {"url": "u"}}}

    told = message({"citationsContent": {"content": [{"text": "ho"}], "citations": [source]}})

    assert told["content"] == [{"type": "text", "text": "ho", "citations": [source]}]


def test_tools_that_the_model_ran_are_no_calls_to_answer() -> None:
    """What ran where the model ran stays in the content, with its result."""
    use = {"toolUse": {"toolUseId": "t", "name": "n", "input": {}, "type": "server_tool_use"}}
    result = {"toolResult": {"toolUseId": "t", "content": [{"text": "x"}], "type": "n_result"}}

    assert message(use, result, {"text": "ho"}) == {
        "role": "assistant",
        "content": [use, result, {"type": "text", "text": "ho"}],
    }


@pytest.mark.parametrize(
    ("reason", "told"),
    [
        ("end_turn", "stop"),
        ("stop_sequence", "stop"),
        ("tool_use", "tool_calls"),
        ("max_tokens", "length"),
        ("model_context_window_exceeded", "length"),
        ("guardrail_intervened", "content_filter"),
        ("content_filtered", "content_filter"),
        ("malformed_tool_use", "malformed_tool_use"),
    ],
)
def test_reasons_are_those_of_chat_completions(reason: str, told: str) -> None:
    """Why the model stopped is said in one way; what has no such word stays."""
    output: Any = read_answer(said({"text": "ho"}, stopReason=reason))["output"]

    assert output[0]["finish_reason"] == told


def test_routed_call_tells_who_answered() -> None:
    """Where a router chose the model, that is the one whose prices apply."""
    address = "arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-lite-v1:0"

    told = read_answer(said({"text": "ho"}, trace={"promptRouter": {"invokedModelId": address}}))

    assert told["metadata"] == {"model": "amazon.nova-lite-v1:0"}


def test_answer_without_a_message_has_no_output() -> None:
    """What was not said is not made up."""
    assert read_answer({"usage": {}}) == {}


def delta(index: int, **held: Any) -> Any:
    """Return an event with a piece of a block."""
    return {"contentBlockDelta": {"contentBlockIndex": index, "delta": held}}


def start(index: int, **held: Any) -> Any:
    """Return an event that opens a block."""
    return {"contentBlockStart": {"contentBlockIndex": index, "start": held}}


SOURCE = {"title": "t", "location": {"web": {"url": "u"}}}
STREAMS: list[tuple[str, list[Any], list[Any]]] = [
    ("text", [delta(0, text="H"), delta(0, text="o")], [{"text": "Ho"}]),
    (
        "tools in turns",
        [
            start(0, toolUse={"toolUseId": "a", "name": "x"}),
            start(1, toolUse={"toolUseId": "b", "name": "y"}),
            delta(1, toolUse={"input": '{"n":'}),
            delta(0, toolUse={"input": ""}),
            delta(1, toolUse={"input": "1}"}),
        ],
        [
            {"toolUse": {"toolUseId": "a", "name": "x", "input": {}}},
            {"toolUse": {"toolUseId": "b", "name": "y", "input": {"n": 1}}},
        ],
    ),
    (
        "thought",
        [
            delta(0, reasoningContent={"text": "h"}),
            delta(0, reasoningContent={"text": "m"}),
            delta(0, reasoningContent={"signature": "s"}),
            delta(1, reasoningContent={"redactedContent": b"\x01"}),
            delta(2, text="Ho"),
        ],
        [
            {"reasoningContent": {"reasoningText": {"text": "hm", "signature": "s"}}},
            {"reasoningContent": {"redactedContent": b"\x01"}},
            {"text": "Ho"},
        ],
    ),
    (
        "sources",
        [delta(0, text="Ho"), delta(0, citation=SOURCE)],
        [{"citationsContent": {"content": [{"text": "Ho"}], "citations": [SOURCE]}}],
    ),
    (
        "picture",
        [
            start(0, image={"format": "png"}),
            delta(0, image={"source": {"bytes": PNG[:9]}}),
            delta(0, image={"source": {"bytes": PNG[9:]}}),
        ],
        [PICTURE],
    ),
    (
        "tool of the model",
        [
            start(0, toolResult={"toolUseId": "t", "type": "n_result"}),
            delta(0, toolResult=[{"text": "x"}]),
        ],
        [{"toolResult": {"toolUseId": "t", "type": "n_result", "content": [{"text": "x"}]}}],
    ),
]


@pytest.mark.parametrize(
    ("events", "content"), [each[1:] for each in STREAMS], ids=[each[0] for each in STREAMS]
)
def test_stream_adds_up_to_the_unstreamed_answer(events: list[Any], content: list[Any]) -> None:
    """The row of a stream is that of the same answer at once."""
    usage = {"inputTokens": 1, "outputTokens": 2, "totalTokens": 3}
    end = [{"messageStop": {"stopReason": "end_turn"}}, {"metadata": {"usage": usage}}]
    accumulator = ConverseAccumulator()

    have_content = [accumulator.add(event) for event in events]
    [accumulator.add(event) for event in end]

    assert accumulator.fields() == read_answer(said(*content))
    assert any(have_content)


def test_what_only_opens_a_message_is_no_content() -> None:
    """Roles, ends and counts do not count as the first token."""
    accumulator = ConverseAccumulator()
    events: list[Any] = [{"messageStart": {"role": "assistant"}}, delta(0, text=""), {"odd": {}}]

    assert [accumulator.add(event) for event in events] == [False, False, False]


def test_events_may_be_changed_afterwards() -> None:
    """What the user does to an event that he was handed does not reach the row."""
    accumulator = ConverseAccumulator()
    event = {"metadata": {"usage": {"inputTokens": 1}}}

    accumulator.add(event)
    event["metadata"]["usage"].clear()

    assert accumulator.fields() == {"metrics": {"prompt_tokens": 1}}
