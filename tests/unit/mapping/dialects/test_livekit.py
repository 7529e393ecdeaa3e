"""The dialect of LiveKit's agents."""

from __future__ import annotations

import pytest

from support.dialects import row_of, spell

ITEMS = [
    {"id": "i", "type": "message", "role": "user", "content": ["hi"]},
    {"type": "function_call", "call_id": "1", "name": "add", "arguments": '{"a":1}'},
    {"type": "function_call_output", "call_id": "1", "name": "add", "output": "2"},
]
CALL = {"id": "1", "type": "function", "function": {"name": "add", "arguments": '{"a":1}'}}


@pytest.mark.parametrize("prefix", ["lk.", "lk.pii."])
def test_whole_call(prefix: str) -> None:
    """A request to a model becomes a whole row, under the older and the newer names."""
    fields = row_of(
        {
            f"{prefix}chat_ctx": spell({"items": ITEMS}),
            f"{prefix}instructions": "Be brief.",
            f"{prefix}response.text": "two",
            f"{prefix}response.function_calls": spell([ITEMS[1]]),
            "lk.function_tools": spell([{"name": "add"}]),
            "lk.response.ttft": 0.5,
        }
    )

    assert fields["span_attributes"]["type"] == "llm"
    assert fields["input"] == [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "hi"},
        {"role": "assistant", "tool_calls": [CALL]},
        {"role": "tool", "tool_call_id": "1", "content": "2", "name": "add"},
    ]
    (choice,) = fields["output"]
    assert choice["message"]["content"] == "two"
    assert choice["message"]["tool_calls"][0]["function"] == CALL["function"]
    assert fields["metadata"] == {"tools": [{"type": "function", "function": {"name": "add"}}]}
    assert fields["metrics"]["time_to_first_token"] == 0.5


def test_tool_run() -> None:
    """A run of a tool has arguments and result, and its error."""
    told = {
        "lk.function_tool.name": "add",
        "lk.function_tool.arguments": '{"a":1}',
        "lk.function_tool.output": "overflow",
        "lk.function_tool.is_error": True,
    }

    fields = row_of(told)
    worked = row_of({**told, "lk.function_tool.is_error": False})

    assert fields["span_attributes"]["type"] == "tool"
    assert (fields["input"], fields["output"]) == ({"a": 1}, "overflow")
    assert fields["error"] == "overflow"
    assert "error" not in worked


def test_turn() -> None:
    """A turn of the conversation has what was heard and what was said."""
    fields = row_of({"lk.user_input": "hi", "lk.response.text": "ho"})

    assert fields["span_attributes"]["type"] == "task"
    assert (fields["input"], fields["output"]) == ("hi", "ho")


def test_chat_that_cannot_be_read_is_kept() -> None:
    """A chat in no known form is the input as it came; calls in none are kept."""
    fields = row_of({"lk.chat_ctx": "cut {", "lk.response.function_calls": "[1]"})

    assert fields["input"] == "cut {"
    assert fields["metadata"] == {"lk.response.function_calls": "[1]"}


def test_entries_that_are_no_objects() -> None:
    """A text in a chat is what the user said."""
    assert row_of({"lk.chat_ctx": '["hi"]'})["input"] == [{"role": "user", "content": "hi"}]


def test_tool_without_a_result() -> None:
    """A run of a tool that has not ended has only its arguments."""
    fields = row_of({"lk.function_tool.name": "add", "lk.function_tool.arguments": "{}"})

    assert (fields["input"], "output" in fields) == ({}, False)


def test_call_without_an_answer() -> None:
    """A request that was not answered has no output."""
    assert "output" not in row_of({"lk.chat_ctx": '{"items": []}'})
