"""Every recorded exchange of OpenAI's Responses API, played to the real client."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

import braintrust_otel as braintrust
from braintrust_otel.testing import CapturedRows, capture_rows
from braintrust_otel_openai import OpenAIInstrumentor
from support.openai_calls import client_of
from support.recordings import expected_error, load_recordings, replay_server
from support.responses_calls import ask, ask_async
from support.responses_recordings import final_response, told_input, told_metadata, told_metrics

pytestmark = pytest.mark.conformance

RECORDINGS = load_recordings("openai.jsonl", "openai.responses", "openai.error.responses")
STREAMS = [recording for recording in RECORDINGS if "sse" in recording["response"]]
ANSWERS = [
    recording for recording in RECORDINGS if "output" in recording["response"].get("body", {})
]
Trace = Callable[[Any], Any]


def named(recordings: list[dict[str, Any]]) -> pytest.MarkDecorator:
    """Run a test for each of *recordings*."""
    return pytest.mark.parametrize("recording", recordings, ids=lambda found: found["name"])


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


def url_of(replay: Any, recording: dict[str, Any]) -> str:
    url: str = replay.base(recording["name"], "/v1")
    return url


def without_stream(recording: dict[str, Any]) -> dict[str, Any]:
    """Return the arguments but for the one that the helpers give themselves."""
    asked = recording["request"]["body"]
    return {name: value for name, value in asked.items() if name != "stream"}


def test_there_are_recordings() -> None:
    """The recordings of the Responses API are all there."""
    assert (len(RECORDINGS), len(STREAMS), len(ANSWERS)) == (11, 3, 7)


@named(RECORDINGS)
def test_exchange_is_one_complete_row(
    recording: dict[str, Any], replay: Any, rows: CapturedRows, trace: Trace
) -> None:
    """A synchronous call gives the user what it always did, and one row that says it all."""
    url, asked = url_of(replay, recording), recording["request"]["body"]
    untraced = ask(client_of(url, asynchronous=False), asked)

    outcome = ask(trace(client_of(url, asynchronous=False)), asked)

    assert outcome == untraced
    check_row(rows.one(), recording)


@named(RECORDINGS)
async def test_asynchronous_exchange_is_one_complete_row(
    recording: dict[str, Any], replay: Any, rows: CapturedRows, trace: Trace
) -> None:
    """An asynchronous call gives the user what it always did, and one row that says it all."""
    url, asked = url_of(replay, recording), recording["request"]["body"]
    untraced = await ask_async(client_of(url, asynchronous=True), asked)

    outcome = await ask_async(trace(client_of(url, asynchronous=True)), asked)

    assert outcome == untraced
    check_row(rows.one(), recording)


@named(STREAMS)
def test_stream_helper_is_one_complete_row(
    recording: dict[str, Any], replay: Any, rows: CapturedRows, trace: Trace
) -> None:
    """The library's stream helper gives the events it always did, and one row."""
    url, asked = url_of(replay, recording), without_stream(recording)
    with client_of(url, asynchronous=False) as bare, bare.responses.stream(**asked) as stream:
        untraced = list(stream)

    with (
        trace(client_of(url, asynchronous=False)) as client,
        client.responses.stream(**asked) as stream,
    ):
        events = list(stream)

    assert events == untraced
    check_row(rows.one(), recording)


@named(STREAMS)
async def test_asynchronous_stream_helper_is_one_complete_row(
    recording: dict[str, Any], replay: Any, rows: CapturedRows, trace: Trace
) -> None:
    """The asynchronous stream helper gives the events it always did, and one row."""
    url, asked = url_of(replay, recording), without_stream(recording)
    async with (
        client_of(url, asynchronous=True) as bare,
        bare.responses.stream(**asked) as stream,
    ):
        untraced = [event async for event in stream]

    async with (
        trace(client_of(url, asynchronous=True)) as client,
        client.responses.stream(**asked) as stream,
    ):
        events = [event async for event in stream]

    assert events == untraced
    check_row(rows.one(), recording)


@named(ANSWERS)
def test_parsed_exchange_is_one_complete_row(
    recording: dict[str, Any], replay: Any, rows: CapturedRows, trace: Trace
) -> None:
    """Parsing gives the user what it always did, and a row without what it adds."""
    url, asked = url_of(replay, recording), without_stream(recording)
    with client_of(url, asynchronous=False) as bare:
        untraced = bare.responses.parse(**asked)

    with trace(client_of(url, asynchronous=False)) as client:
        answer = client.responses.parse(**asked)

    assert type(answer) is type(untraced)
    assert answer == untraced
    check_row(rows.one(), recording, name="openai.responses.parse")


@named(ANSWERS)
async def test_asynchronously_parsed_exchange_is_one_complete_row(
    recording: dict[str, Any], replay: Any, rows: CapturedRows, trace: Trace
) -> None:
    """Asynchronous parsing gives the user what it always did, and a row."""
    url, asked = url_of(replay, recording), without_stream(recording)
    async with client_of(url, asynchronous=True) as bare:
        untraced = await bare.responses.parse(**asked)

    async with trace(client_of(url, asynchronous=True)) as client:
        answer = await client.responses.parse(**asked)

    assert answer == untraced
    check_row(rows.one(), recording, name="openai.responses.parse")


@named(RECORDINGS[1:])
def test_body_that_the_user_reads_is_one_complete_row(
    recording: dict[str, Any], replay: Any, rows: CapturedRows, trace: Trace
) -> None:
    """A body that the user reads himself is what it always was, and is on the row."""
    url, asked = url_of(replay, recording), recording["request"]["body"]
    with (
        client_of(url, asynchronous=False) as bare,
        bare.responses.with_streaming_response.create(**asked) as response,
    ):
        untraced = list(response.iter_lines())

    with (
        trace(client_of(url, asynchronous=False)) as client,
        client.responses.with_streaming_response.create(**asked) as response,
    ):
        lines = list(response.iter_lines())

    assert lines == untraced
    check_row(rows.one(), recording)


def check_row(
    row: dict[str, Any], recording: dict[str, Any], *, name: str = "openai.responses.create"
) -> None:
    """Check a whole row against everything that the recording tells of it."""
    metrics, attributes = dict(row["metrics"]), row["span_attributes"]
    assert metrics.pop("end") >= metrics.pop("start")
    assert (metrics.pop("estimated_cost", 0) > 0) == ("tokens" in metrics)
    assert (attributes["name"], attributes["type"]) == (name, "llm")
    assert row["context"]["span_origin"]["instrumentation"]["name"] == "braintrust-otel-openai"
    assert row["input"] == told_input(recording)
    assert row["metadata"] == told_metadata(recording)
    assert row.get("output") == final_response(recording).get("output")
    first_token = metrics.pop("time_to_first_token", None)
    assert (first_token is not None) == ("sse" in recording["response"])
    assert (first_token or 0) >= 0
    assert metrics == told_metrics(recording)
    error, message = row.get("error"), expected_error(recording)
    assert (error is None) == (message is None)
    assert (message or "") in (error or "")
