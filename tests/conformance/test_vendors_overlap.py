"""Several instrumentors on one call, in every order: one row of type llm, tokens counted once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import permutations
from typing import Any

import pytest
from openinference.instrumentation.anthropic import AnthropicInstrumentor as OpenInferenceAnthropic
from openinference.instrumentation.openai import OpenAIInstrumentor as OpenInferenceOpenAI
from opentelemetry.instrumentation.anthropic import AnthropicInstrumentor as OpenLLMetryAnthropic
from opentelemetry.instrumentation.genai.openai import OpenAIInstrumentor as GenAIOpenAI
from opentelemetry.instrumentation.openai import OpenAIInstrumentor as OpenLLMetryOpenAI

import braintrust_otel as braintrust
from braintrust_otel.testing import CapturedRows, capture_rows
from braintrust_otel_anthropic import AnthropicInstrumentor
from braintrust_otel_openai import OpenAIInstrumentor
from support.overlapping import MODES, Mode, check, play, switches
from support.recordings import replay_server

pytestmark = [
    pytest.mark.conformance,
    pytest.mark.timeout(120),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),  # in the vendors' packages
]

OPENAI = {
    "ours": OpenAIInstrumentor,
    "genai": GenAIOpenAI,
    "openinference": OpenInferenceOpenAI,
    "openllmetry": OpenLLMetryOpenAI,
}
ANTHROPIC = {
    "ours": AnthropicInstrumentor,
    "openinference": OpenInferenceAnthropic,
    "openllmetry": OpenLLMetryAnthropic,
}


@pytest.fixture(scope="module")
def replay() -> Iterator[Any]:
    """Provide the server that plays the recordings."""
    with replay_server() as server:
        yield server


@pytest.fixture
def rows(monkeypatch: pytest.MonkeyPatch) -> Iterator[CapturedRows]:
    """Catch the rows of a logger, with the vendors told to record messages."""
    monkeypatch.setenv("OTEL_SEMCONV_STABILITY_OPT_IN", "gen_ai_latest_experimental")
    monkeypatch.setenv("OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT", "SPAN_ONLY")
    with capture_rows() as captured:
        braintrust.init_logger(project="conformance")
        yield captured


@pytest.fixture
def instrument(rows: CapturedRows) -> Iterator[Callable[[Any], None]]:
    """Provide what switches an instrumentor on; all are off again after the test."""
    with switches(rows.provider) as switch_on:
        yield switch_on


@MODES
@pytest.mark.parametrize("order", list(permutations(OPENAI, 2)), ids=" ".join)
def test_openai_call_is_one_llm_row(
    order: tuple[str, ...],
    mode: Mode,
    replay: Any,
    rows: CapturedRows,
    instrument: Callable[[Any], None],
) -> None:
    """Two instrumentors of the openai client: the one with ours on it is ours."""
    [instrument(OPENAI[name]) for name in order]

    play(replay, "openai", mode, rows.provider)

    llm = check(rows, "openai", mode.streams)
    assert (llm["span_attributes"]["name"] == "Chat Completion") is ("ours" in order)


@MODES
@pytest.mark.parametrize("order", list(permutations(ANTHROPIC, 2)), ids=" ".join)
def test_anthropic_call_is_one_llm_row(
    order: tuple[str, ...],
    mode: Mode,
    replay: Any,
    rows: CapturedRows,
    instrument: Callable[[Any], None],
) -> None:
    """Two instrumentors of the anthropic client, which makes a span of its own besides."""
    [instrument(ANTHROPIC[name]) for name in order]

    play(replay, "anthropic", mode, rows.provider)

    llm = check(rows, "anthropic", mode.streams)
    assert (
        llm["context"]["span_origin"]["instrumentation"]["name"] == "braintrust-otel-anthropic"
    ) is ("ours" in order)


@MODES
@pytest.mark.parametrize("client", ["openai", "anthropic"])
def test_all_instrumentors_at_once_are_one_llm_row(
    client: str,
    mode: Mode,
    replay: Any,
    rows: CapturedRows,
    instrument: Callable[[Any], None],
) -> None:
    """However many instrumentors there are, tokens count once."""
    kinds: dict[str, Any] = {"openai": OPENAI, "anthropic": ANTHROPIC}[client]
    [instrument(kind) for kind in kinds.values()]

    play(replay, client, mode, rows.provider)

    check(rows, client, mode.streams)
