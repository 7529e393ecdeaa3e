"""Every recorded exchange with Anthropic, played to the real client."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

import braintrust_otel as braintrust
from braintrust_otel.testing import CapturedRows, capture_rows
from braintrust_otel_anthropic import AnthropicInstrumentor
from support.anthropic_calls import ask, ask_async, ask_helper, ask_helper_async, client_of
from support.anthropic_recordings import (
    expected_input,
    expected_metadata,
    expected_metrics,
    expected_output,
    with_media_in_place,
)
from support.recordings import load_recordings, replay_server

pytestmark = [
    pytest.mark.conformance,
    # The recordings are of models that the client calls old.
    pytest.mark.filterwarnings("ignore:The model:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:Using Claude with:UserWarning"),
]

RECORDINGS = load_recordings("anthropic.jsonl", "anthropic.messages")
STREAMED = [recording for recording in RECORDINGS if "sse" in recording["response"]]
Trace = Callable[[Any], Any]

exchanges = pytest.mark.parametrize("recording", RECORDINGS, ids=lambda found: found["name"])
streams = pytest.mark.parametrize("recording", STREAMED, ids=lambda found: found["name"])
parts = pytest.mark.parametrize("part", ["messages", "beta.messages"])


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
    AnthropicInstrumentor().instrument()
    return client


def trace_both_ways(client: Any) -> Any:
    return braintrust.wrap_anthropic(trace_every_client(client))


@pytest.fixture(params=[trace_every_client, braintrust.wrap_anthropic, trace_both_ways])
def trace(request: pytest.FixtureRequest) -> Iterator[Trace]:
    """Provide each way to have a client traced; nothing is patched before it is used."""
    yield request.param
    instrumentor = AnthropicInstrumentor()
    if instrumentor.is_instrumented_by_opentelemetry:
        instrumentor.uninstrument()


def test_there_are_recordings() -> None:
    """The recordings of messages are all there."""
    assert (len(RECORDINGS), len(STREAMED)) == (18, 8)


@parts
@exchanges
def test_exchange_is_one_complete_row(
    recording: dict[str, Any], part: str, replay: Any, rows: CapturedRows, trace: Trace
) -> None:
    """A synchronous call gives the user what it always did, and one row that says it all."""
    url, asked = replay.base(recording["name"]), recording["request"]["body"]
    untraced = ask(client_of(url, asynchronous=False), asked, part)

    outcome = ask(trace(client_of(url, asynchronous=False)), asked, part)

    assert outcome == untraced
    check_row(rows.one(), recording, "anthropic.messages.create")


@parts
@exchanges
async def test_asynchronous_exchange_is_one_complete_row(
    recording: dict[str, Any], part: str, replay: Any, rows: CapturedRows, trace: Trace
) -> None:
    """An asynchronous call gives the user what it always did, and one row that says it all."""
    url, asked = replay.base(recording["name"]), recording["request"]["body"]
    untraced = await ask_async(client_of(url, asynchronous=True), asked, part)

    outcome = await ask_async(trace(client_of(url, asynchronous=True)), asked, part)

    assert outcome == untraced
    check_row(rows.one(), recording, "anthropic.messages.create")


@parts
@streams
def test_stream_helper_is_one_complete_row(
    recording: dict[str, Any], part: str, replay: Any, rows: CapturedRows, trace: Trace
) -> None:
    """The library's stream helper gives the same events and message, and there is one row."""
    url, asked = replay.base(recording["name"]), recording["request"]["body"]
    untraced = ask_helper(client_of(url, asynchronous=False), asked, part)

    outcome = ask_helper(trace(client_of(url, asynchronous=False)), asked, part)

    assert outcome == untraced
    check_row(rows.one(), recording, "anthropic.messages.stream")


@parts
@streams
async def test_asynchronous_stream_helper_is_one_complete_row(
    recording: dict[str, Any], part: str, replay: Any, rows: CapturedRows, trace: Trace
) -> None:
    """The asynchronous stream helper gives the same events and message, and there is one row."""
    url, asked = replay.base(recording["name"]), recording["request"]["body"]
    untraced = await ask_helper_async(client_of(url, asynchronous=True), asked, part)

    outcome = await ask_helper_async(trace(client_of(url, asynchronous=True)), asked, part)

    assert outcome == untraced
    check_row(rows.one(), recording, "anthropic.messages.stream")


def check_row(row: dict[str, Any], recording: dict[str, Any], name: str) -> None:
    """Check a whole row against everything that the recording tells of it."""
    metrics, attributes, sent = (
        dict(row["metrics"]),
        row["span_attributes"],
        expected_input(recording),
    )
    assert metrics.pop("end") >= metrics.pop("start")
    metrics.pop("estimated_cost", None)  # of the prices that are installed, not of the exchange
    assert (attributes["name"], attributes["type"]) == (name, "llm")
    assert row["context"]["span_origin"]["instrumentation"]["name"] == "braintrust-otel-anthropic"
    assert with_media_in_place(row["input"], sent) == sent
    assert row["metadata"] == expected_metadata(recording)
    assert row["output"] == expected_output(recording)
    first_token = metrics.pop("time_to_first_token", None)
    assert (first_token is not None) == ("sse" in recording["response"])
    assert (first_token or 0) >= 0
    assert metrics == expected_metrics(recording)
    assert all(type(count) is int for count in metrics.values())
    assert row.get("error") is None
