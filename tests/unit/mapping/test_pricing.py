"""The cost of a model call is on its row where everything that it depends on is known."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from braintrust_otel._json import encode
from braintrust_otel._mapping.pricing import ModelUsage, with_cost
from braintrust_otel._model.rows import Row
from support.sink import row

METADATA = {"model": "m", "provider": "openai"}
METRICS = {"start": 5.5, "prompt_tokens": 100, "completion_tokens": 10, "tokens": 110}
USAGE = ModelUsage("m", "openai", 5.5, 100, 10)


def call(**changes: Any) -> Row:
    """Return the row of a model call, with *changes*."""
    fields: dict[str, Any] = {
        "span_attributes": {"type": "llm"},
        "metadata": encode(METADATA),
        "metrics": METRICS,
    }
    return row("a", **{**fields, **changes})


def asked(given: Row) -> list[ModelUsage]:
    """Return the usages whose price is asked for to complete the row."""
    usages: list[ModelUsage] = []

    def price(usage: ModelUsage) -> None:
        usages.append(usage)

    with_cost(given, price)
    return usages


def test_cost_joins_the_metrics() -> None:
    """The row gets its cost, and is otherwise what it was."""
    priced = with_cost(call(), lambda usage: 0.25)

    assert priced.fields == {**call().fields, "metrics": {**METRICS, "estimated_cost": 0.25}}


@pytest.mark.parametrize("price", [None, float("nan"), float("inf")])
def test_cost_that_is_no_number_is_left_out(price: float | None) -> None:
    """Without a price the row stays the same object."""
    given = call()

    assert with_cost(given, lambda usage: price) is given


@pytest.mark.parametrize(
    "changes",
    [
        {"span_attributes": {"type": "task"}},
        {"span_attributes": {"type": "llm", "purpose": "scorer"}},
        {"span_attributes": None},
        {"metrics": {}},
        {"metrics": {**METRICS, "estimated_cost": 0.0}},
        {"metrics": {"completion_tokens": 10}},
        {"metrics": {"prompt_tokens": 100}},
        {"metrics": {**METRICS, "prompt_tokens": 1.5}},
        {"metrics": {**METRICS, "completion_tokens": -1}},
        {"metadata": None},
        {"metadata": {"provider": "openai"}},
        {"metadata": {"model": ""}},
        {"metadata": encode([1])},
    ],
)
def test_nothing_is_asked_where_something_is_missing(changes: dict[str, Any]) -> None:
    """Other spans, known costs, and calls without a model or with half their counts have none."""
    assert asked(call(**changes)) == []


@pytest.mark.parametrize(
    ("metrics", "changes"),
    [
        ({}, {}),
        ({"prompt_cached_tokens": 20}, {"cached": 20}),
        ({"prompt_cache_creation_tokens": 5}, {"written": 5}),
        (
            {"prompt_cache_creation_5m_tokens": 3, "prompt_cache_creation_1h_tokens": 2},
            {"written": 5, "written_5m": 3, "written_1h": 2},
        ),
        (
            {"prompt_cache_creation_1h_tokens": 2},
            {"written": 2, "written_5m": 0, "written_1h": 2},
        ),
        (
            {"prompt_cache_creation_tokens": 9, "prompt_cache_creation_1h_tokens": 2},
            {"written": 9},
        ),
        ({"prompt_cached_tokens": 80, "prompt_cache_creation_tokens": 40}, {"prompt": 120}),
        ({"completion_tokens": None, "tokens": 100}, {"completion": 0}),
        ({"prompt_audio_tokens": 4}, {"parts": {"prompt_audio_tokens": 4}}),
        ({"start": 5}, {"at": None}),
    ],
)
def test_usage_is_what_the_metrics_say(metrics: dict[str, Any], changes: dict[str, Any]) -> None:
    """Parts of a prompt are told apart, and a split counts only if it accounts for all writes."""
    (usage,) = asked(call(metrics={**METRICS, **metrics}))

    told = {name: getattr(usage, name) for name in changes}
    assert told == changes
    assert (usage.model, usage.provider) == ("m", "openai")


def test_usage_of_an_ordinary_call() -> None:
    """Model, provider, time and counts are passed on."""
    assert asked(call()) == [USAGE]


@pytest.mark.parametrize("provider", [None, "", 5])
def test_provider_may_be_unknown(provider: object) -> None:
    """Without a provider the model alone has to tell whose prices apply."""
    assert asked(call(metadata={"model": "m", "provider": provider})) == [
        replace(USAGE, provider=None)
    ]
