"""Token counts of Bedrock and of its models become the metrics that rows have."""

from __future__ import annotations

from typing import Any

import pytest

from braintrust_otel_bedrock.usage import header_usage, usage_metrics

COUNTED = {"inputTokens": 1, "outputTokens": 2}


@pytest.mark.parametrize(
    ("usage", "metrics"),
    [
        (None, {}),
        ({}, {}),
        ({"inputTokens": -1, "outputTokens": True}, {}),
        (
            {**COUNTED, "totalTokens": 3},
            {"prompt_tokens": 1, "completion_tokens": 2, "tokens": 3},
        ),
        (COUNTED, {"prompt_tokens": 1, "completion_tokens": 2, "tokens": 3}),
        (
            {**COUNTED, "cacheReadInputTokens": 10, "cacheWriteInputTokens": 100},
            {
                "prompt_tokens": 111,
                "completion_tokens": 2,
                "tokens": 113,
                "prompt_cached_tokens": 10,
                "prompt_cache_creation_tokens": 100,
            },
        ),
        (
            {
                "inputTokens": 1,
                "cacheWriteInputTokens": 100,
                "cacheDetails": [{"ttl": "1h", "inputTokens": 100}],
            },
            {
                "prompt_tokens": 101,
                "prompt_cache_creation_5m_tokens": 0,
                "prompt_cache_creation_1h_tokens": 100,
            },
        ),
        (
            {
                "inputTokens": 1,
                "cacheWriteInputTokens": 100,
                "cacheDetails": [{"ttl": "5m", "inputTokens": 60}, {"ttl": "2d"}],
            },
            {"prompt_tokens": 101, "prompt_cache_creation_tokens": 100},
        ),
        (
            {"input_tokens": 1, "output_tokens": 2, "cache_read_input_tokens": 0},
            {"prompt_tokens": 1, "completion_tokens": 2, "tokens": 3, "prompt_cached_tokens": 0},
        ),
        (
            {
                "input_tokens": 1,
                "cache_creation_input_tokens": 7,
                "cache_creation": {"ephemeral_5m_input_tokens": 3, "ephemeral_1h_input_tokens": 4},
            },
            {
                "prompt_tokens": 8,
                "prompt_cache_creation_5m_tokens": 3,
                "prompt_cache_creation_1h_tokens": 4,
            },
        ),
        (
            {
                "prompt_tokens": 9,
                "completion_tokens": 4,
                "total_tokens": 13,
                "prompt_tokens_details": {"cached_tokens": 5},
                "completion_tokens_details": {"reasoning_tokens": 3},
            },
            {
                "prompt_tokens": 9,
                "completion_tokens": 4,
                "tokens": 13,
                "prompt_cached_tokens": 5,
                "completion_reasoning_tokens": 3,
            },
        ),
        (
            {"inputTokenCount": 5, "outputTokenCount": 6, "cacheReadInputTokenCount": 1},
            {"prompt_tokens": 6, "completion_tokens": 6, "tokens": 12, "prompt_cached_tokens": 1},
        ),
    ],
)
def test_counts_become_metrics(usage: Any, metrics: dict[str, int]) -> None:
    """The prompt is the whole prompt, and what was not reported is absent."""
    assert usage_metrics(usage) == metrics


def test_headers_tell_the_counts() -> None:
    """The headers of an answer count what its body does not."""
    headers = {
        "x-amzn-bedrock-input-token-count": "4",
        "x-amzn-bedrock-output-token-count": "6",
        "x-amzn-bedrock-cache-read-input-token-count": "odd",
    }

    told = header_usage({"ResponseMetadata": {"HTTPHeaders": headers}})

    assert told == {"inputTokens": 4, "outputTokens": 6}
    assert header_usage({}) == {}
