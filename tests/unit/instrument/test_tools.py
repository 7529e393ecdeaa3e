"""Tools of every form become one form."""

from __future__ import annotations

from typing import Any

import pytest

from braintrust_otel.instrument import function_tool, normalise_tool_choice, normalise_tools

FUNCTION = {"name": "f", "description": "d", "parameters": {"type": "object"}, "strict": True}
TOOL = {"type": "function", "function": FUNCTION}


@pytest.mark.parametrize(
    "tool",
    [TOOL, {"type": "function", **FUNCTION}, {"function": {**FUNCTION, "handler": print}}],
    ids=["chat", "responses", "untyped"],
)
def test_function_tools_have_one_form(tool: object) -> None:
    """A function tool is its definition, without code, however it was written."""
    assert normalise_tools([tool]) == [TOOL]


def test_absent_members_stay_absent() -> None:
    """Members that were not given, or given as None, are not made up."""
    tool = {"type": "function", "function": {"name": "f", "description": None}}

    assert normalise_tools((tool,)) == [{"type": "function", "function": {"name": "f"}}]


def test_tools_of_the_provider_keep_their_settings() -> None:
    """A tool that the provider runs keeps type and settings, but no code."""
    tool = {"type": "web_search", "user_location": {"city": "x"}, "callback": print}

    assert normalise_tools([tool]) == [{"type": "web_search", "user_location": {"city": "x"}}]


@pytest.mark.parametrize("tools", [None, [], "tools", 5, [5, {"type": "function"}]])
def test_what_is_no_tool_is_left_out(tools: object) -> None:
    """Nothing that could be taken for a tool: no tools."""
    assert normalise_tools(tools) == []


@pytest.mark.parametrize("function", [None, {}, {"name": 5}])
def test_function_needs_a_name(function: object) -> None:
    """A definition without a name is no function."""
    assert function_tool(function) is None


@pytest.mark.parametrize(
    ("choice", "normalised"),
    [
        ("auto", "auto"),
        ("none", "none"),
        ("required", "required"),
        ("any", "required"),
        ({"type": "any"}, "required"),
        ({"type": "auto"}, "auto"),
        ({"type": "allowed_tools", "allowed_tools": {"mode": "required"}}, "required"),
        ({"type": "allowed_tools", "mode": "auto", "tools": []}, "auto"),
        (None, None),
        ("whatever", None),
        (5, None),
        ({"type": 5}, None),
    ],
)
def test_choice_is_one_of_three_words(choice: Any, normalised: object) -> None:
    """A choice that names no tool is said in the words of chat completions."""
    assert normalise_tool_choice(choice) == normalised


@pytest.mark.parametrize(
    "choice",
    [
        {"type": "function", "function": {"name": "f"}},
        {"type": "function", "name": "f"},
        {"type": "tool", "name": "f"},
        {"type": "custom", "custom": {"name": "f"}},
        {"name": "f"},
    ],
)
def test_named_choice_is_that_function(choice: Any) -> None:
    """A choice that names a tool is that function, in every provider's form."""
    normalised = normalise_tool_choice(choice)

    assert normalised == {"type": "function", "function": {"name": "f"}}
