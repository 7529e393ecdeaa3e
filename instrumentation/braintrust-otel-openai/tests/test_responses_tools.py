"""Tools that ran at the provider become spans under the call."""

from __future__ import annotations

from typing import Any

import pytest

from braintrust_otel.instrument import Child
from braintrust_otel.instrument.openai_shapes.responses_answer import read_answer
from braintrust_otel.instrument.openai_shapes.responses_tools import tool_spans
from support.responses_calls import message, response

DONE = {"id": "x", "status": "completed"}


@pytest.mark.parametrize(
    ("item", "child"),
    [
        (
            {
                "type": "web_search_call",
                "action": {"type": "search", "query": "q", "sources": [{"url": "u"}]},
            },
            Child(
                "web_search",
                {"input": {"type": "search", "query": "q"}, "output": [{"url": "u"}]},
            ),
        ),
        (
            {"type": "web_search_call", "action": {"type": "open_page", "url": "u"}},
            Child("web_search", {"input": {"type": "open_page", "url": "u"}}),
        ),
        (
            {"type": "file_search_call", "queries": ["q"], "results": [{"text": "t"}]},
            Child("file_search", {"input": {"queries": ["q"]}, "output": [{"text": "t"}]}),
        ),
        (
            {
                "type": "code_interpreter_call",
                "code": "1",
                "outputs": [{"type": "logs", "logs": "1"}],
            },
            Child(
                "code_interpreter",
                {"input": {"code": "1"}, "output": [{"type": "logs", "logs": "1"}]},
            ),
        ),
        (
            {
                "type": "image_generation_call",
                "revised_prompt": "a cat",
                "result": "AAAA",
                "output_format": "png",
            },
            Child(
                "image_generation",
                {
                    "input": {"revised_prompt": "a cat"},
                    "output": {
                        "type": "image_generation_call",
                        "result": "AAAA",
                        "output_format": "png",
                    },
                },
            ),
        ),
        (
            {"type": "mcp_call", "name": "roll", "arguments": '{"n": 2}', "output": "7"},
            Child("roll", {"input": {"n": 2}, "output": "7"}),
        ),
        (
            {"type": "mcp_call", "name": "roll", "arguments": '{"n"', "output": None},
            Child("roll", {"input": '{"n"'}),
        ),
        (
            {"type": "computer_call", "action": {"type": "click", "x": 1, "y": 2}},
            Child("computer", {"input": {"action": {"type": "click", "x": 1, "y": 2}}}),
        ),
    ],
)
def test_tool_is_a_span(item: dict[str, Any], child: Child) -> None:
    """Each tool has its name, what it was given and what it gave."""
    (span,) = tool_spans([{**item, **DONE}])

    assert (span.name, span.type) == (child.name, "tool")
    assert span.fields == {**child.fields, "metadata": DONE}


@pytest.mark.parametrize(
    ("call", "answer", "child"),
    [
        (
            {"type": "shell_call", "action": {"commands": ["ls"]}},
            {"type": "shell_call_output", "output": [{"stdout": "a"}]},
            Child("shell", {"input": {"commands": ["ls"]}, "output": [{"stdout": "a"}]}),
        ),
        (
            {"type": "tool_search_call", "arguments": {"goal": "g"}},
            {"type": "tool_search_output", "tools": [{"name": "f"}]},
            Child("tool_search", {"input": {"goal": "g"}, "output": [{"name": "f"}]}),
        ),
        (
            {"type": "program", "code": "1"},
            {"type": "program_output", "result": "1"},
            Child("program", {"input": {"code": "1"}, "output": "1"}),
        ),
    ],
)
def test_tool_with_an_answer_of_its_own_is_a_span(
    call: dict[str, Any], answer: dict[str, Any], child: Child
) -> None:
    """Where call and answer are two items they are one span; without an answer nothing ran here."""
    named = {**call, "call_id": "c"}

    (span,) = tool_spans([named, message("a"), {**answer, "call_id": "c"}])

    assert span == Child(child.name, {**child.fields, "metadata": {"call_id": "c"}})
    assert tool_spans([named, {**answer, "call_id": "another"}]) == []


@pytest.mark.parametrize(
    "kind",
    ["function_call", "custom_tool_call", "local_shell_call", "apply_patch_call", "mcp_list_tools"],
)
def test_calls_that_the_user_answers_are_no_spans(kind: str) -> None:
    """What runs in the user's program is his to trace."""
    assert tool_spans([{"type": kind, "name": "f", "arguments": "{}", "call_id": "c"}]) == []


@pytest.mark.parametrize(
    ("item", "error"),
    [
        ({"type": "mcp_call", "error": "unreachable"}, "unreachable"),
        ({"type": "mcp_call", "error": {"type": "http", "message": "refused"}}, "refused"),
        ({"type": "code_interpreter_call", "status": "failed"}, "failed"),
        ({"type": "image_generation_call", "error": {"message": "blocked"}}, "blocked"),
    ],
)
def test_failure_of_a_tool_is_on_its_span(item: dict[str, Any], error: str) -> None:
    """A tool that failed says so on its own span; the answer as a whole did not fail."""
    (span,) = tool_spans([item])

    assert span.fields["error"] == error
    assert "error" not in read_answer(response(item))


PICTURE = {"type": "image_generation_call", "result": "AAAA"}
PICTURE_TOKENS = {
    "input_tokens": 5,
    "output_tokens": 7,
    "total_tokens": 12,
    "output_tokens_details": {"image_tokens": 7, "text_tokens": 0},
}


def test_tokens_of_a_picture_are_on_its_span() -> None:
    """They are another model's, so they are not among those of the call."""
    answer = {**response(PICTURE), "tool_usage": {"image_gen": PICTURE_TOKENS}}

    fields: Any = read_answer(answer)

    assert fields["children"][0].fields["metrics"] == {
        "prompt_tokens": 5,
        "completion_tokens": 7,
        "tokens": 12,
        "completion_image_tokens": 7,
    }
    assert "completion_image_tokens" not in fields.get("metrics", {})


@pytest.mark.parametrize(
    ("items", "tokens"),
    [
        ([PICTURE, PICTURE], PICTURE_TOKENS),
        ([PICTURE], dict.fromkeys(("input_tokens", "output_tokens", "total_tokens"), 0)),
        ([{"type": "mcp_call", "name": "a"}], PICTURE_TOKENS),
    ],
)
def test_tokens_that_are_no_ones_are_not_told(
    items: list[dict[str, Any]], tokens: dict[str, Any]
) -> None:
    """Of several pictures only the sum is told, and zeros stand for what was not counted."""
    spans = tool_spans(items, {"image_gen": tokens})

    assert [span.fields.get("metrics") for span in spans] == [None] * len(items)


def test_tools_are_told_in_order() -> None:
    """Spans come in the order in which the tools ran."""
    items = [{"type": "mcp_call", "name": name} for name in "bac"]

    fields: Any = read_answer(response(items[0], message("x"), *items[1:]))

    assert [child.name for child in fields["children"]] == ["b", "a", "c"]


@pytest.mark.parametrize("items", [None, 5, "web_search_call", {}, [None, 5, {}, {"type": []}]])
def test_what_is_no_output_has_no_tools(items: object) -> None:
    """Anything else yields no spans, and no exception."""
    assert tool_spans(items) == []


@pytest.mark.parametrize("answer", [None, "text", 5, {}, {"output": None, "model": ""}])
def test_what_is_no_answer_tells_nothing(answer: object) -> None:
    """Anything that is not a response yields no fields, and no exception."""
    assert read_answer(answer) == {}


def test_failure_without_a_reason_is_told() -> None:
    """A response that only says that it failed has failed."""
    assert read_answer(response(status="failed"))["error"] == "failed"
