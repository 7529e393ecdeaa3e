"""Names of providers, reasons to stop, tools and choices among them, in the words of rows."""

from __future__ import annotations

import pytest

from braintrust_otel._mapping.dialects.messages import (
    conversation,
    finish_reason,
    output_choices,
)
from braintrust_otel._mapping.dialects.providers import provider_name
from braintrust_otel._mapping.dialects.reading import is_cut, structure, texts
from braintrust_otel._mapping.dialects.tools import tool_choice, tool_definitions
from support.dialects import spell

ADD = {"type": "function", "function": {"name": "add", "parameters": {"type": "object"}}}


@pytest.mark.parametrize(
    ("seen", "name"),
    [
        ("OpenAI", "openai"),
        ("openai.responses", "openai"),
        ("azure.ai.openai", "azure"),
        ("az.ai.openai", "azure"),
        ("azure-openai.chat", "azure"),
        ("Anthropic", "anthropic"),
        ("anthropic.messages", "anthropic"),
        ("aws.bedrock", "bedrock"),
        ("AWS", "bedrock"),
        ("amazon-bedrock", "bedrock"),
        ("gcp.gemini", "google"),
        ("google-gla", "google"),
        ("google.generative-ai", "google"),
        ("gcp.vertex_ai", "vertex"),
        ("google.vertex.chat", "vertex"),
        ("mistral_ai", "mistral"),
        ("x_ai", "xAI"),
        ("xai", "xAI"),
        ("Groq", "groq"),
        ("my-own", "my-own"),
        ("", None),
        (" ", None),
        (5, None),
        (None, None),
    ],
)
def test_provider(seen: object, name: str | None) -> None:
    """A provider has one name in rows, whatever others call it; an unknown one keeps its own."""
    assert provider_name(seen) == name


@pytest.mark.parametrize(
    ("seen", "reason"),
    [
        ("stop", "stop"),
        ("end_turn", "stop"),
        ("STOP", "stop"),
        ("max_tokens", "length"),
        ("MAX_TOKENS", "length"),
        ("length", "length"),
        ("tool_call", "tool_calls"),
        ("tool-calls", "tool_calls"),
        ("tool_use", "tool_calls"),
        ("content_filter", "content_filter"),
        ("error", "error"),
        ("Tired", "Tired"),
        ("", None),
        (None, None),
        (3, None),
    ],
)
def test_finish_reason(seen: object, reason: str | None) -> None:
    """Why a model stopped is said as chat completions say it; an unknown reason stays."""
    assert finish_reason(seen) == reason


@pytest.mark.parametrize(
    "tool",
    [
        ADD,
        {"type": "function", "name": "add", "parameters": {"type": "object"}},
        {"name": "add", "input_schema": {"type": "object"}},
        {"type": "custom", "name": "add", "input_schema": {"type": "object"}},
        {"type": "function", "name": "add", "inputSchema": {"type": "object"}},
        {"name": "add", "parameters": '{"type": "object"}'},
        '{"name": "add", "parameters": {"type": "object"}}',
    ],
)
def test_function(tool: object) -> None:
    """A function is told in one form, whoever offered it."""
    assert tool_definitions([tool]) == [ADD]


@pytest.mark.parametrize(
    ("tools", "told"),
    [
        ([{"type": "web_search", "max_uses": 3}], [{"type": "web_search", "max_uses": 3}]),
        ('[{"name": "add"}]', [{"type": "function", "function": {"name": "add"}}]),
        ('{"name": "add"}', [{"type": "function", "function": {"name": "add"}}]),
        ([{"description": "nameless"}, 3, "odd"], []),
        ("odd", []),
        (None, []),
    ],
)
def test_tools(tools: object, told: list[object]) -> None:
    """Tools of the provider keep their settings; what is no tool is left out."""
    assert tool_definitions(tools) == told


@pytest.mark.parametrize(
    ("chosen", "choice"),
    [
        ("auto", "auto"),
        ("any", "required"),
        ("REQUIRED", "required"),
        ('{"type": "auto"}', "auto"),
        ({"type": "any"}, "required"),
        ({"type": "tool", "name": "add"}, {"type": "function", "function": {"name": "add"}}),
        ({"type": "tool", "toolName": "add"}, {"type": "function", "function": {"name": "add"}}),
        (
            {"type": "function", "function": {"name": "add"}},
            {"type": "function", "function": {"name": "add"}},
        ),
        ({"type": "allowed_tools", "mode": "auto"}, "auto"),
        ({"type": "odd"}, None),
        ([1], None),
        ("odd", None),
        (None, None),
    ],
)
def test_tool_choice(chosen: object, choice: object) -> None:
    """The choice among tools is one of three words, or the one function."""
    assert tool_choice(chosen) == choice


@pytest.mark.parametrize(
    ("value", "opened"),
    [
        ('{"a": 1}', {"a": 1}),
        (" [1]", [1]),
        ('"[1]"', [1]),
        ('"\\"[1]\\""', [1]),
        ((1, "[2]"), [1, "[2]"]),
        ({"a": (1,)}, {"a": [1]}),
        ('"text"', None),
        ("12", None),
        ("{cut", None),
        ("", None),
        (None, None),
        (b"[1]", None),
        ("[" * 100_000, None),
        (spell(spell(spell(spell(spell([1]))))), None),
    ],
)
def test_structure(value: object, opened: object) -> None:
    """An object or a list is read however often it was encoded; anything else is none."""
    assert structure(value) == opened


@pytest.mark.parametrize(
    ("value", "expected"),
    [('[{"a', True), ("[1]", False), ("text", False), (None, False), ((1,), False)],
)
def test_cut(value: object, expected: bool) -> None:
    """A text that opens a structure and does not close it was cut."""
    assert is_cut(value) is expected


@pytest.mark.parametrize(
    ("value", "told"),
    [(("a", 1, "b"), ["a", "b"]), ('["a"]', ["a"]), ("a", ["a"]), ("", []), (None, []), (3, [])],
)
def test_texts(value: object, told: list[str]) -> None:
    """A list of texts is read natively, from JSON text, or from one text by itself."""
    assert texts(value) == told


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (["hi"], [{"role": "user", "content": "hi"}]),
        ({"role": "user", "content": "hi"}, [{"role": "user", "content": "hi"}]),
        ([], []),
        ([1], None),
        (None, None),
        ("hi", None),
    ],
)
def test_conversation(value: object, told: object) -> None:
    """A conversation is a list of messages or of texts; anything else is none."""
    assert conversation(value) == told


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ("hi", [{"index": 0, "message": {"role": "assistant", "content": "hi"}}]),
        (
            [{"index": 0, "finish_reason": "stop", "message": {"content": "hi"}}],
            [
                {
                    "index": 0,
                    "finish_reason": "stop",
                    "message": {"role": "assistant", "content": "hi"},
                }
            ],
        ),
        (3, None),
        ([None], None),
    ],
)
def test_output_choices(value: object, told: object) -> None:
    """An output is a list of choices, out of messages, of choices, or of a text."""
    assert output_choices(value) == told
