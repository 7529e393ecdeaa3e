"""The dialect of pydantic-ai, in every version of its instrumentation."""

from __future__ import annotations

from typing import Any

import pytest

from support.dialects import metrics_of, row_of, spell

SCOPE = {"scope_name": "pydantic-ai"}
HI = {"role": "user", "content": "hi"}
CALL = {"id": "1", "type": "function", "function": {"name": "add", "arguments": '{"a":1}'}}


def says(role: str, *parts: dict[str, Any]) -> dict[str, Any]:
    return {"role": role, "parts": list(parts)}


def text(content: str) -> dict[str, Any]:
    return {"type": "text", "content": content}


ASKED = says("user", text("hi"))
CALLED = says("assistant", {"type": "tool_call", "id": "1", "name": "add", "arguments": {"a": 1}})
RESULT = {"type": "tool_call_response", "id": "1", "name": "add", "result": 2}
ANSWERED = says("assistant", text("two"))


def run(*messages: dict[str, Any], **attributes: object) -> dict[str, Any]:
    told = {"pydantic_ai.all_messages": spell(messages), **attributes}
    return row_of({"agent_name": "a", "gen_ai.agent.name": "a", **told}, **SCOPE)


def test_run_of_an_agent() -> None:
    """A run has what started it, what it came to, and the steps between."""
    fields = run(
        ASKED,
        CALLED,
        says("user", RESULT),
        ANSWERED,
        final_result="two",
        **{"gen_ai.aggregated_usage.input_tokens": 3},
    )

    assert fields["span_attributes"]["type"] == "task"
    assert (fields["input"], fields["output"]) == ([HI], "two")
    assert fields["metadata"]["pydantic_ai.all_messages"] == [
        {"role": "assistant", "tool_calls": [CALL]},
        {"role": "tool", "tool_call_id": "1", "name": "add", "content": "2"},
    ]
    assert fields["metadata"]["gen_ai.agent.name"] == "a"
    assert "agent_name" not in fields["metadata"]
    assert "prompt_tokens" not in fields["metrics"]


def test_history_belongs_to_what_started_the_run() -> None:
    """Messages of earlier runs are part of the input."""
    fields = run(
        ASKED,
        ANSWERED,
        ASKED,
        ANSWERED,
        final_result="two",
        **{"pydantic_ai.new_message_index": 2},
    )

    assert fields["input"] == [HI, {"role": "assistant", "content": "two"}, HI]
    assert "pydantic_ai.all_messages" not in fields["metadata"]


def test_instructions_open_the_input() -> None:
    """Instructions are the first message."""
    fields = run(ASKED, **{"gen_ai.system_instructions": spell([text("Be brief.")])})

    assert fields["input"] == [{"role": "system", "content": "Be brief."}, HI]
    assert "gen_ai.system_instructions" not in fields["metadata"]


def test_result_that_is_an_object() -> None:
    """A result that was spelled out is an object again."""
    assert run(ASKED, final_result='{"a": 1}')["output"] == {"a": 1}


def test_version_1() -> None:
    """The first version wrote lists of message events, of a request and of a run."""
    events = [
        {"event.name": "gen_ai.system.message", "role": "system", "content": "Be brief."},
        {"event.name": "gen_ai.user.message", "content": "hi", "gen_ai.message.index": 0},
        {"event.name": "gen_ai.tool.message", "role": "tool", "id": "1", "content": "2"},
        {"event.name": "gen_ai.choice", "index": 0, "message": {"content": "two"}},
    ]
    asked = [
        {"role": "system", "content": "Be brief."},
        HI,
        {"role": "tool", "tool_call_id": "1", "content": "2"},
    ]

    request = row_of({"gen_ai.operation.name": "chat", "events": spell(events)}, **SCOPE)
    agent = row_of({"all_messages_events": spell(events), "final_result": "two"}, **SCOPE)

    assert request["input"] == asked
    assert request["output"] == [{"index": 0, "message": {"role": "assistant", "content": "two"}}]
    assert request["span_attributes"]["type"] == "llm"
    assert (agent["input"], agent["output"]) == (asked, "two")
    assert agent["span_attributes"]["type"] == "task"
    assert "metadata" not in request


def test_tool_of_version_2() -> None:
    """Tools had attributes of their own before version 3."""
    told = {"gen_ai.tool.name": "add", "tool_arguments": '{"a":1}', "tool_response": "2"}

    fields = row_of(told, **SCOPE)

    assert fields["span_attributes"]["type"] == "tool"
    assert (fields["input"], fields["output"]) == ({"a": 1}, "2")


def test_tools_that_run_together_are_a_task() -> None:
    """The span around several tools is a task."""
    assert row_of({"tools": ("a", "b")}, **SCOPE)["span_attributes"]["type"] == "task"


@pytest.mark.parametrize("is_told", [True, False])
def test_tools_of_the_request(is_told: bool) -> None:
    """Tools are read from the parameters where nothing else tells them."""
    tool = {"name": "add", "description": "Add.", "parameters_json_schema": {"type": "object"}}
    parameters = {"function_tools": [tool], "output_mode": "text", "output_tools": [], "x": None}
    function = {"name": "add", "description": "Add.", "parameters": {"type": "object"}}
    definitions = {"gen_ai.tool.definitions": spell([{"type": "function", **function}])}

    fields = row_of(
        {"model_request_parameters": spell(parameters)} | (definitions if is_told else {}), **SCOPE
    )

    assert fields["metadata"] == {
        "tools": [{"type": "function", "function": function}],
        "model_request_parameters": {"output_mode": "text"},
    }


def test_details_of_the_counts() -> None:
    """Counts that only the details tell are metrics; a cache above the prompt was left out."""
    details = {"cache_read_tokens": 5, "cache_write_tokens": 1, "reasoning_tokens": 2}
    told: dict[str, object] = {
        f"gen_ai.usage.details.{name}": count for name, count in details.items()
    }

    assert metrics_of(
        told | {"gen_ai.usage.input_tokens": 10, "gen_ai.usage.output_tokens": 4}, **SCOPE
    ) == {
        "prompt_tokens": 10,
        "completion_tokens": 4,
        "tokens": 14,
        "prompt_cached_tokens": 5,
        "prompt_cache_creation_tokens": 1,
        "completion_reasoning_tokens": 2,
    }


def test_names_of_others_are_not_read() -> None:
    """On a span of somebody else its names mean nothing."""
    fields = row_of({"events": "[]", "final_result": "x", "agent_name": "a"})

    assert fields["metadata"] == {"events": "[]", "final_result": "x", "agent_name": "a"}


def test_run_without_messages() -> None:
    """With content left out a run still has its result."""
    fields = row_of({"all_messages_events": "cut [", "final_result": "x"}, **SCOPE)

    assert (fields["output"], "input" in fields) == ("x", False)


def test_event_of_an_unknown_name_has_no_author() -> None:
    """A message event of an unknown name keeps what it says."""
    events = [{"event.name": "gen_ai.odd", "content": "x"}]

    assert row_of({"events": spell(events)}, **SCOPE)["input"] == [{"content": "x"}]
