"""Token counts of other libraries become metrics."""

from __future__ import annotations

import pytest

from braintrust_otel._mapping.dialects.usage import is_exclusive
from support.dialects import chat, metrics_of
from support.views import foreign


@pytest.mark.parametrize(
    ("told", "metrics"),
    [
        ({}, {}),
        ({"input_tokens": 5}, {"prompt_tokens": 5}),
        (
            {"input_tokens": 5, "output_tokens": 2},
            {"prompt_tokens": 5, "completion_tokens": 2, "tokens": 7},
        ),
        ({"input_tokens": 0}, {"prompt_tokens": 0}),
        ({"total_tokens": 9, "input_tokens": 5}, {"tokens": 9, "prompt_tokens": 5}),
        ({"input_tokens": 5.0}, {"prompt_tokens": 5}),
        ({"input_tokens": "5"}, {"prompt_tokens": 5}),
        ({"cache_read.input_tokens": 5}, {"prompt_cached_tokens": 5}),
        ({"cache_write.input_tokens": 5}, {"prompt_cache_creation_tokens": 5}),
        ({"cache_creation.input_tokens": 5}, {"prompt_cache_creation_tokens": 5}),
        ({"cache_creation_input_tokens": 5}, {"prompt_cache_creation_tokens": 5}),
        ({"reasoning.output_tokens": 5}, {"completion_reasoning_tokens": 5}),
        ({"reasoning_tokens": 5}, {"completion_reasoning_tokens": 5}),
        ({"audio.input_tokens": 5}, {"prompt_audio_tokens": 5}),
        ({"audio.output_tokens": 5}, {"completion_audio_tokens": 5}),
        ({"image.output_tokens": 5}, {"completion_image_tokens": 5}),
    ],
)
def test_counts(told: dict[str, object], metrics: dict[str, int]) -> None:
    """Only what was reported is there, and the sum of both parts where no total was."""
    found = metrics_of(chat(**{f"usage__{name}": count for name, count in told.items()}))

    assert found == metrics
    assert [type(count) for count in found.values()] == [int] * len(metrics)


@pytest.mark.parametrize(
    "odd", [-1, 1.5, "many", True, float("nan"), float("inf"), None, (5,), "9" * 5000]
)
def test_what_is_no_count_is_no_metric(odd: object) -> None:
    """A count that is negative, broken, or no number at all is not told as a metric."""
    assert metrics_of(chat(usage__input_tokens=odd, usage__output_tokens=2)) == {
        "completion_tokens": 2
    }


@pytest.mark.parametrize(
    ("prompt", "cached", "written", "whole"),
    [(100, 60, 30, 100), (90, 60, 30, 90), (10, 60, 30, 100), (0, 60, 0, 60), (10, 0, 0, 10)],
)
def test_prompt_smaller_than_its_cached_part(
    prompt: int, cached: int, written: int, whole: int
) -> None:
    """A prompt too small to hold what was cached was told without it, and gets it added once."""
    metrics = metrics_of(
        chat(
            usage__input_tokens=prompt,
            usage__output_tokens=7,
            usage__cache_read__input_tokens=cached,
            usage__cache_write__input_tokens=written,
        )
    )

    assert (metrics["prompt_tokens"], metrics["tokens"]) == (whole, whole + 7)
    assert metrics["prompt_cached_tokens"] == cached


@pytest.mark.parametrize(("total", "expected"), [(12, 72), (72, 72), (99, 99)])
def test_total_grows_with_the_prompt(total: int, expected: int) -> None:
    """A total that was the sum of the smaller prompt grows with it; another one stays."""
    metrics = metrics_of(
        chat(
            usage__input_tokens=5,
            usage__output_tokens=7,
            usage__total_tokens=total,
            usage__cache_read__input_tokens=60,
        )
    )

    assert metrics["tokens"] == expected


@pytest.mark.parametrize(
    ("version", "whole"), [("0.62.4", 160), ("0.62.5", 100), ("1.0", 100), ("", 100), ("x", 100)]
)
def test_emitter_that_leaves_out_the_cache(version: str, whole: int) -> None:
    """Where the numbers tell nothing, it is known which releases leave out what was cached."""
    metrics = metrics_of(
        chat(usage__input_tokens=100, usage__cache_read__input_tokens=60),
        scope_name="opentelemetry.instrumentation.bedrock",
        scope_version=version,
    )

    assert metrics["prompt_tokens"] == whole


@pytest.mark.parametrize(("provider", "expected"), [("anthropic", True), ("openai", False)])
def test_emitter_that_does_so_for_one_provider(provider: str, expected: bool) -> None:
    """A release may leave it out for one provider and not for the others."""
    view = foreign(scope_name="openinference.instrumentation.langchain", scope_version="0.1.54")

    assert is_exclusive(view, provider) is expected
