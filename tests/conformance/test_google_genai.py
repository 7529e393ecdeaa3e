"""Every recorded exchange with Google, played to the real client."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

import braintrust_otel as braintrust
from braintrust_otel.testing import CapturedRows, capture_rows
from braintrust_otel_google_genai import GoogleGenAIInstrumentor
from support.google_calls import arguments_of, ask, ask_async, client_of
from support.google_recordings import (
    expected_input,
    expected_metadata,
    expected_metrics,
    expected_output,
    is_streamed,
    with_media_in_place,
)
from support.recordings import load_recordings, replay_server

pytestmark = pytest.mark.conformance

RECORDINGS = load_recordings("google.jsonl", "google.generate")
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
    GoogleGenAIInstrumentor().instrument()
    return client


def trace_both_ways(client: Any) -> Any:
    return braintrust.wrap_google_genai(trace_every_client(client))


@pytest.fixture(params=[trace_every_client, braintrust.wrap_google_genai, trace_both_ways])
def trace(request: pytest.FixtureRequest) -> Iterator[Trace]:
    """Provide each way to have a client traced; nothing is patched before it is used."""
    yield request.param
    instrumentor = GoogleGenAIInstrumentor()
    if instrumentor.is_instrumented_by_opentelemetry:
        instrumentor.uninstrument()


def test_there_are_recordings() -> None:
    """The recordings of generated content are all there."""
    assert (len(RECORDINGS), len(list(filter(is_streamed, RECORDINGS)))) == (12, 5)


@exchanges
def test_exchange_is_one_complete_row(
    recording: dict[str, Any], replay: Any, rows: CapturedRows, trace: Trace
) -> None:
    """A synchronous call gives the user what it always did, and one row that says it all."""
    url, asked, stream = (
        replay.base(recording["name"]),
        arguments_of(recording),
        is_streamed(recording),
    )
    untraced = ask(client_of(url), asked, stream=stream)

    outcome = ask(trace(client_of(url)), asked, stream=stream)

    assert outcome == untraced
    check_row(rows.one(), recording)


@exchanges
async def test_asynchronous_exchange_is_one_complete_row(
    recording: dict[str, Any], replay: Any, rows: CapturedRows, trace: Trace
) -> None:
    """An asynchronous call gives the user what it always did, and one row that says it all."""
    url, asked, stream = (
        replay.base(recording["name"]),
        arguments_of(recording),
        is_streamed(recording),
    )
    untraced = await ask_async(client_of(url), asked, stream=stream)

    outcome = await ask_async(trace(client_of(url)), asked, stream=stream)

    assert outcome == untraced
    check_row(rows.one(), recording)


def check_row(row: dict[str, Any], recording: dict[str, Any]) -> None:
    """Check a whole row against everything that the recording tells of it."""
    metrics, attributes, sent = (
        dict(row["metrics"]),
        row["span_attributes"],
        expected_input(recording),
    )
    name = "generate_content_stream" if is_streamed(recording) else "generate_content"
    assert metrics.pop("end") >= metrics.pop("start")
    assert (attributes["name"], attributes["type"]) == (name, "llm")
    origin = row["context"]["span_origin"]["instrumentation"]["name"]
    assert origin == "braintrust-otel-google-genai"
    assert with_media_in_place(row["input"], sent) == sent
    assert row["metadata"] == expected_metadata(recording)
    assert row["output"] == expected_output(recording)
    first_token = metrics.pop("time_to_first_token", None)
    assert (first_token is not None) == is_streamed(recording)
    assert (first_token or 0) >= 0
    assert metrics.pop("estimated_cost", 1) > 0  # the prices of the newest models may not be known
    assert metrics == expected_metrics(recording)
    assert all(type(count) is int for count in metrics.values())
    assert row.get("error") is None
