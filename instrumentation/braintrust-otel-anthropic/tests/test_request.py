"""The arguments of a call become the row's input and metadata."""

from __future__ import annotations

from typing import Any

import pytest
from anthropic import NotGiven
from pydantic import BaseModel

from braintrust_otel.instrument import SpanInfo
from braintrust_otel_anthropic.request import read_request

MESSAGES = [{"role": "user", "content": "hi"}]
SCHEMA = {"type": "object", "properties": {"x": {"type": "number"}}}


class Joke(BaseModel):
    """An answer in a form."""

    text: str


def read(**asked: Any) -> Any:
    """Return the fields of a call."""
    return read_request({"model": "tiny", "messages": MESSAGES, **asked}, SpanInfo(), "anthropic")


def metadata(**asked: Any) -> Any:
    """Return the metadata of a call but for model and provider."""
    told = dict(read(**asked)["metadata"])
    assert (told.pop("model"), told.pop("provider")) == ("tiny", "anthropic")
    return told


@pytest.mark.parametrize("system", ["Be brief.", [{"type": "text", "text": "Be brief."}]])
def test_system_prompt_comes_first(system: object) -> None:
    """The system prompt, a text or blocks, is the first message."""
    assert read(system=system)["input"] == [{"role": "system", "content": system}, *MESSAGES]


@pytest.mark.parametrize("system", [NotGiven(), None, ""])
def test_absent_system_prompt_is_no_message(system: object) -> None:
    """Without a system prompt the messages are the input."""
    assert read(system=system)["input"] == MESSAGES


def test_models_in_messages_are_told_as_sent() -> None:
    """An answer that is passed on in the next call is told as plain data."""
    content = [Joke(text="a")]

    told = read(messages=[{"role": "assistant", "content": content}])

    assert told["input"] == [{"role": "assistant", "content": [{"text": "a"}]}]


def test_only_named_settings_are_told() -> None:
    """Settings have the names that rows have for them; headers and all else stay out."""
    told = metadata(
        max_tokens=9,
        temperature=0,
        top_p=NotGiven(),
        stop_sequences=["x"],
        thinking={"type": "enabled"},
        extra_headers={"authorization": "secret"},
        metadata={"user_id": "u"},
    )

    assert told == {"max_tokens": 9, "temperature": 0, "stop": ["x"]}


def test_settings_in_the_extra_body_count() -> None:
    """What is only sent in the extra body is told; it is what the provider goes by."""
    told = read(model="tiny", extra_body={"model": "other", "temperature": 1})

    assert told["metadata"] == {"provider": "anthropic", "model": "other", "temperature": 1}


@pytest.mark.parametrize(
    "asked",
    [
        {"output_config": {"format": {"type": "json_schema", "schema": SCHEMA}, "effort": "low"}},
        {"output_format": {"type": "json_schema", "schema": SCHEMA}},
    ],
)
def test_schema_of_the_answer_is_told(asked: dict[str, Any]) -> None:
    """The form that the answer must have is told wherever it was given."""
    told = metadata(**asked)

    assert told == {"response_format": {"type": "json_schema", "schema": SCHEMA}}


def test_class_of_the_answer_is_told_as_its_schema() -> None:
    """A class to parse the answer into is told as what it asks of the provider."""
    told = metadata(output_format=Joke)["response_format"]

    assert told["type"] == "json_schema"
    assert told["schema"]["properties"]["text"]["type"] == "string"


@pytest.mark.parametrize("kind", [{}, {"type": "custom"}])
def test_tools_have_the_form_of_functions(kind: dict[str, Any]) -> None:
    """A tool that the caller runs is a function with its parameters."""
    tool = {"name": "f", "description": "d", "input_schema": SCHEMA, "cache_control": {}, **kind}

    assert metadata(tools=[tool])["tools"] == [
        {"type": "function", "function": {"name": "f", "description": "d", "parameters": SCHEMA}}
    ]


def test_tools_of_the_provider_keep_their_settings() -> None:
    """A tool that Anthropic runs keeps its own type and settings."""
    tool = {"type": "web_search_20250305", "name": "web_search", "max_uses": 2}

    assert metadata(tools=[tool])["tools"] == [tool]


@pytest.mark.parametrize("tools", [[], NotGiven(), None])
def test_no_tools_are_not_told(tools: object) -> None:
    """There is never an empty list of tools."""
    assert metadata(tools=tools) == {}


@pytest.mark.parametrize(
    ("choice", "told"),
    [
        ({"type": "auto"}, {"tool_choice": "auto"}),
        ({"type": "any"}, {"tool_choice": "required"}),
        ({"type": "none"}, {"tool_choice": "none"}),
        (
            {"type": "tool", "name": "f"},
            {"tool_choice": {"type": "function", "function": {"name": "f"}}},
        ),
        (
            {"type": "auto", "disable_parallel_tool_use": True},
            {"tool_choice": "auto", "parallel_tool_calls": False},
        ),
        (NotGiven(), {}),
    ],
)
def test_tool_choice_is_normalised(choice: object, told: dict[str, Any]) -> None:
    """A choice among tools is told in the words that rows have for it."""
    assert metadata(tool_choice=choice) == told


def test_metadata_of_the_prompt_is_kept_but_rules_nothing() -> None:
    """What a prompt says is there, and the call itself has the last word."""
    info = SpanInfo({"metadata": {"prompt": {"id": "p"}, "model": "wrong"}})

    told = read_request({"model": "tiny", "messages": MESSAGES}, info, "anthropic")["metadata"]

    assert told == {"prompt": {"id": "p"}, "provider": "anthropic", "model": "tiny"}
