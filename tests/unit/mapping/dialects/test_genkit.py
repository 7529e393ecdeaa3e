"""The dialect of Genkit."""

from __future__ import annotations

from typing import Any

import pytest

from support.dialects import row_of, spell


def genkit(subtype: str, sent: object = None, answered: object = None) -> dict[str, object]:
    told: dict[str, object] = {"genkit:metadata:subtype": subtype}
    told |= {} if sent is None else {"genkit:input": spell(sent)}
    return told if answered is None else told | {"genkit:output": spell(answered)}


def test_whole_call() -> None:
    """A request to a model becomes a whole row in the form of chat completions."""
    sent = {
        "messages": [
            {"role": "system", "content": [{"text": "Be brief."}]},
            {
                "role": "user",
                "content": [
                    {"text": "hi"},
                    {"media": {"url": "https://x/y.png", "contentType": "image/png"}},
                ],
            },
            {
                "role": "model",
                "content": [{"toolRequest": {"ref": "1", "name": "add", "input": {"a": 1}}}],
            },
            {
                "role": "tool",
                "content": [{"toolResponse": {"ref": "1", "name": "add", "output": 2}}],
            },
        ],
        "tools": [{"name": "add", "inputSchema": {"type": "object"}}],
        "config": {"maxOutputTokens": 9, "temperature": None, "apiKey": "secret"},
        "output": {"format": "text"},
    }
    answered = {
        "message": {"role": "model", "content": [{"reasoning": "hm"}, {"text": "ho"}, {"data": 1}]},
        "finishReason": "stop",
        "usage": {"inputTokens": 5, "outputTokens": 2, "thoughtsTokens": 1},
    }

    fields = row_of(genkit("model", sent, answered))

    call = {"id": "1", "type": "function", "function": {"name": "add", "arguments": '{"a":1}'}}
    assert fields["span_attributes"]["type"] == "llm"
    assert fields["input"] == [
        {"role": "system", "content": "Be brief."},
        {
            "role": "user",
            "content": [
                {"type": "text", "text": "hi"},
                {"type": "image_url", "image_url": {"url": "https://x/y.png"}},
            ],
        },
        {"role": "assistant", "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "1", "name": "add", "content": "2"},
    ]
    (choice,) = fields["output"]
    assert choice["finish_reason"] == "stop"
    assert choice["message"]["content"] == [{"type": "text", "text": "ho"}, {"data": 1}]
    assert choice["message"]["reasoning"] == [{"content": "hm"}]
    function = {"name": "add", "parameters": {"type": "object"}}
    assert fields["metadata"] == {
        "tools": [{"type": "function", "function": function}],
        "max_tokens": 9,
        "genkit:input": {"output": {"format": "text"}},
    }
    assert fields["metrics"].items() >= {
        ("prompt_tokens", 5),
        ("completion_tokens", 2),
        ("tokens", 7),
        ("completion_reasoning_tokens", 1),
    }


def test_answer_of_older_versions() -> None:
    """The answer was the first of several candidates."""
    candidate = {"message": {"role": "model", "content": [{"text": "ho"}]}, "finishReason": "STOP"}

    (choice,) = row_of(genkit("model", None, {"candidates": [candidate]}))["output"]

    assert (choice["finish_reason"], choice["message"]["content"]) == ("stop", "ho")


@pytest.mark.parametrize(
    ("subtype", "type_"),
    [
        ("flow", "task"),
        ("tool.v2", "tool"),
        ("retriever", "tool"),
        ("embedder", "llm"),
        ("evaluator", "score"),
        ("unheard", None),
    ],
)
def test_type(subtype: str, type_: str | None) -> None:
    """Each subtype of an action has its type of span."""
    assert row_of(genkit(subtype))["span_attributes"].get("type") == type_


@pytest.mark.parametrize(
    ("subtype", "value"),
    [("flow", {"q": 1}), ("flow", "text"), ("model", "text"), ("model", {"messages": 1})],
)
def test_other_content_stays(subtype: str, value: Any) -> None:
    """What is no request to a model, and no answer, stays as it is."""
    fields = row_of(genkit(subtype, value, value))

    assert (fields["input"], fields["output"]) == (value, value)


def test_text_that_is_no_json_stays() -> None:
    """Cut text, and messages that are none, are kept."""
    cut = row_of({"genkit:metadata:subtype": "flow", "genkit:input": "{cut", "genkit:output": 5})
    odd = row_of(genkit("model", {"messages": [1]}))

    assert (cut["input"], cut["output"]) == ("{cut", 5)
    assert odd["input"] == [1]


def test_answer_without_a_message() -> None:
    """Candidates that hold no message are the output as they are."""
    assert row_of(genkit("model", None, {"candidates": [1]}))["output"] == {"candidates": [1]}


def test_part_that_is_a_text() -> None:
    """A part that is a text by itself is one."""
    sent = {"messages": [{"role": "user", "content": ["hi"]}]}

    assert row_of(genkit("model", sent))["input"] == [{"role": "user", "content": "hi"}]
