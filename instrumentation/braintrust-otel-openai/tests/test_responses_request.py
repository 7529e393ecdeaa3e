"""The arguments of a call of the Responses API become input and metadata."""

from __future__ import annotations

from typing import Any

import openai
import pytest
from pydantic import BaseModel

from braintrust_otel.instrument import SpanInfo
from braintrust_otel.instrument.openai_shapes.responses_request import read_responses_request

NOTHING = SpanInfo()
FUNCTION = {"type": "function", "name": "f", "parameters": {"type": "object"}, "strict": True}
SCHEMA = {"type": "object", "properties": {}}


class Joke(BaseModel):
    """An answer in a form."""

    text: str


class Item(BaseModel):
    """An item of an earlier answer, as parsing leaves it."""

    type: str
    text: str
    parsed: Any = None


def read(**kwargs: Any) -> Any:
    """Return the fields of a call with *kwargs*."""
    return read_responses_request(kwargs, NOTHING, "openai")


@pytest.mark.parametrize("asked", ["hi", [{"role": "user", "content": "hi"}]])
def test_input_is_told_as_it_is(asked: object) -> None:
    """Without instructions the input stays a text or a list."""
    assert read(model="m", input=asked) == {
        "input": asked,
        "metadata": {"provider": "openai", "model": "m"},
    }


@pytest.mark.parametrize("asked", ["hi", [{"role": "user", "content": "hi"}]])
def test_instructions_are_the_system_message(asked: object) -> None:
    """Instructions come first, as a message."""
    assert read(input=asked, instructions="Be brief.")["input"] == [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "hi"},
    ]


def test_instructions_alone_are_the_input() -> None:
    """A call that goes on with an earlier one may ask nothing new."""
    fields = read(instructions="Go on.", previous_response_id="r")

    assert fields["input"] == [{"role": "system", "content": "Go on."}]


@pytest.mark.parametrize("arguments", [{}, {"input": None}, {"prompt": {"id": "p"}}])
def test_nothing_asked_is_no_input(arguments: dict[str, Any]) -> None:
    """A call by a stored prompt has no input of its own."""
    assert "input" not in read(**arguments)


def test_items_of_earlier_turns_are_kept() -> None:
    """Earlier reasoning and messages are there, without what parsing added to them."""
    reasoning = {"type": "reasoning", "summary": [], "encrypted_content": "x"}
    earlier = Item(type="output_text", text="{}", parsed=Joke(text="a"))

    fields = read(input=[reasoning, earlier, {"role": "user", "content": "and?"}])

    assert fields["input"] == [
        reasoning,
        {"type": "output_text", "text": "{}"},
        {"role": "user", "content": "and?"},
    ]


def test_settings_have_the_names_of_all_providers() -> None:
    """The settings that providers share are told under one name; the rest is not told."""
    fields = read(
        input="hi",
        temperature=0,
        top_p=1,
        max_output_tokens=5,
        parallel_tool_calls=False,
        max_tool_calls=2,
        store=False,
        metadata={"user": "u"},
    )

    assert fields["metadata"] == {
        "provider": "openai",
        "temperature": 0,
        "top_p": 1,
        "max_tokens": 5,
        "parallel_tool_calls": False,
        "max_tool_calls": 2,
    }


@pytest.mark.parametrize(
    "form",
    [
        {"text": {"format": {"type": "json_schema", "name": "Joke", "schema": SCHEMA}}},
        {"text": {"format": {"type": "json_schema", "name": "Joke", "schema": SCHEMA}}, "x": 1},
    ],
)
def test_schema_is_told_as_chat_completions_write_it(form: dict[str, Any]) -> None:
    """The form of the answer is told in the same way for all kinds of calls."""
    assert read(**form)["metadata"]["response_format"] == {
        "type": "json_schema",
        "json_schema": {"name": "Joke", "schema": SCHEMA},
    }


def test_plain_form_is_told() -> None:
    """A form without a schema is told as it is; a verbosity alone is no form."""
    assert read(text={"format": {"type": "text"}})["metadata"]["response_format"] == {
        "type": "text"
    }
    assert "response_format" not in read(text={"verbosity": "low"})["metadata"]


def test_class_is_told_as_its_schema() -> None:
    """The class into which the answer is parsed is told as the schema that is sent for it."""
    form = read(text_format=Joke)["metadata"]["response_format"]

    assert form["json_schema"] == {"name": "Joke", "schema": Joke.model_json_schema()}


def test_functions_are_told_as_chat_completions_write_them() -> None:
    """Functions and the choice among them have one form for all kinds of calls."""
    choice = {"type": "function", "name": "f"}

    metadata = read(tools=[FUNCTION], tool_choice=choice)["metadata"]

    function = {name: value for name, value in FUNCTION.items() if name != "type"}
    assert metadata["tools"] == [{"type": "function", "function": function}]
    assert metadata["tool_choice"] == {"type": "function", "function": {"name": "f"}}


def test_tools_of_the_provider_keep_their_settings_but_no_secrets() -> None:
    """What gives access to a server is not told, at any depth."""
    mcp = {"type": "mcp", "server_label": "s", "server_url": "https://s/mcp"}
    shell = {"type": "shell", "environment": {"type": "container_auto"}}
    secrets = {"authorization": "t", "headers": {"X-Key": "k"}}
    policy = {"type": "allowlist", "allowed_domains": ["d"]}

    metadata = read(
        tools=[
            {**mcp, **secrets},
            {"type": "web_search", "search_context_size": "low"},
            {
                "type": "shell",
                "environment": {
                    **shell["environment"],  # type: ignore[dict-item]  # it is a dictionary
                    "network_policy": {**policy, "domain_secrets": [{"name": "n", "value": "v"}]},
                },
            },
        ]
    )["metadata"]

    assert metadata["tools"] == [
        mcp,
        {"type": "web_search", "search_context_size": "low"},
        {"type": "shell", "environment": {"type": "container_auto", "network_policy": policy}},
    ]


def test_parameter_called_like_a_secret_is_told() -> None:
    """The schema of the user's own function is told whole."""
    parameters = {"type": "object", "properties": {"headers": {"type": "string"}}}

    metadata = read(tools=[{**FUNCTION, "parameters": parameters}])["metadata"]

    assert metadata["tools"][0]["function"]["parameters"] == parameters


def test_what_was_not_given_is_not_told() -> None:
    """The client's markers for "not given" leave no trace."""
    marker = openai.NOT_GIVEN

    fields = read(
        model=marker,
        input=marker,
        instructions=marker,
        tools=marker,
        tool_choice=marker,
        text=marker,
        text_format=marker,
        max_output_tokens=marker,
    )

    assert fields == {"metadata": {"provider": "openai"}}


def test_prompt_is_told() -> None:
    """What the prompt behind the call says about it is on the row."""
    info = SpanInfo({"metadata": {"prompt": {"id": "p"}, "provider": "x"}})

    fields: Any = read_responses_request({"input": "hi"}, info, "azure")

    assert fields["metadata"] == {"prompt": {"id": "p"}, "provider": "azure"}
