"""Messages of every provider have one form in OpenTelemetry's conventions."""

from __future__ import annotations

from typing import Any

import pytest

from braintrust_otel.instrument.genai_messages import (
    input_messages,
    output_messages,
    tool_definitions,
)

PNG = "data:image/png;base64,AAAA"
TEXT = {"type": "text", "content": "hi"}
CALL = {"type": "tool_call", "id": "c1", "name": "f", "arguments": {"a": 1}}


def parts_of(content: object, **message: object) -> Any:
    """Return the parts of one message with *content*."""
    ((found),) = input_messages([{"role": "user", "content": content, **message}])
    return found["parts"]


@pytest.mark.parametrize(
    ("given", "messages"),
    [
        ("hi", [{"role": "user", "parts": [TEXT]}]),
        ([{"role": "user", "content": "hi"}], [{"role": "user", "parts": [TEXT]}]),
        (["hi"], [{"role": "user", "parts": [TEXT]}]),
        (
            [{"role": "user", "name": "ann", "content": None}],
            [{"role": "user", "parts": [], "name": "ann"}],
        ),
        (
            {"model": "m", "contents": [{"role": "model", "parts": [{"text": "hi"}]}]},
            [{"role": "model", "parts": [TEXT]}],
        ),
        (
            [{"role": "tool", "tool_call_id": "c1", "content": "42"}],
            [
                {
                    "role": "tool",
                    "parts": [{"type": "tool_call_response", "id": "c1", "response": "42"}],
                }
            ],
        ),
        (
            [{"type": "function_call", "call_id": "c1", "name": "f", "arguments": '{"a":1}'}],
            [{"role": "assistant", "parts": [CALL]}],
        ),
        (
            [{"type": "function_call_output", "call_id": "c1", "output": "42"}],
            [
                {
                    "role": "tool",
                    "parts": [{"type": "tool_call_response", "id": "c1", "response": "42"}],
                }
            ],
        ),
        (7, []),
        (None, []),
    ],
)
def test_input(given: object, messages: list[object]) -> None:
    """A row's input is messages of parts, whatever form it had."""
    assert input_messages(given) == messages


@pytest.mark.parametrize(
    ("block", "part"),
    [
        ("hi", TEXT),
        ({"type": "text", "text": "hi"}, TEXT),
        ({"type": "input_text", "text": "hi"}, TEXT),
        ({"type": "refusal", "refusal": "hi"}, TEXT),
        ({"text": "hi"}, TEXT),
        ({"text": "hi", "thought": True}, {"type": "reasoning", "content": "hi"}),
        (
            {"type": "image_url", "image_url": {"url": PNG}},
            {"type": "blob", "modality": "image", "mime_type": "image/png", "content": "AAAA"},
        ),
        (
            {"type": "input_image", "image_url": "https://x/y.png"},
            {"type": "uri", "modality": "image", "uri": "https://x/y.png"},
        ),
        (
            {"type": "input_audio", "input_audio": {"format": "wav", "data": "AAAA"}},
            {"type": "blob", "modality": "audio", "mime_type": "audio/wav", "content": "AAAA"},
        ),
        (
            {
                "type": "document",
                "source": {"type": "base64", "media_type": "text/x", "data": "A"},
            },
            {"type": "blob", "modality": "document", "mime_type": "text/x", "content": "A"},
        ),
        (
            {"type": "image", "source": {"type": "url", "url": "u"}},
            {"type": "uri", "modality": "image", "uri": "u"},
        ),
        (
            {"type": "image", "source": {"type": "file", "file_id": "f"}},
            {"type": "file", "modality": "image", "file_id": "f"},
        ),
        ({"type": "tool_use", "id": "c1", "name": "f", "input": {"a": 1}}, CALL),
        (
            {"type": "tool_result", "tool_use_id": "c1", "content": "42"},
            {"type": "tool_call_response", "id": "c1", "response": "42"},
        ),
        ({"type": "thinking", "thinking": "hm"}, {"type": "reasoning", "content": "hm"}),
        (
            {"type": "reasoning", "summary": [{"text": "a"}, {"text": "b"}]},
            {"type": "reasoning", "content": "a\n\nb"},
        ),
        ({"functionCall": {"id": "c1", "name": "f", "args": {"a": 1}}}, CALL),
        (
            {"function_response": {"name": "f", "response": {"r": 1}}},
            {"type": "tool_call_response", "id": "f", "response": {"r": 1}},
        ),
        (
            {"inlineData": {"mimeType": "image/png", "data": "AAAA"}},
            {"type": "blob", "modality": "image", "mime_type": "image/png", "content": "AAAA"},
        ),
        (
            {"file_data": {"mime_type": "video/mp4", "file_uri": "u"}},
            {"type": "uri", "modality": "video", "mime_type": "video/mp4", "uri": "u"},
        ),
        ({"type": "web_search_call", "id": "w"}, {"type": "web_search_call", "id": "w"}),
        ({"type": "image_url", "image_url": 5}, {"type": "image_url", "image_url": 5}),
        ({"type": "image", "source": None}, {"type": "image", "source": None}),
        ({"type": "input_audio"}, {"type": "input_audio"}),
        ({"strange": 1}, {"type": "unknown", "content": {"strange": 1}}),
        (5, {"type": "unknown", "content": 5}),
    ],
)
def test_part(block: object, part: object) -> None:
    """Each kind of block is the part that stands for it; one that is not known stays as it is."""
    assert parts_of([block]) == [part]


def test_parts_of_an_answer_with_everything() -> None:
    """Reasoning, text, a refusal and tool calls of one message are parts in this order."""
    call = {"id": "c1", "type": "function", "function": {"name": "f", "arguments": '{"a": 1}'}}
    broken = {"id": "c2", "function": {"name": "f", "arguments": '{"a'}}

    parts = parts_of(
        "hi", reasoning_content="hm", refusal="no", tool_calls=[call, broken, "strange"]
    )

    assert parts == [
        {"type": "reasoning", "content": "hm"},
        TEXT,
        {"type": "text", "content": "no"},
        CALL,
        {"type": "tool_call", "id": "c2", "name": "f", "arguments": '{"a'},
        {"type": "unknown", "content": "strange"},
    ]


@pytest.mark.parametrize(
    ("made", "messages"),
    [
        (
            [{"index": 0, "finish_reason": "stop", "message": {"role": "x", "content": "hi"}}],
            [{"role": "x", "parts": [TEXT], "finish_reason": "stop"}],
        ),
        (
            {"role": "assistant", "content": [{"type": "text", "text": "hi"}], "stop_reason": "e"},
            [{"role": "assistant", "parts": [TEXT], "finish_reason": "e"}],
        ),
        (
            {"candidates": [{"content": {"parts": [{"text": "hi"}]}, "finishReason": "STOP"}]},
            [{"role": "assistant", "parts": [TEXT], "finish_reason": "STOP"}],
        ),
        (
            [{"type": "message", "role": "assistant", "content": [{"type": "text", "text": "hi"}]}],
            [{"role": "assistant", "parts": [TEXT]}],
        ),
        (["hi"], [{"role": "assistant", "parts": [TEXT]}]),
        ("hi", []),
        (None, []),
    ],
)
def test_output(made: object, messages: list[object]) -> None:
    """A row's output is messages of parts that know why they ended."""
    assert output_messages(made) == messages


@pytest.mark.parametrize(
    ("tools", "definitions"),
    [
        (
            [{"type": "function", "function": {"name": "f"}}, {"type": "web_search"}],
            [{"type": "function", "name": "f"}, {"type": "web_search"}],
        ),
        (5, []),
    ],
)
def test_tools(tools: object, definitions: list[object]) -> None:
    """A function has its name on top; other tools are as they are."""
    assert tool_definitions(tools) == definitions
