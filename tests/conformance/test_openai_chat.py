"""Every recorded chat exchange with OpenAI, played to the real client."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

import braintrust_otel as braintrust
from braintrust_otel.testing import CapturedRows, capture_rows
from braintrust_otel_openai import OpenAIInstrumentor
from support.openai_calls import ask, ask_async, client_of
from support.recordings import (
    expected_error,
    expected_metadata,
    expected_metrics,
    expected_output,
    load_recordings,
    replay_server,
)

pytestmark = pytest.mark.conformance

RECORDINGS = load_recordings("openai.jsonl", "openai.chat", "openai.error.chat")
Trace = Callable[[Any], Any]

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


def trace_every_client(client: Any) -> Any:
    OpenAIInstrumentor().instrument()
    return client


def trace_both_ways(client: Any) -> Any:
    return braintrust.wrap_openai(trace_every_client(client))


@pytest.fixture(params=[trace_every_client, braintrust.wrap_openai, trace_both_ways])
def trace(request: pytest.FixtureRequest) -> Iterator[Trace]:
    """Provide each way to have a client traced; nothing is patched before it is used."""
    yield request.param
    instrumentor = OpenAIInstrumentor()
    if instrumentor.is_instrumented_by_opentelemetry:
        instrumentor.uninstrument()


def test_there_are_recordings() -> None:
    """The recordings of chat completions are all there."""
    assert len(RECORDINGS) == 23


@exchanges
def test_exchange_is_one_complete_row(
    recording: dict[str, Any], replay: Any, rows: CapturedRows, trace: Trace
) -> None:
    """A synchronous call gives the user what it always did, and one row that says it all."""
    url, asked = replay.base(recording["name"], "/v1"), recording["request"]["body"]
    untraced = ask(client_of(url, asynchronous=False), asked)

    outcome = ask(trace(client_of(url, asynchronous=False)), asked)

    assert outcome == untraced
    check_row(rows.one(), recording)


@exchanges
async def test_asynchronous_exchange_is_one_complete_row(
    recording: dict[str, Any], replay: Any, rows: CapturedRows, trace: Trace
) -> None:
    """An asynchronous call gives the user what it always did, and one row that says it all."""
    url, asked = replay.base(recording["name"], "/v1"), recording["request"]["body"]
    untraced = await ask_async(client_of(url, asynchronous=True), asked)

    outcome = await ask_async(trace(client_of(url, asynchronous=True)), asked)

    assert outcome == untraced
    check_row(rows.one(), recording)


def with_media_in_place(told: Any, sent: Any) -> Any:
    """Return *told* with each attachment that stands for a data URL of *sent* put back as it."""
    if isinstance(told, list):
        return [with_media_in_place(*pair) for pair in zip(told, sent, strict=True)]
    if not isinstance(told, dict):
        return told
    if told.get("type") != "braintrust_attachment":
        return {name: with_media_in_place(item, sent[name]) for name, item in told.items()}
    assert sent.startswith(f"data:{told['content_type']};base64,")
    assert sorted(told) == ["content_type", "filename", "key", "type"]
    return sent


def check_row(row: dict[str, Any], recording: dict[str, Any]) -> None:
    """Check a whole row against everything that the recording tells of it."""
    metrics, attributes = dict(row["metrics"]), row["span_attributes"]
    assert metrics.pop("end") >= metrics.pop("start")
    assert (metrics.pop("estimated_cost", 0) > 0) == ("tokens" in metrics)
    assert (attributes["name"], attributes["type"]) == ("Chat Completion", "llm")
    assert row["context"]["span_origin"]["instrumentation"]["name"] == "braintrust-otel-openai"
    sent = recording["request"]["body"]["messages"]
    assert with_media_in_place(row["input"], sent) == sent
    assert row["metadata"] == expected_metadata(recording)
    assert row.get("output") == expected_output(recording)
    first_token = metrics.pop("time_to_first_token", None)
    assert (first_token is not None) == ("sse" in recording["response"])
    assert (first_token or 0) >= 0
    assert metrics == expected_metrics(recording)
    error, message = row.get("error"), expected_error(recording)
    assert (error is None) == (message is None)
    assert (message or "") in (error or "")
