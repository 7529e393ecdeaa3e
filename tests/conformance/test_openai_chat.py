"""Every recorded chat exchange with OpenAI, played to the real client."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest

from braintrust_otel.instrument import PatchTable
from braintrust_otel_openai.clients import wrap_client
from braintrust_otel_openai.patches import class_patches
from support.openai_calls import ask, ask_async, client_of
from support.recordings import (
    expected_error,
    expected_metadata,
    expected_metrics,
    expected_output,
    load_recordings,
    replay_server,
)
from support.spans import FakeSpan, FakeTracer

pytestmark = pytest.mark.conformance

RECORDINGS = load_recordings("openai.jsonl", "openai.chat", "openai.error.chat")
Trace = Callable[[Any], Any]


@pytest.fixture(scope="module")
def replay() -> Iterator[Any]:
    """Provide the server that plays the recordings."""
    with replay_server() as server:
        yield server


@pytest.fixture
def tracer() -> FakeTracer:
    """Provide what keeps the spans."""
    return FakeTracer()


@pytest.fixture(params=["every client", "one client", "both"])
def trace(request: pytest.FixtureRequest, tracer: FakeTracer) -> Iterator[Trace]:
    """Provide each way to have a client traced; nothing is patched before it is used."""
    calls = tracer.calls()
    table = PatchTable(class_patches(calls) if request.param != "one client" else ())
    wrap = partial(wrap_client, calls=calls) if request.param != "every client" else _as_it_is

    def trace(client: Any) -> Any:
        table.apply()
        return wrap(client)

    yield trace
    table.undo()


def _as_it_is(client: Any) -> Any:
    return client


def test_there_are_recordings() -> None:
    """The recordings of chat completions are all there."""
    assert len(RECORDINGS) == 23


@pytest.mark.parametrize("recording", RECORDINGS, ids=lambda recording: recording["name"])
def test_exchange_is_one_complete_row(
    recording: dict[str, Any], replay: Any, tracer: FakeTracer, trace: Trace
) -> None:
    """A synchronous call gives the user what it always did, and one row that says it all."""
    url, asked = replay.base(recording["name"], "/v1"), recording["request"]["body"]
    untraced = ask(client_of(url, asynchronous=False), asked)

    outcome = ask(trace(client_of(url, asynchronous=False)), asked)

    assert outcome == untraced
    check_row(tracer, recording)


@pytest.mark.parametrize("recording", RECORDINGS, ids=lambda recording: recording["name"])
async def test_asynchronous_exchange_is_one_complete_row(
    recording: dict[str, Any], replay: Any, tracer: FakeTracer, trace: Trace
) -> None:
    """An asynchronous call gives the user what it always did, and one row that says it all."""
    url, asked = replay.base(recording["name"], "/v1"), recording["request"]["body"]
    untraced = await ask_async(client_of(url, asynchronous=True), asked)

    outcome = await ask_async(trace(client_of(url, asynchronous=True)), asked)

    assert outcome == untraced
    check_row(tracer, recording)


def check_row(tracer: FakeTracer, recording: dict[str, Any]) -> None:
    """Check the one span against everything that the recording tells of it."""
    span = tracer.span
    metrics = dict(span.fields.get("metrics", {}))
    assert tracer.bugs == []
    assert (span.name, span.type, len(span.ends)) == ("Chat Completion", "llm", 1)
    assert ("time_to_first_token" in metrics) == ("sse" in recording["response"])
    metrics.pop("time_to_first_token", None)
    assert span.fields["input"] == recording["request"]["body"]["messages"]
    assert span.fields["metadata"] == expected_metadata(recording)
    assert span.fields.get("output") == expected_output(recording)
    assert metrics == expected_metrics(recording)
    assert _errors(span, recording) == [True] * len(span.errors)
    assert bool(span.errors) == (expected_error(recording) is not None)


def _errors(span: FakeSpan, recording: dict[str, Any]) -> list[bool]:
    return [str(expected_error(recording)) in str(error) for error in span.errors]
