"""Token counts are what the provider reported, out of what LiteLLM makes of it."""

from __future__ import annotations

from typing import Any

import pytest

from braintrust_otel_litellm.usage import count_tokens

ANTHROPIC = {
    "prompt_tokens": 30,
    "completion_tokens": 5,
    "total_tokens": 35,
    "prompt_tokens_details": {"cached_tokens": 10, "cache_creation_tokens": 8},
    "completion_tokens_details": {"reasoning_tokens": 3},
    "cache_creation_input_tokens": 8,
    "cache_read_input_tokens": 10,
}
SPLIT = {"ephemeral_5m_input_tokens": 8, "ephemeral_1h_input_tokens": 0}
COUNTED = {"prompt_tokens": 30, "completion_tokens": 5, "tokens": 35, "prompt_cached_tokens": 10}


def test_counts_of_openai_are_all_told() -> None:
    """A zero that was reported is a count."""
    usage = {
        "prompt_tokens": 3,
        "completion_tokens": 2,
        "total_tokens": 5,
        "prompt_tokens_details": {"cached_tokens": 0},
        "completion_tokens_details": {"reasoning_tokens": 1},
    }

    assert count_tokens(usage) == {
        "prompt_tokens": 3,
        "completion_tokens": 2,
        "tokens": 5,
        "prompt_cached_tokens": 0,
        "completion_reasoning_tokens": 1,
    }


@pytest.mark.parametrize(
    "usage", [None, {}, {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}]
)
def test_nothing_reported_is_nothing(usage: Any) -> None:
    """LiteLLM has zeros where a provider says nothing."""
    assert count_tokens(usage) == {}


def test_counts_of_anthropic_are_told_without_estimates() -> None:
    """Tokens written to a cache are told; how much was thought may be a guess, and is not."""
    assert count_tokens(ANTHROPIC) == {**COUNTED, "prompt_cache_creation_tokens": 8}


def test_split_of_what_was_written_is_told_instead_of_the_sum() -> None:
    """The lifetimes are both told where one of them is."""
    details = {**ANTHROPIC["prompt_tokens_details"], "cache_creation_token_details": SPLIT}

    counts = count_tokens({**ANTHROPIC, "prompt_tokens_details": details})

    assert counts == {
        **COUNTED,
        "prompt_cache_creation_5m_tokens": 8,
        "prompt_cache_creation_1h_tokens": 0,
    }


def test_reports_of_a_stream_are_put_together() -> None:
    """The prompt is counted at the beginning and the answer at the end."""
    first = {**ANTHROPIC, "completion_tokens": 1, "total_tokens": 31}
    last = {
        "prompt_tokens": 0,
        "completion_tokens": 5,
        "total_tokens": 5,
        "cache_creation_input_tokens": 0,
    }

    assert count_tokens(first, last) == {**COUNTED, "prompt_cache_creation_tokens": 8}
