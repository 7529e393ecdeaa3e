"""An answer becomes output, model and token counts."""

from __future__ import annotations

from typing import Any

import pytest
from openai.types.chat import ChatCompletion, ParsedChatCompletion

from braintrust_otel.instrument.openai_shapes.response import read_response
from support.openai_calls import completion

USAGE = {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3}


@pytest.mark.parametrize("form", [dict, lambda body: ChatCompletion.construct(**body)])
def test_answer_is_told_as_it_came(form: Any) -> None:
    """The choices are those that came over the wire, nulls included and defaults left out."""
    body = completion({"content": "a", "refusal": None, "x": 1}, usage=USAGE)

    fields = read_response(form(body))

    assert fields == {
        "output": body["choices"],
        "metadata": {"model": "tiny-2026-01-01"},
        "metrics": {"prompt_tokens": 1, "completion_tokens": 2, "tokens": 3},
    }


def test_what_parsing_added_is_left_out() -> None:
    """The parsed form of an answer exists on this side only."""
    body = completion({"content": '{"a": 1}'})
    parsed = ParsedChatCompletion[Any].construct(**body)
    parsed.choices[0].message.parsed = {"a": 1}

    fields = read_response(parsed)

    assert fields["output"] == body["choices"]


@pytest.mark.parametrize("error", [{"message": "overloaded", "code": 502}, "overloaded"])
def test_error_in_place_of_choices_is_told(error: object) -> None:
    """A gateway's error in an answer that looks well is on the row."""
    fields = read_response({"error": error})

    assert fields == {"error": "overloaded"}


@pytest.mark.parametrize("answer", [None, "text", 5, {}, {"choices": None, "model": ""}])
def test_what_is_no_answer_tells_nothing(answer: object) -> None:
    """Anything that is not a completion yields no fields, and no exception."""
    assert read_response(answer) == {}
