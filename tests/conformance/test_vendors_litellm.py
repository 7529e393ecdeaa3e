"""Every recorded exchange with OpenAI and Anthropic, played through LiteLLM."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import braintrust_otel as braintrust
from braintrust_otel.testing import CapturedRows, capture_rows
from braintrust_otel_anthropic import AnthropicInstrumentor
from braintrust_otel_litellm import LiteLLMInstrumentor
from braintrust_otel_openai import OpenAIInstrumentor
from support.litellm_calls import addressed, ask, ask_async, collecting_afterwards, litellm
from support.litellm_recordings import asked_of, expected_row, function_of
from support.outcomes import Outcome
from support.recordings import expected_error, load_recordings, replay_server

pytestmark = [
    pytest.mark.conformance,
    pytest.mark.filterwarnings("ignore"),  # LiteLLM and what it uses warn of their own affairs
]

RECORDINGS = [
    *load_recordings("litellm.jsonl", "litellm"),
    *load_recordings("openai.jsonl", "openai.chat", "openai.error", "openai.embeddings"),
    *load_recordings("openai.jsonl", "openai.responses"),
    *load_recordings("anthropic.jsonl", "anthropic.messages"),
]
Trace = Callable[[], Any]

exchanges = pytest.mark.parametrize("recording", RECORDINGS, ids=lambda found: found["name"])


@pytest.fixture(scope="module")
def replay() -> Iterator[Any]:
    """Provide the server that plays the recordings."""
    with replay_server() as server:
        yield server


@pytest.fixture
def rows() -> Iterator[CapturedRows]:
    """Catch the rows of a logger."""
    with capture_rows() as captured:
        braintrust.init_logger(project="conformance")
        yield captured


@pytest.fixture(autouse=True)
def no_collection() -> Iterator[None]:
    """Collect garbage between the tests."""
    with collecting_afterwards():
        yield


def by_patch() -> Any:
    assert braintrust.patch_litellm()
    return litellm


def by_wrap() -> Any:
    return braintrust.wrap_litellm(litellm)


def by_instrumentors() -> Any:
    LiteLLMInstrumentor().instrument()
    OpenAIInstrumentor().instrument()
    AnthropicInstrumentor().instrument()
    return litellm


def in_every_way() -> Any:
    by_instrumentors()
    return by_wrap()


@pytest.fixture(params=[by_patch, by_wrap, by_instrumentors, in_every_way])
def trace(request: pytest.FixtureRequest) -> Iterator[Trace]:
    """Provide each way to have calls traced; nothing is patched before it is used."""
    yield request.param
    for instrumentor in (LiteLLMInstrumentor(), OpenAIInstrumentor(), AnthropicInstrumentor()):
        if instrumentor.is_instrumented_by_opentelemetry:
            instrumentor.uninstrument()


def call(library: Any, recording: dict[str, Any], replay: Any, prefix: str) -> Outcome:
    """Play *recording* by the function of *library*, the asynchronous one with the prefix a."""
    path = "/v1" if recording["provider"] == "openai" else ""
    asked = asked_of(recording)
    asked = addressed(replay.base(recording["name"], path), **asked)
    function = getattr(library, prefix + function_of(recording))
    return asyncio.run(ask_async(function, asked)) if prefix else ask(function, asked)


def test_there_are_recordings() -> None:
    """The recordings that LiteLLM can play are all there."""
    assert len(RECORDINGS) == 60


@pytest.mark.parametrize("prefix", ["", "a"])
@exchanges
def test_exchange_is_one_complete_row(
    recording: dict[str, Any], replay: Any, rows: CapturedRows, trace: Trace, prefix: str
) -> None:
    """A call gives the user what it always did, and one row that says it all."""
    untraced = call(litellm, recording, replay, prefix)

    outcome = call(trace(), recording, replay, prefix)

    assert outcome == untraced
    check_row(rows.one(), recording)


def check_row(row: dict[str, Any], recording: dict[str, Any]) -> None:
    """Check a whole row against everything that the recording tells of it."""
    expected, metrics, attributes = expected_row(recording), row["metrics"], row["span_attributes"]
    assert metrics.pop("end") >= metrics.pop("start")
    metrics.pop("estimated_cost", None)
    first_token = metrics.pop("time_to_first_token", None)
    assert (first_token is not None) == ("sse" in recording["response"])
    assert (attributes["name"], attributes["type"]) == (expected["name"], "llm")
    assert row["context"]["span_origin"]["instrumentation"]["name"] == "braintrust-otel-litellm"
    assert without_media(row["input"]) == without_media(expected["input"])
    assert row["metadata"].pop("model") in models_of(recording, expected["metadata"].pop("model"))
    assert row["metadata"] == expected["metadata"]
    assert metrics == expected["metrics"]
    assert comparable(row.get("output")) == comparable(expected["output"])
    error, message = row.get("error"), expected_error(recording)
    assert (error is None) == (message is None)
    assert (message or "") in (error or "")


def without_media(told: Any) -> Any:
    """Return *told* with the type of each attachment and each data URL in its place."""
    if isinstance(told, list):
        return [without_media(item) for item in told]
    if isinstance(told, str) and told.startswith("data:") and ";base64," in told:
        return told.removeprefix("data:").partition(";")[0]
    if not isinstance(told, dict):
        return told
    if told.get("type") == "braintrust_attachment":
        return told["content_type"]
    return {name: without_media(item) for name, item in told.items()}


def models_of(recording: dict[str, Any], answered: str) -> set[str]:
    """Return what the model may be: LiteLLM's older versions tell the answered one but in streams.

    There the row has the one that was asked.
    """
    is_stream = "sse" in recording["response"]
    return {answered, recording["request"]["body"]["model"]} if is_stream else {answered}


def comparable(output: Any) -> Any:
    """Return *output* with tool calls as what they call, and without what says nothing."""
    if isinstance(output, list):
        return [comparable(item) for item in output]
    if not isinstance(output, dict):
        return output
    told = {name: comparable(v) for name, v in output.items() if v is not None and v != []}
    if "tool_calls" in told:
        told["tool_calls"] = [_call(each) for each in output["tool_calls"]]
    return told


def _call(told: Any) -> Any:
    if isinstance(told, tuple):
        return told
    function = told["function"]
    return told["id"], function["name"], json.loads(function["arguments"] or "{}")
