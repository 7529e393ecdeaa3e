"""Event streams stay what they are, and end their span once, in every way in which they can end."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.eventstream import EventStream
from botocore.exceptions import EventStreamError

from support.bedrock_calls import chunks, converse, deltas, frame, frames
from support.provider import Provider
from support.spans import FakeTracer

Trace = Callable[[Any], Any]
ASKED: dict[str, Any] = {
    "modelId": "tiny",
    "messages": [{"role": "user", "content": [{"text": "hi"}]}],
}
WHOLE = [
    {
        "index": 0,
        "finish_reason": "stop",
        "message": {"role": "assistant", "content": "Not now"},
    }
]


@pytest.fixture
def stream(client: Any, provider: Provider) -> Iterator[Any]:
    """Provide an answer with a stream of which nothing was read; only the answer holds it."""
    provider.will(frames(deltas("Not ", "now")))
    answer = client.converse_stream(**ASKED)
    connection = answer["stream"]._raw_stream
    yield answer
    connection.close()


def test_stream_is_an_object_of_its_own_class(stream: Any) -> None:
    """The class is the library's, not one that looks like it, and the members are there."""
    assert type(stream["stream"]) is EventStream
    assert vars(stream["stream"]).keys() >= {"_raw_stream", "_parser", "_output_shape"}


def test_events_are_those_of_an_untraced_client(
    trace: Trace, bare: Any, provider: Provider, tracer: FakeTracer
) -> None:
    """The user gets every event, in order, as the same plain data."""
    provider.will(frames(deltas("Not ", "now")), frames(deltas("Not ", "now")))
    untraced = converse(bare, ASKED, streams=True)

    outcome = converse(trace(bare), ASKED, streams=True)

    assert outcome == untraced
    assert tracer.span.fields["output"] == WHOLE
    assert tracer.span.fields["metrics"]["tokens"] == 3


def test_stream_that_is_read_out_ends_its_span(stream: Any, tracer: FakeTracer) -> None:
    """The span is open until the last event, and ends with it, once."""
    opened = list(tracer.span.ends)

    list(stream["stream"])
    stream["stream"].close()
    stream.clear()
    gc.collect()

    assert opened == []
    assert len(tracer.span.ends) == 1
    assert tracer.span.errors == []


def test_first_token_is_timed_by_the_first_content(
    client: Any, provider: Provider, tracer: FakeTracer
) -> None:
    """What only opens the message does not count as the first token."""
    provider.will(frames(deltas("Not ", "now")))
    stream = client.converse_stream(**ASKED)["stream"]
    events = iter(stream)

    next(events)
    tracer.now += 2
    next(events)
    tracer.now += 2
    list(events)

    assert tracer.span.fields["metrics"]["time_to_first_token"] == 2


def _close(answer: Any) -> None:
    answer["stream"].close()


def _drop(answer: Any) -> None:
    answer.clear()


@pytest.mark.parametrize("leave", [_close, _drop])
def test_stream_that_is_left_early_has_what_came(
    stream: Any, tracer: FakeTracer, leave: Callable[[Any], None]
) -> None:
    """A stream that is closed or dropped half-read is no error; the row has what had come."""
    for event in stream["stream"]:
        if "contentBlockDelta" in event:
            break
    del event

    leave(stream)

    assert tracer.span.fields["output"][0]["message"]["content"] == "Not "
    assert tracer.span.fields["output"][0]["finish_reason"] is None
    assert tracer.span.errors == []
    assert len(tracer.span.ends) == 1


def test_stream_that_is_never_read_ends_when_it_is_dropped(stream: Any, tracer: FakeTracer) -> None:
    """A stream that nobody reads does not keep its span open; there is no output."""
    stream.clear()

    assert len(tracer.span.ends) == 1
    assert "output" not in tracer.span.fields


def test_stream_can_be_read_on_after_a_break(stream: Any, tracer: FakeTracer) -> None:
    """Leaving a loop is not the end: what comes in a second loop counts, too."""
    for event in stream["stream"]:
        if "contentBlockDelta" in event:
            break

    list(stream["stream"])

    assert tracer.span.fields["output"] == WHOLE


def test_error_in_the_stream_passes_unchanged(
    trace: Trace, bare: Any, provider: Provider, tracer: FakeTracer
) -> None:
    """An exception that the service sends is raised as ever, and is on the span with what came."""
    broken = frame("throttlingException", {"message": "slow down"}, "exception")
    provider.will(*[frames(deltas("Not ")[:2], last=broken) for _ in range(2)])
    with pytest.raises(EventStreamError) as untraced:
        list(bare.converse_stream(**ASKED)["stream"])

    with pytest.raises(EventStreamError) as caught:
        list(trace(bare).converse_stream(**ASKED)["stream"])

    assert str(caught.value) == str(untraced.value)
    assert tracer.span.errors == [caught.value]
    assert tracer.span.fields["output"][0]["message"]["content"] == "Not "
    assert len(tracer.span.ends) == 1


def test_events_of_models_are_handed_on(
    trace: Trace, bare: Any, provider: Provider, tracer: FakeTracer
) -> None:
    """A streamed answer in a model's own form is the same for the user, and one row."""
    said = [
        {"generation": "Not ", "prompt_token_count": 5},
        {"generation": "now", "stop_reason": "stop", "generation_token_count": 2},
    ]
    provider.will(chunks(said), chunks(said))
    asked = {"modelId": "meta.llama3-8b-instruct-v1:0", "body": b'{"prompt": "hi"}'}
    untraced = list(bare.invoke_model_with_response_stream(**asked)["body"])

    events = list(trace(bare).invoke_model_with_response_stream(**asked)["body"])

    assert events == untraced
    assert tracer.span.name == "bedrock.invoke-model-with-response-stream"
    assert tracer.span.fields["output"] == WHOLE
    assert tracer.span.fields["metrics"]["tokens"] == 7
    assert tracer.bugs == []


def test_chunk_that_is_no_json_costs_nothing(
    client: Any, provider: Provider, tracer: FakeTracer
) -> None:
    """What nobody can read is the user's all the same."""
    provider.will(frames([{"chunk": {"bytes": "AAAA"}}]))

    events = list(client.invoke_model_with_response_stream(modelId="x", body=b"{}")["body"])

    assert events == [{"chunk": {"bytes": b"\x00\x00\x00"}}]
    assert len(tracer.span.ends) == 1
    assert tracer.bugs == []
