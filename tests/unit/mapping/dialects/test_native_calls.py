"""Requests and answers in the providers' own forms."""

from __future__ import annotations

from typing import Any

import pytest

from braintrust_otel._mapping.dialects.native_calls import read_answer, read_request
from braintrust_otel._mapping.dialects.native_usage import is_usage, usage_findings

HI = {"role": "user", "content": "hi"}
SYSTEM = {"role": "system", "content": "Be brief."}
HO = [{"index": 0, "message": {"role": "assistant", "content": "ho"}}]


@pytest.mark.parametrize(
    ("sent", "asked"),
    [
        ({"messages": [HI]}, [HI]),
        ({"messages": [HI], "system": "Be brief."}, [SYSTEM, HI]),
        ({"input": "hi"}, "hi"),
        ({"input": "hi", "instructions": "Be brief."}, [SYSTEM, HI]),
        ({"input": [HI], "instructions": "Be brief."}, [SYSTEM, HI]),
        ({"instructions": "Be brief."}, [SYSTEM]),
        ({"prompt": "once"}, "once"),
        (
            {"contents": ["hi"], "model": "g", "config": {"a": 1}},
            {"model": "g", "contents": ["hi"]},
        ),
    ],
)
def test_what_was_asked(sent: dict[str, Any], asked: object) -> None:
    """Each provider's request has its input, the system prompt first."""
    request = read_request(sent)

    assert request is not None
    assert request.input == asked


def test_no_request() -> None:
    """An object without anything to ask is none."""
    assert read_request({"model": "m", "messages": None}) is None


def test_settings() -> None:
    """Settings have the names that rows have for them; secrets are not told."""
    form = {"type": "json_schema", "name": "city", "schema": {}}
    request = read_request(
        {
            "input": "hi",
            "max_output_tokens": 9,
            "tools": [{"name": "add"}],
            "functions": [{"name": "sub"}],
            "function_call": {"name": "sub"},
            "text": {"format": form},
            "api_key": "secret",
            "extra_headers": {"authorization": "secret"},
            "extra_body": {"top_k": 3},
            "user": None,
        }
    )

    assert request is not None
    assert request.metadata == {
        "max_tokens": 9,
        "top_k": 3,
        "tools": [
            {"type": "function", "function": {"name": "add"}},
            {"type": "function", "function": {"name": "sub"}},
        ],
        "tool_choice": {"type": "function", "function": {"name": "sub"}},
        "response_format": {"type": "json_schema", "json_schema": {"name": "city", "schema": {}}},
    }


def test_settings_beside_a_plain_format() -> None:
    """A format that is no schema stays, and so does what else is said about the text."""
    request = read_request(
        {"input": "hi", "text": {"format": {"type": "text"}, "verbosity": "low"}}
    )

    assert request is not None
    assert request.metadata["response_format"] == {"type": "text"}
    assert request.metadata["text"]["verbosity"] == "low"


ITEM = {"type": "message", "role": "assistant", "content": [], "status": "completed"}
BEDROCK = {"output": {"message": {"role": "assistant", "content": [{"text": "ho"}]}}}


@pytest.mark.parametrize(
    ("answer", "output"),
    [
        ("ho", HO),
        ({"role": "assistant", "content": "ho"}, HO),
        ([{"role": "assistant", "content": "ho"}], HO),
        ({"choices": HO}, HO),
        ({"object": "response", "output": [ITEM]}, [ITEM]),
        (ITEM, [ITEM]),
        ({"type": "function_call", "name": "add"}, [{"type": "function_call", "name": "add"}]),
        ([ITEM], [ITEM]),
        ({"candidates": [1]}, {"candidates": [1]}),
        (BEDROCK, HO),
        (
            {**BEDROCK, "stopReason": "end_turn"},
            [{"index": 0, "finish_reason": "stop", "message": HO[0]["message"]}],
        ),
        ({"data": [{"embedding": [1, 2]}]}, {"embedding_length": 2}),
        ({"data": [{"embedding": "AAAAAAAAAAA="}]}, {"embedding_length": 2}),
        ({"data": [1]}, {"data": [1]}),
        ({"a": 1}, {"a": 1}),
        ([], []),
        (5, 5),
    ],
)
def test_what_was_answered(answer: Any, output: object) -> None:
    """Each provider's answer has its output; anything else stays as it is."""
    assert read_answer(answer).output == output


def test_reason_from_elsewhere() -> None:
    """A reason that only something else tells becomes a part of the choice."""
    assert read_answer("ho", "length").output[0]["finish_reason"] == "length"
    assert read_answer([HI], "stop").output[0]["finish_reason"] == "stop"
    assert read_answer(HI, "stop").output[0]["finish_reason"] == "stop"


def metrics(usage: Any) -> dict[str | None, object]:
    return {finding.key: finding.value for finding in usage_findings(usage)}


@pytest.mark.parametrize(
    ("usage", "expected"),
    [
        (
            {"inputTokens": 4, "outputTokens": 2, "totalTokens": 16, "cacheReadInputTokens": 10},
            {
                "prompt_tokens": 14,
                "completion_tokens": 2,
                "tokens": 16,
                "prompt_cached_tokens": 10,
            },
        ),
        (
            {"promptTokenCount": 5, "candidatesTokenCount": 2, "thoughtsTokenCount": 3},
            {
                "prompt_tokens": 5,
                "completion_tokens": 5,
                "tokens": 10,
                "completion_reasoning_tokens": 3,
            },
        ),
        (
            {"prompt_tokens": 9, "completion_tokens": 1, "cache_read_input_tokens": 4},
            {
                "prompt_tokens": 9,
                "completion_tokens": 1,
                "tokens": 10,
                "prompt_cached_tokens": 4,
            },
        ),
        (
            {
                "input_tokens": 1,
                "cache_creation_input_tokens": 5,
                "cache_creation": {
                    "ephemeral_5m_input_tokens": 2,
                    "ephemeral_1h_input_tokens": 3,
                },
            },
            {
                "prompt_tokens": 6,
                "prompt_cache_creation_5m_tokens": 2,
                "prompt_cache_creation_1h_tokens": 3,
            },
        ),
        ({"input_tokens": -1, "output_tokens": "x"}, {}),
        ("none", {}),
    ],
)
def test_usage(usage: Any, expected: dict[str, int]) -> None:
    """Each provider's counts are taken as it means them; what it leaves out is absent."""
    assert metrics(usage) == expected


def test_what_is_usage() -> None:
    """Usage is an object that counts a prompt, an answer, or both."""
    assert is_usage({"input_tokens": 1})
    assert not is_usage({"seconds": 1})
    assert not is_usage(None)
