"""Costs are what the library's prices make of the counts, and never an error."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from genai_prices.data import providers

from braintrust_otel._diagnostics import Notices
from braintrust_otel._mapping.pricing import ModelUsage
from braintrust_otel._runtime.gate import ForkGate
from braintrust_otel._runtime.prices import PriceList

CLAUDE = "claude-haiku-4-5"
SONNET = "claude-3-5-sonnet-20241022"
AT = 1_767_225_600.0


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def prices(said: list[str]) -> PriceList:
    """Return the prices of the library that is installed."""
    return PriceList(Notices(said.append), ForkGate())


def over(calculate: Callable[..., Any], said: list[str]) -> PriceList:
    """Return the prices of a library that calculates so."""
    return PriceList(
        Notices(said.append),
        ForkGate(),
        find=lambda name: name,
        load=lambda name: SimpleNamespace(calc_price=calculate),
    )


def per_token(provider: str, model: str) -> Callable[[str], float]:
    """Return what looks a model's price up in the library's own data, in dollars per token."""
    (found,) = [one for one in providers if one.id == provider]
    (known,) = [one for one in found.models if one.id == model]
    table: Any = known.prices
    return lambda name: float(getattr(table, f"{name}_mtok")) / 1e6


def test_every_kind_of_token_has_its_price(prices: PriceList) -> None:
    """Uncached, read, written for five minutes, written for an hour and answered add up."""
    price = per_token("anthropic", CLAUDE)

    cost = prices.price(ModelUsage(CLAUDE, "anthropic", AT, 100, 10, 20, 5, 3, 2))

    assert cost == pytest.approx(
        75 * price("input")
        + 20 * price("cache_read")
        + 3 * price("cache_write")
        + 2 * price("cache_write_1h")
        + 10 * price("output")
    )


def test_writes_of_unknown_lifetime_have_the_ordinary_price(prices: PriceList) -> None:
    """Without a split all writes are for five minutes."""
    price = per_token("anthropic", CLAUDE)

    cost = prices.price(ModelUsage(CLAUDE, "anthropic", AT, 100, 10, 0, 50))

    assert cost == pytest.approx(
        50 * price("input") + 50 * price("cache_write") + 10 * price("output")
    )


def test_cached_tokens_without_a_price_cost_as_others_do(prices: PriceList) -> None:
    """Where the library knows no price for cached tokens, that of the input holds."""
    price = per_token("openai", "gpt-4")

    cost = prices.price(ModelUsage("gpt-4", "openai", AT, 100, 10, 20))

    assert cost == pytest.approx(100 * price("input") + 10 * price("output"))


@pytest.mark.parametrize(
    ("provider", "model"),
    [
        ("openai", "gpt-4o-mini-2024-07-18"),
        ("azure", "gpt-4o-mini"),
        ("bedrock", f"anthropic.{SONNET}-v2:0"),
        ("google", "gemini-2.5-flash"),
        ("vertex", "gemini-2.5-flash"),
        ("mistral", "mistral-large-latest"),
        ("xAI", "grok-4"),
        (None, "gpt-4o-mini"),
    ],
)
def test_our_names_of_providers_are_understood(
    prices: PriceList, provider: str | None, model: str
) -> None:
    """Each provider's prices are found under the name that rows have for it."""
    cost = prices.price(ModelUsage(model, provider, AT, 1_000_000, 0))

    assert cost is not None
    assert cost > 0


@pytest.mark.parametrize(("provider", "model"), [("openai", "my-model"), ("me", "gpt-4o-mini")])
def test_unknown_model_has_no_price(
    prices: PriceList, said: list[str], provider: str, model: str
) -> None:
    """What is not in the library costs nothing that is known, and nobody hears of it."""
    usage = ModelUsage(model, provider, AT, 100, 10)

    assert (prices.price(usage), prices.price(usage), said) == (None, None, [])


def test_unknown_models_are_looked_for_once(said: list[str]) -> None:
    """A model without a price is remembered, but not without end."""
    looked: list[str] = []

    def calculate(counts: object, model: str, **_: object) -> object:
        looked.append(model)
        raise LookupError(model)

    prices = over(calculate, said)
    [prices.price(ModelUsage("same", None, AT, 1, 1)) for _ in range(3)]
    [prices.price(ModelUsage(f"m{number}", None, AT, 1, 1)) for number in range(1_500)]
    prices.price(ModelUsage("same", None, AT, 1, 1))

    assert looked.count("same") == 2


def test_failure_of_the_library_is_said_once(said: list[str]) -> None:
    """Whatever the library raises costs the price, and one line."""

    def calculate(*_: object, **__: object) -> object:
        raise ValueError("no")

    prices = over(calculate, said)

    found = [prices.price(ModelUsage("m", None, AT, 1, 1)) for _ in range(3)]

    assert found == [None, None, None]
    assert said == ["The cost of a call of m is not known: genai-prices failed with ValueError: no"]


def test_impossible_time_is_no_error_for_the_program(prices: PriceList) -> None:
    """A time that no calendar has costs the price only."""
    assert prices.price(ModelUsage("gpt-4o-mini", "openai", 1e300, 1, 1)) is None


def test_library_that_is_not_installed_is_no_news(said: list[str]) -> None:
    """The library is optional: without it there are no costs, and nothing is imported."""
    prices = PriceList(
        Notices(said.append), ForkGate(), find=lambda name: None, load=lambda name: 1 / 0
    )

    assert (prices.price(ModelUsage("m", None, AT, 1, 1)), said) == (None, [])


def test_library_that_cannot_be_imported_is_said_once(said: list[str]) -> None:
    """A broken installation is named, once."""
    prices = PriceList(
        Notices(said.append), ForkGate(), find=lambda name: name, load=lambda name: 1 / 0
    )

    found = [prices.price(ModelUsage("m", None, AT, 1, 1)) for _ in range(2)]

    assert found == [None, None]
    assert len(said) == 1
    assert "cannot be imported (ZeroDivisionError" in said[0]


def test_counts_of_other_media_are_passed_on(said: list[str]) -> None:
    """Audio and images have prices of their own where the library knows them."""
    seen: list[object] = []

    def calculate(counts: object, model: str, **_: object) -> object:
        seen.append(counts)
        return SimpleNamespace(total_price=1)

    over(calculate, said).price(ModelUsage("m", None, None, 9, 8, parts={"prompt_audio_tokens": 4}))

    assert seen == [SimpleNamespace(input_tokens=9, output_tokens=8, input_audio_tokens=4)]
