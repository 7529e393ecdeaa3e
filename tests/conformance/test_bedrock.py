"""Every recorded exchange with Amazon Bedrock, played to the real client."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

import braintrust_otel as braintrust
from braintrust_otel.testing import CapturedRows, capture_rows
from braintrust_otel_bedrock import BedrockInstrumentor
from support.bedrock_calls import client_of, converse
from support.bedrock_recordings import (
    expected_input,
    expected_metadata,
    expected_metrics,
    expected_output,
    model_of,
    same_output,
)
from support.recordings import load_recordings, replay_server

pytestmark = pytest.mark.conformance

RECORDINGS = load_recordings("bedrock.jsonl", "bedrock.converse")
STREAMED = [recording for recording in RECORDINGS if "b64" in recording["response"]]
Trace = Callable[[Any], Any]

exchanges = pytest.mark.parametrize("recording", RECORDINGS, ids=lambda found: found["name"])
streams = pytest.mark.parametrize("recording", STREAMED, ids=lambda found: found["name"])


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


@pytest.fixture
def connect() -> Iterator[Callable[[str], Any]]:
    """Provide clients that are closed in the end."""
    clients: list[Any] = []

    def connected(url: str) -> Any:
        clients.append(client_of(url))
        return clients[-1]

    yield connected
    [client.close() for client in clients]


def trace_every_client(client: Any) -> Any:
    BedrockInstrumentor().instrument()
    return client


def trace_both_ways(client: Any) -> Any:
    return braintrust.wrap_bedrock(trace_every_client(client))


@pytest.fixture(params=[trace_every_client, braintrust.wrap_bedrock, trace_both_ways])
def trace(request: pytest.FixtureRequest) -> Iterator[Trace]:
    """Provide each way to have a client traced; nothing is patched before it is used."""
    yield request.param
    instrumentor = BedrockInstrumentor()
    if instrumentor.is_instrumented_by_opentelemetry:
        instrumentor.uninstrument()


def asked_of(recording: dict[str, Any]) -> dict[str, Any]:
    """Return the arguments of the call."""
    return {"modelId": model_of(recording), **recording["request"]["body"]}


def test_there_are_recordings() -> None:
    """The recordings are all there."""
    assert (len(RECORDINGS), len(STREAMED)) == (4, 2)


@exchanges
def test_exchange_is_one_complete_row(
    recording: dict[str, Any],
    replay: Any,
    rows: CapturedRows,
    trace: Trace,
    connect: Callable[[str], Any],
) -> None:
    """A call gives the user what it always did, and one row that says it all."""
    url, streams = replay.base(recording["name"]), recording in STREAMED
    untraced = converse(connect(url), asked_of(recording), streams=streams)

    outcome = converse(trace(connect(url)), asked_of(recording), streams=streams)

    assert outcome == untraced
    check_row(rows.one(), recording)


@streams
def test_stream_that_breaks_is_a_row_with_its_error(
    recording: dict[str, Any],
    replay: Any,
    rows: CapturedRows,
    trace: Trace,
    connect: Callable[[str], Any],
) -> None:
    """A connection lost in mid-stream raises what it always did; what came is on the row."""
    url = replay.base(recording["name"], cut=4)
    with pytest.raises(Exception, match=r".") as untraced:
        converse(connect(url), asked_of(recording), streams=True)

    with pytest.raises(type(untraced.value)):
        converse(trace(connect(url)), asked_of(recording), streams=True)

    row = rows.one()
    assert row["error"]
    assert row["input"] == expected_input(recording)
    assert row["output"][0]["finish_reason"] is None


def check_row(row: dict[str, Any], recording: dict[str, Any]) -> None:
    """Check a whole row against everything that the recording tells of it."""
    metrics, attributes = dict(row["metrics"]), row["span_attributes"]
    name = "bedrock.converse-stream" if recording in STREAMED else "bedrock.converse"
    assert metrics.pop("end") >= metrics.pop("start")
    assert (attributes["name"], attributes["type"]) == (name, "llm")
    assert row["context"]["span_origin"]["instrumentation"]["name"] == "braintrust-otel-bedrock"
    assert row["input"] == expected_input(recording)
    assert row["metadata"] == expected_metadata(recording)
    assert same_output(row["output"]) == expected_output(recording)
    first_token = metrics.pop("time_to_first_token", None)
    assert (first_token is not None) == (recording in STREAMED)
    assert (first_token or 0) >= 0
    metrics.pop("estimated_cost", None)  # where the price of the model is known
    assert metrics == expected_metrics(recording)
    assert all(type(count) is int for count in metrics.values())
    assert row.get("error") is None
