"""Reported token counts become metrics, and nothing is made up."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from braintrust_otel.instrument import usage_metrics

NAMES = {
    "prompt_tokens",
    "completion_tokens",
    "tokens",
    "prompt_cached_tokens",
    "prompt_cache_creation_tokens",
    "prompt_audio_tokens",
    "completion_reasoning_tokens",
    "completion_audio_tokens",
    "completion_image_tokens",
}

REPORTED = st.dictionaries(
    st.sampled_from(
        ["prompt_tokens", "completion_tokens", "total_tokens", "input_tokens", "other_tokens"]
    ),
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
)


def test_every_counter_has_its_metric() -> None:
    """Counts and details are told under the names that rows know, zeros included."""
    usage = {
        "prompt_tokens": 10,
        "completion_tokens": 5,
        "total_tokens": 16,
        "prompt_tokens_details": {
            "cached_tokens": 0,
            "audio_tokens": 1,
            "cache_write_tokens": 2,
            "text_tokens": 3,
        },
        "completion_tokens_details": {
            "reasoning_tokens": 4,
            "audio_tokens": 0,
            "image_tokens": 6,
            "accepted_prediction_tokens": 7,
        },
    }

    assert usage_metrics(usage) == {
        "prompt_tokens": 10,
        "completion_tokens": 5,
        "tokens": 16,
        "prompt_cached_tokens": 0,
        "prompt_audio_tokens": 1,
        "prompt_cache_creation_tokens": 2,
        "completion_reasoning_tokens": 4,
        "completion_audio_tokens": 0,
        "completion_image_tokens": 6,
    }


@pytest.mark.parametrize(
    ("usage", "metrics"),
    [
        ({"input_tokens": 1, "output_tokens": 2}, [1, 2, 3]),
        ({"prompt_tokens": 1, "completion_tokens": 2.0}, [1, 2, 3]),
        ({"prompt_tokens": 1}, [1, None, None]),
        ({"total_tokens": 7, "prompt_tokens": -1}, [None, None, 7]),
    ],
)
def test_total_is_reported_or_the_sum_of_both(usage: Any, metrics: list[int | None]) -> None:
    """The total is the provider's; else the sum, when both parts are known."""
    found = usage_metrics(usage)

    names = ("prompt_tokens", "completion_tokens", "tokens")
    assert [found.get(name) for name in names] == metrics


@given(REPORTED | st.none() | st.text())
def test_metrics_are_known_names_with_whole_numbers(usage: Any) -> None:
    """Whatever is reported, metrics are counts under known names."""
    metrics = usage_metrics(usage)

    assert metrics.keys() <= NAMES
    assert all(type(count) is int and count >= 0 for count in metrics.values())
