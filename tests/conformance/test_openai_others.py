"""Recorded exchanges with OpenAI beside chat and responses, played to the real client."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from operator import attrgetter
from typing import Any

import openai
import pytest

import braintrust_otel as braintrust
from braintrust_otel.testing import CapturedRows, capture_rows
from braintrust_otel_openai import OpenAIInstrumentor
from support.openai_calls import client_of
from support.outcomes import Outcome
from support.recordings import (
    expected_error,
    expected_metadata,
    expected_metrics,
    load_recordings,
    replay_server,
)

pytestmark = pytest.mark.conformance

RECORDINGS = load_recordings(
    "openai.jsonl", "openai.embeddings", "openai.images", "openai.error.embeddings"
)
METHODS = {"/v1/embeddings": "embeddings.create", "/v1/images/generations": "images.generate"}
NAMES = {"/v1/embeddings": "Embedding", "/v1/images/generations": "Image Generation"}
INPUTS = {"/v1/embeddings": "input", "/v1/images/generations": "prompt"}
FLOAT_BYTES = 4
Trace = Callable[[Any], Any]

exchanges = pytest.mark.parametrize("recording", RECORDINGS, ids=lambda found: found["name"])
ways = pytest.mark.parametrize("way", ["", ".with_raw_response"], ids=["plain", "raw"])


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


def method_of(client: Any, recording: dict[str, Any], way: str) -> Any:
    """Return the method that sends the recorded request."""
    part, _, name = METHODS[recording["request"]["path"]].rpartition(".")
    return getattr(attrgetter(f"{part}{way}")(client), name)


def ask(client: Any, recording: dict[str, Any], way: str) -> Outcome:
    """Make the call, close the client, return what it came to."""
    with client:
        try:
            return outcome(method_of(client, recording, way)(**recording["request"]["body"]))
        except openai.APIError as error:
            return failure(error)


async def ask_async(client: Any, recording: dict[str, Any], way: str) -> Outcome:
    """Make the call, close the client, return what it came to."""
    async with client:
        try:
            return outcome(await method_of(client, recording, way)(**recording["request"]["body"]))
        except openai.APIError as error:
            return failure(error)


def outcome(answer: Any) -> Outcome:
    parsed = answer.parse() if hasattr(answer, "parse") else answer
    # A vector that was asked for as base64 stays base64, which is not what its model promises.
    return Outcome(type(answer), [type(parsed), parsed.model_dump(warnings=False)])


def failure(error: Any) -> Outcome:
    return Outcome(type(error), [str(error), error.status_code, error.body])


def test_there_are_recordings() -> None:
    """The recordings beside chat and responses are all there."""
    assert len(RECORDINGS) == 4


@ways
@exchanges
def test_exchange_is_one_complete_row(
    recording: dict[str, Any], way: str, replay: Any, rows: CapturedRows, trace: Trace
) -> None:
    """A synchronous call gives the user what it always did, and one row that says it all."""
    url = replay.base(recording["name"], "/v1")
    untraced = ask(client_of(url, asynchronous=False), recording, way)

    traced = ask(trace(client_of(url, asynchronous=False)), recording, way)

    assert traced == untraced
    check_row(rows.one(), recording)


@ways
@exchanges
async def test_asynchronous_exchange_is_one_complete_row(
    recording: dict[str, Any], way: str, replay: Any, rows: CapturedRows, trace: Trace
) -> None:
    """An asynchronous call gives the user what it always did, and one row that says it all."""
    url = replay.base(recording["name"], "/v1")
    untraced = await ask_async(client_of(url, asynchronous=True), recording, way)

    traced = await ask_async(trace(client_of(url, asynchronous=True)), recording, way)

    assert traced == untraced
    check_row(rows.one(), recording)


def expected_answer(recording: dict[str, Any]) -> object:
    """Return the output that the answer makes; None for an error."""
    data = recording["response"]["body"].get("data")
    if data is None or "embedding" not in data[0]:
        return data
    size = len(data[0]["embedding"].rstrip("=")) * 3 // 4
    return {"embedding_length": size // FLOAT_BYTES}


def check_row(row: dict[str, Any], recording: dict[str, Any]) -> None:
    """Check a whole row against everything that the recording tells of it."""
    request, metrics, attributes = (
        recording["request"],
        dict(row["metrics"]),
        row["span_attributes"],
    )
    assert metrics.pop("end") >= metrics.pop("start")
    metrics.pop("estimated_cost", None)
    assert (attributes["name"], attributes["type"]) == (NAMES[request["path"]], "llm")
    assert row["context"]["span_origin"]["instrumentation"]["name"] == "braintrust-otel-openai"
    assert row["input"] == request["body"][INPUTS[request["path"]]]
    assert row.get("output") == expected_answer(recording)
    assert row["metadata"] == expected_metadata(recording)
    assert metrics == expected_metrics(recording)
    error, message = row.get("error"), expected_error(recording)
    assert (error is None) == (message is None)
    assert (message or "") in (error or "")
