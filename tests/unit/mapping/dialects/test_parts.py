"""Parts of messages become messages of chat completions."""

from __future__ import annotations

from typing import Any

import pytest

from braintrust_otel._mapping.dialects.parts import messages_of

CALL = {"id": "1", "type": "function", "function": {"name": "add", "arguments": '{"a":1}'}}


def content_of(*parts: Any) -> Any:
    """Return the content that a user's message of *parts* gets."""
    (message,) = messages_of({"role": "user", "parts": list(parts)})
    return message["content"]


@pytest.mark.parametrize(
    ("parts", "content"),
    [
        ([{"type": "text", "content": "hi"}], "hi"),
        ([{"type": "text", "text": "hi"}], "hi"),
        ([{"text": "hi"}], "hi"),
        (["hi"], "hi"),
        (
            [{"type": "text", "content": "a"}, {"type": "text", "content": "b"}],
            [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}],
        ),
        (
            [{"type": "text", "text": "a", "cache_control": {"type": "ephemeral"}}],
            [{"type": "text", "text": "a", "cache_control": {"type": "ephemeral"}}],
        ),
    ],
)
def test_text(parts: list[Any], content: object) -> None:
    """A text by itself is the content; several, or one that says more, are parts."""
    assert content_of(*parts) == content


@pytest.mark.parametrize(
    "part",
    [
        {"type": "tool_call", "id": "1", "name": "add", "arguments": {"a": 1}},
        {"type": "tool_call", "id": "1", "name": "add", "arguments": '{"a":1}'},
        {"type": "tool_use", "id": "1", "name": "add", "input": {"a": 1}},
        {"type": "tool-call", "toolCallId": "1", "toolName": "add", "args": {"a": 1}},
        {"toolUse": {"toolUseId": "1", "name": "add", "input": {"a": 1}}},
        {"functionCall": {"id": "1", "name": "add", "args": {"a": 1}}},
        {"function_call": {"id": "1", "name": "add", "args": {"a": 1}}},
    ],
)
def test_tool_call(part: dict[str, Any]) -> None:
    """Calls of tools have one form, whoever wrote them; arguments are a text."""
    told = messages_of({"role": "assistant", "parts": [part]})

    assert told == [{"role": "assistant", "tool_calls": [CALL]}]


def test_arguments_stay_as_the_model_wrote_them() -> None:
    """Arguments that are a text already are not touched, even if they are no JSON."""
    part = {"type": "tool_call", "name": "add", "arguments": '{"a": 1'}

    (message,) = messages_of({"role": "assistant", "parts": [part]})

    assert message["tool_calls"] == [
        {"type": "function", "function": {"name": "add", "arguments": '{"a": 1'}}
    ]


def test_text_beside_a_call() -> None:
    """An empty text beside a call says nothing; another one is the content."""
    call = {**CALL, "type": "tool_call"}
    empty = {"type": "text", "content": ""}

    (bare,) = messages_of({"role": "assistant", "parts": [empty, call]})
    (both,) = messages_of({"role": "assistant", "parts": [{**empty, "content": "wait"}, call]})

    assert "content" not in bare
    assert both["content"] == "wait"


def test_call_told_twice_is_one() -> None:
    """A call that is among the content and among the calls of a message is one call."""
    message = {"role": "assistant", "tool_calls": [CALL], "content": [{**CALL, "type": "tool_use"}]}

    assert messages_of(message) == [{"role": "assistant", "tool_calls": [CALL]}]


@pytest.mark.parametrize(
    "part",
    [
        {"type": "tool_call_response", "id": "1", "response": "3"},
        {"type": "tool_call_response", "id": "1", "result": "3"},
        {"type": "tool_result", "tool_use_id": "1", "content": "3"},
        {"type": "tool_result", "tool_use_id": "1", "content": [{"type": "text", "text": "3"}]},
        {"type": "tool-result", "toolCallId": "1", "output": {"type": "text", "value": "3"}},
        {"toolResult": {"toolUseId": "1", "content": [{"text": "3"}]}},
    ],
)
def test_tool_result(part: dict[str, Any]) -> None:
    """The result of a tool is a message by itself, even within a user's message."""
    told = messages_of({"role": "user", "parts": [part, {"type": "text", "content": "go on"}]})

    assert told == [
        {"role": "tool", "tool_call_id": "1", "content": "3"},
        {"role": "user", "content": "go on"},
    ]


def test_name_of_the_tool_that_answered() -> None:
    """Where the tool is named, its answer is, too."""
    part = {"type": "tool-result", "toolName": "add", "result": "3"}

    assert messages_of({"role": "tool", "parts": [part]}) == [
        {"role": "tool", "name": "add", "content": "3"}
    ]


@pytest.mark.parametrize(
    ("response", "content"),
    [({"sum": 3}, '{"sum":3}'), ([1, 2], "[1,2]"), (3, "3"), (None, None)],
)
def test_tool_result_that_is_no_text(response: object, content: str | None) -> None:
    """A result that is no text is told as JSON text."""
    part = {"type": "tool_call_response", "response": response}

    assert messages_of({"role": "tool", "parts": [part]}) == [{"role": "tool", "content": content}]


def test_tool_result_with_a_picture() -> None:
    """A result made of parts keeps them, so that media in it is found."""
    picture = {
        "type": "image",
        "source": {"type": "base64", "data": "AA", "media_type": "image/png"},
    }
    part = {"type": "tool_result", "content": [{"type": "text", "text": "see"}, picture]}

    (message,) = messages_of({"role": "user", "parts": [part]})

    assert message["content"] == [{"type": "text", "text": "see"}, picture]


@pytest.mark.parametrize(
    ("part", "told"),
    [
        ({"type": "reasoning", "content": "hm"}, {"content": "hm"}),
        ({"type": "thinking", "content": "hm", "id": "r1"}, {"content": "hm", "id": "r1"}),
        (
            {"type": "thinking", "thinking": "hm", "signature": "s"},
            {"content": "hm", "signature": "s"},
        ),
    ],
)
def test_reasoning(part: dict[str, Any], told: dict[str, Any]) -> None:
    """What the model thought stands beside its answer."""
    (message,) = messages_of(
        {"role": "assistant", "parts": [part, {"type": "text", "content": "4"}]}
    )

    assert message == {"role": "assistant", "content": "4", "reasoning": [told]}


def test_reasoning_that_says_nothing() -> None:
    """A thought without any content is none."""
    assert messages_of({"role": "assistant", "parts": [{"type": "reasoning"}]}) == [
        {"role": "assistant"}
    ]


@pytest.mark.parametrize(
    ("part", "told"),
    [
        (
            {"type": "blob", "modality": "image", "mime_type": "image/png", "content": "AA=="},
            {"type": "image_url", "image_url": {"url": "data:image/png;base64,AA=="}},
        ),
        (
            {"type": "binary", "media_type": "application/pdf", "content": "AA=="},
            {"type": "file", "file": {"file_data": "data:application/pdf;base64,AA=="}},
        ),
        (
            {"type": "uri", "modality": "image", "uri": "https://e.com/a"},
            {"type": "image_url", "image_url": {"url": "https://e.com/a"}},
        ),
        (
            {"type": "image-url", "url": "https://e.com/a"},
            {"type": "image_url", "image_url": {"url": "https://e.com/a"}},
        ),
        (
            {"type": "document-url", "url": "https://e.com/a.pdf", "name": "a.pdf"},
            {"type": "file", "file": {"file_data": "https://e.com/a.pdf", "filename": "a.pdf"}},
        ),
        (
            {"type": "uri", "modality": "audio", "uri": "https://e.com/a", "transcript": "hi"},
            {"type": "file", "file": {"file_data": "https://e.com/a"}, "transcript": "hi"},
        ),
        (
            {"type": "file", "modality": "document", "file_id": "f1"},
            {"type": "file", "file": {"file_id": "f1"}},
        ),
        (
            {"type": "file", "data": "AA==", "mediaType": "text/csv", "filename": "a.csv"},
            {
                "type": "file",
                "file": {"file_data": "data:text/csv;base64,AA==", "filename": "a.csv"},
            },
        ),
        (
            {"type": "image", "image": "AA==", "mediaType": "image/png"},
            {"type": "image_url", "image_url": {"url": "data:image/png;base64,AA=="}},
        ),
        (
            {"type": "image", "image": "https://e.com/a"},
            {"type": "image_url", "image_url": {"url": "https://e.com/a"}},
        ),
    ],
)
def test_media(part: dict[str, Any], told: dict[str, Any]) -> None:
    """Media is told as chat completions tell it, bytes as a data URL."""
    assert content_of(part) == [told]


@pytest.mark.parametrize(
    "part",
    [
        {"type": "server_tool_call", "name": "search"},
        {"type": "image_url", "image_url": {"url": "https://e.com/a"}},
        {"type": "file", "file": {"file_data": "data:"}},
        {"type": "image", "source": {"type": "url", "url": "https://e.com/a"}},
        {"type": "blob", "content": "AA=="},
        {"type": "uri", "uri": 3},
        {"type": "image-url"},
        {"type": "file"},
        {"type": {}, "x": 1},
        {"toolUse": 3},
        {"unknown": 1},
        {},
        7,
        None,
    ],
)
def test_what_nobody_knows_is_kept(part: object) -> None:
    """A part that cannot be told in other words stays as it is."""
    assert content_of(part) == [part]


@pytest.mark.parametrize(
    ("message", "told"),
    [
        ({"role": "user", "content": "hi"}, {"role": "user", "content": "hi"}),
        ({"role": "human", "content": "hi"}, {"role": "user", "content": "hi"}),
        ({"role": "model", "parts": [{"text": "hi"}]}, {"role": "assistant", "content": "hi"}),
        ({"role": "user", "name": "eve", "parts": []}, {"role": "user", "name": "eve"}),
        (
            {"role": "tool", "tool_call_id": "1", "content": "3"},
            {"role": "tool", "tool_call_id": "1", "content": "3"},
        ),
        ({"role": ["odd"]}, {"role": ["odd"]}),
        ({}, {}),
        (
            {"role": "assistant", "content": None, "tool_calls": [CALL]},
            {"role": "assistant", "tool_calls": [CALL]},
        ),
        (
            {"role": "assistant", "tool_calls": ["odd"]},
            {
                "role": "assistant",
                "tool_calls": [{"type": "function", "function": {"arguments": "odd"}}],
            },
        ),
    ],
)
def test_messages_of_other_forms(message: dict[str, Any], told: dict[str, Any]) -> None:
    """Messages without parts, and roles by other names, are told alike."""
    assert messages_of(message) == [told]
