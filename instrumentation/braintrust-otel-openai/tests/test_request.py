"""Arguments of a call become input and metadata."""

from __future__ import annotations

from typing import Any

import pytest
from openai import NOT_GIVEN
from openai.types.chat import ChatCompletionMessage
from pydantic import BaseModel

from braintrust_otel.instrument import SpanInfo
from braintrust_otel.instrument.openai_shapes.request import read_request

USER = {"role": "user", "content": "hi"}
FUNCTION = {"name": "f", "parameters": {"type": "object"}}


class Joke(BaseModel):
    """An answer in a form."""

    text: str


def read(**kwargs: Any) -> dict[str, Any]:
    """Return the fields of a call."""
    return dict(read_request({"model": "m", "messages": [USER], **kwargs}, SpanInfo(), "openai"))


def test_plain_request() -> None:
    """The messages are the input; model and provider are always told."""
    assert read() == {"input": [USER], "metadata": {"provider": "openai", "model": "m"}}


def test_named_settings_are_told_and_no_others() -> None:
    """Only what rows may hold is there: no key, no header, no user, nothing that was not given."""
    fields = read(
        temperature=0.5,
        top_p=NOT_GIVEN,
        max_tokens=None,
        stop=["x"],
        user="u",
        metadata={"a": "b"},
        extra_headers={"authorization": "secret"},
        stream=True,
    )

    assert fields["metadata"] == {
        "provider": "openai",
        "model": "m",
        "temperature": 0.5,
        "max_tokens": None,
        "stop": ["x"],
    }


def test_tools_have_one_form() -> None:
    """Tools, older functions and choices are normalised; an empty list of tools is not told."""
    tool = {"type": "function", "function": FUNCTION}

    fields = read(tools=[tool], functions=[FUNCTION], tool_choice="required")

    assert fields["metadata"]["tools"] == [tool, tool]
    assert fields["metadata"]["tool_choice"] == "required"
    assert "tools" not in read(tools=[])["metadata"]


@pytest.mark.parametrize("marker", [None, NOT_GIVEN])
def test_older_function_choice_counts_when_there_is_no_other(marker: object) -> None:
    """A forced function is the tool choice."""
    fields = read(tool_choice=marker, function_call={"name": "f"})

    assert fields["metadata"]["tool_choice"] == {"type": "function", "function": {"name": "f"}}


def test_messages_of_earlier_answers_are_told_as_they_are_sent() -> None:
    """A message object of the client is the members it was made with, also inside a dictionary."""
    call = {"id": "a", "type": "function", "function": {"name": "f", "arguments": "{}"}}
    earlier = ChatCompletionMessage.model_validate(
        {"role": "assistant", "content": None, "tool_calls": [call]}
    )

    fields = read(messages=[earlier, {"role": "assistant", "tool_calls": earlier.tool_calls}])

    assert fields["input"] == [
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "assistant", "tool_calls": [call]},
    ]


def test_pydantic_response_format_is_its_schema() -> None:
    """A class given as the form of the answer is told as its schema."""
    fields = read(response_format=Joke)

    assert fields["metadata"]["response_format"]["json_schema"]["name"] == "Joke"


def test_prompt_is_told_and_request_values_win() -> None:
    """What the prompt says about the call is in the metadata, under what was really asked."""
    prompt = {"id": "p", "project_id": "q", "version": "1", "variables": {"a": 1}}
    info = SpanInfo({"metadata": {"prompt": prompt, "model": "other", "team": "x"}})

    fields = read_request({"model": "m", "messages": []}, info, "azure")

    assert fields["metadata"] == {
        "prompt": prompt,
        "team": "x",
        "provider": "azure",
        "model": "m",
    }
