"""Choices are told as the provider answered them."""

from __future__ import annotations

from typing import Any

import pytest

from braintrust_otel_litellm.messages import as_answered


def test_members_that_say_nothing_are_left_out() -> None:
    """LiteLLM has a place for whatever a provider may say; what none was said in is no answer."""
    message = {"role": "assistant", "content": None, "tool_calls": None, "function_call": None}
    choice = {"index": 0, "finish_reason": "stop", "message": message, "logprobs": None}

    assert as_answered(choice) == {
        "index": 0,
        "finish_reason": "stop",
        "message": {"role": "assistant", "content": None},
    }


@pytest.mark.parametrize(
    ("extras", "told"),
    [
        ({"refusal": "Never."}, {"refusal": "Never."}),
        ({"refusal": None}, {"refusal": None}),
        ({"citations": [{"url": "x"}], "other": 1}, {"citations": [{"url": "x"}]}),
        ({"citations": None}, {}),
        (None, {}),
    ],
)
def test_what_has_no_place_of_its_own_is_put_into_one(extras: Any, told: dict[str, Any]) -> None:
    """A refusal stands among the peculiarities of its provider in some versions."""
    message = {"role": "assistant", "content": "", "provider_specific_fields": extras}

    answered = as_answered({"message": message, "provider_specific_fields": {}})

    assert answered == {"message": {"role": "assistant", "content": "", **told}}


def test_tool_calls_lose_the_index_that_they_were_streamed_with() -> None:
    """Their order tells it, and an empty text beside them is none."""
    call = {"id": "1", "type": "function", "function": {"name": "rain", "arguments": "{}"}}

    answered = as_answered({"message": {"content": "", "tool_calls": [{**call, "index": 1}]}})

    assert answered["message"] == {"content": None, "tool_calls": [call]}


def test_thoughts_in_pieces_are_joined() -> None:
    """Each ends with its signature; what is thought and not shown stays apart."""
    pieces = [
        {"type": "thinking", "thinking": "Clouds"},
        {"type": "thinking", "thinking": ", so"},
        {"type": "thinking", "thinking": "", "signature": "s1"},
        {"type": "redacted_thinking", "data": "x"},
        {"type": "thinking", "thinking": "rain.", "signature": "s2"},
    ]

    answered = as_answered({"message": {"content": "Yes.", "thinking_blocks": pieces}})

    assert answered["message"]["thinking_blocks"] == [
        {"type": "thinking", "thinking": "Clouds, so", "signature": "s1"},
        {"type": "redacted_thinking", "data": "x"},
        {"type": "thinking", "thinking": "rain.", "signature": "s2"},
    ]


@pytest.mark.parametrize("odd", [None, "text", {"message": None}, {"message": {"tool_calls": [1]}}])
def test_what_is_no_choice_is_no_bug(odd: Any) -> None:
    """Gateways answer what they like."""
    as_answered(odd)
