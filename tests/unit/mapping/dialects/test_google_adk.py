"""The dialect of Google's Agent Development Kit."""

from __future__ import annotations

from typing import Any

from support.dialects import row_of, spell

PREFIX = "gcp.vertex.agent."


def adk(**attributes: Any) -> dict[str, object]:
    return {
        f"{PREFIX}{key}": value if isinstance(value, str) else spell(value)
        for key, value in attributes.items()
    }


def test_whole_call() -> None:
    """A request and its answer become a whole row in the form of chat completions."""
    contents = [
        {"role": "user", "parts": [{"text": "hi"}]},
        {"role": "model", "parts": [{"function_call": {"name": "add", "args": {"a": 1}}}]},
        {"role": "user", "parts": [{"function_response": {"name": "add", "response": {"b": 2}}}]},
    ]
    function = {"name": "add", "description": "Add.", "parameters": {"type": "OBJECT"}}
    config = {
        "system_instruction": "Be brief.",
        "temperature": 0.5,
        "tools": [{"function_declarations": [function]}, {"google_search": {}}, 5],
        "labels": {"a": "b"},
        "unused": None,
    }
    usage = {"prompt_token_count": 5, "candidates_token_count": 2, "thoughts_token_count": 3}
    content = {"role": "model", "parts": [{"text": "ho"}]}

    fields = row_of(
        adk(
            llm_request={"model": "gemini", "contents": contents, "config": config},
            llm_response={
                "content": content,
                "finish_reason": "STOP",
                "usage_metadata": usage,
                "partial": False,
            },
        )
    )

    call = {"type": "function", "function": {"name": "add", "arguments": '{"a":1}'}}
    assert fields["span_attributes"]["type"] == "llm"
    assert fields["input"] == [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "hi"},
        {"role": "assistant", "tool_calls": [call]},
        {"role": "tool", "name": "add", "content": '{"b":2}'},
    ]
    assert fields["output"] == [
        {
            "index": 0,
            "finish_reason": "stop",
            "message": {"role": "assistant", "content": "ho"},
        }
    ]
    assert fields["metadata"] == {
        "model": "gemini",
        "temperature": 0.5,
        "tools": [
            {"type": "function", "function": function},
            {"type": "google_search", "google_search": {}},
        ],
        f"{PREFIX}llm_request": {"labels": {"a": "b"}},
        f"{PREFIX}llm_response": {"partial": False},
    }
    assert fields["metrics"].items() >= {
        ("prompt_tokens", 5),
        ("completion_tokens", 5),
        ("completion_reasoning_tokens", 3),
        ("tokens", 10),
    }


def test_tool_run() -> None:
    """The span of a tool has its arguments and result; the empty request there says nothing."""
    fields = row_of(
        adk(llm_request="{}", llm_response="{}", tool_call_args={"a": 1}, tool_response="plain")
    )

    assert fields["span_attributes"]["type"] == "tool"
    assert (fields["input"], fields["output"]) == ({"a": 1}, "plain")
    assert "metadata" not in fields


def test_instruction_in_parts() -> None:
    """An instruction may be a content with parts."""
    config = {"system_instruction": {"parts": [{"text": "Be brief."}]}}

    fields = row_of(adk(llm_request={"contents": [], "config": config}))

    assert fields["input"] == [{"role": "system", "content": "Be brief."}]


def test_request_and_answer_in_other_forms() -> None:
    """A request without contents, and an answer with candidates, stay as they are."""
    fields = row_of(adk(llm_request={"truncated": True}, llm_response={"candidates": [1]}))

    assert fields["input"] == {"truncated": True}
    assert fields["output"] == {"candidates": [1]}


def test_request_without_settings() -> None:
    """What is not told is not there."""
    fields = row_of(adk(llm_request={"contents": []}, llm_response={"error_code": "x"}))

    assert fields["input"] == []
    assert "output" not in fields
    assert fields["metadata"] == {f"{PREFIX}llm_response": {"error_code": "x"}}


def test_declaration_that_is_no_object() -> None:
    """A function that is no object is none."""
    config = {"tools": [{"function_declarations": [5]}]}

    fields = row_of(adk(llm_request={"contents": [], "config": config}))

    assert "metadata" not in fields
