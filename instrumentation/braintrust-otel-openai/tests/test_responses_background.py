"""An answer that comes later completes the row of the call that asked for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from braintrust_otel_openai.background import PendingAnswers
from support.provider import Provider, Reply
from support.responses_calls import message, response, streamed, text_events
from support.spans import FakeSpan, FakeTracer

# Older clients that are supported have no Responses API, or none in the background.
pytest.importorskip("openai.types.responses.response_queued_event")

USAGE = {
    "input_tokens": 1,
    "input_tokens_details": {"cached_tokens": 0},
    "output_tokens": 2,
    "output_tokens_details": {"reasoning_tokens": 0},
    "total_tokens": 3,
}
ASKED: dict[str, Any] = {"model": "tiny", "input": "hi", "background": True}
QUEUED = response(status="queued", background=True)
ANSWERED = response(message("ab"), usage=USAGE, background=True)
EVENTS = text_events("a", "b", usage=USAGE)


def is_whole(span: FakeSpan) -> bool:
    """Return whether a row has the answer and its tokens, and ended once."""
    return (
        span.fields.get("output") == [message("ab")]
        and span.fields["metrics"]["tokens"] == 3
        and (span.errors, len(span.ends)) == ([], 1)
    )


def test_queued_answer_is_no_output(provider: Provider, client: Any, tracer: FakeTracer) -> None:
    """Until the answer comes the row has the request and says nothing of an answer."""
    provider.will(Reply(QUEUED))

    answer = client.responses.create(**ASKED)

    assert answer.status == "queued"
    assert tracer.span.fields == {
        "input": "hi",
        "metadata": {"provider": "openai", "model": "tiny-2026-01-01"},
    }
    assert len(tracer.span.ends) == 1


LOOKUPS: list[Callable[[Any], Any]] = [
    lambda client: client.responses.retrieve("resp_1"),
    lambda client: client.responses.retrieve(response_id="resp_1"),
    lambda client: client.responses.with_raw_response.retrieve("resp_1").parse(),
    lambda client: client.with_options(timeout=3).responses.retrieve("resp_1"),
]


@pytest.mark.parametrize("look_up", LOOKUPS)
def test_lookup_that_finds_the_answer_completes_the_row(
    provider: Provider, client: Any, tracer: FakeTracer, look_up: Callable[[Any], Any]
) -> None:
    """Looking the answer up until it is there makes one row, with the answer and its tokens."""
    provider.will(Reply(QUEUED), Reply({**QUEUED, "status": "in_progress"}), Reply(ANSWERED))
    client.responses.create(**ASKED)

    early, found = look_up(client), look_up(client)

    assert (early.status, found.output_text) == ("in_progress", "ab")
    assert is_whole(tracer.span)


def test_answer_is_taken_once(provider: Provider, client: Any, tracer: FakeTracer) -> None:
    """Looking at an answer again changes nothing."""
    later = response(message("another"), background=True)
    provider.will(Reply(QUEUED), Reply(ANSWERED), Reply(later))
    client.responses.create(**ASKED)

    client.responses.retrieve("resp_1")
    client.responses.retrieve("resp_1")

    assert is_whole(tracer.span)


def test_lookup_of_what_nobody_asked_for_here_is_no_row(
    provider: Provider, client: Any, tracer: FakeTracer
) -> None:
    """Reading an answer that another process asked for is no call of a model."""
    provider.will(Reply(ANSWERED))

    client.responses.retrieve("resp_1")

    assert tracer.spans == []


def test_lookup_as_a_stream_completes_the_row(
    provider: Provider, client: Any, tracer: FakeTracer
) -> None:
    """An answer that is looked up as a stream completes the row when it is all there."""
    provider.will(Reply(QUEUED))
    provider.will(streamed(EVENTS))
    client.responses.create(**ASKED)

    events = list(client.responses.retrieve("resp_1", stream=True))

    assert len(events) == len(EVENTS)
    assert is_whole(tracer.span)


def test_lookup_by_the_stream_helper_completes_the_row(
    provider: Provider, client: Any, tracer: FakeTracer
) -> None:
    """The stream helper can read on in an answer, too: that makes no row of its own."""
    provider.will(Reply(QUEUED))
    provider.will(streamed(EVENTS))
    client.responses.create(**ASKED)

    with client.responses.stream(response_id="resp_1") as stream:
        final = stream.get_final_response()

    assert final.output_text == "ab"
    assert is_whole(tracer.span)


def test_stream_that_breaks_off_is_completed_by_a_lookup(
    provider: Provider, client: Any, tracer: FakeTracer
) -> None:
    """A stream that was left in the middle has the whole answer once somebody looks it up."""
    provider.will(streamed(EVENTS), Reply(ANSWERED))
    with client.responses.create(**ASKED, stream=True) as stream:
        next(event for event in stream if event.type == "response.output_text.delta")
    partial = tracer.span.fields["output"][0]["content"][0]["text"]

    client.responses.retrieve("resp_1")

    assert partial == "a"
    assert is_whole(tracer.span)


def test_stream_that_is_read_out_waits_for_nothing(
    provider: Provider, client: Any, tracer: FakeTracer
) -> None:
    """A stream in the background that brings the answer leaves nothing to be looked up."""
    later = response(message("another"), background=True)
    provider.will(streamed(EVENTS), Reply(later))

    list(client.responses.create(**ASKED, stream=True))
    client.responses.retrieve("resp_1")

    assert is_whole(tracer.span)


def test_lookup_as_a_stream_that_is_left_early_changes_nothing(
    provider: Provider, client: Any, tracer: FakeTracer
) -> None:
    """Half an answer does not take the place of what is known; a later look-up still counts."""
    provider.will(Reply(QUEUED), streamed(EVENTS), Reply(ANSWERED))
    client.responses.create(**ASKED)
    with client.responses.retrieve("resp_1", stream=True) as stream:
        next(stream)
    early = dict(tracer.span.fields)

    client.responses.retrieve("resp_1")

    assert "output" not in early
    assert is_whole(tracer.span)


def test_cancelled_answer_completes_the_row(
    provider: Provider, client: Any, tracer: FakeTracer
) -> None:
    """Cancelling brings the last word as well."""
    provider.will(Reply(QUEUED), Reply(response(message("ab"), usage=USAGE, status="cancelled")))
    client.responses.create(**ASKED)

    getattr(client.responses, "cancel", client.responses.retrieve)("resp_1")

    assert is_whole(tracer.span)


def test_failure_that_comes_later_is_on_the_row(
    provider: Provider, client: Any, tracer: FakeTracer
) -> None:
    """An answer that failed in the background has its error on the row of the call."""
    error = {"code": "server_error", "message": "overloaded"}
    provider.will(Reply(QUEUED), Reply(response(status="failed", error=error)))
    client.responses.create(**ASKED)

    client.responses.retrieve("resp_1")

    assert tracer.span.fields["error"] == "overloaded"


async def test_asynchronous_lookup_completes_the_row(
    provider: Provider, async_client: Any, tracer: FakeTracer
) -> None:
    """The asynchronous client does the same, plain and as a stream."""
    provider.will(Reply(QUEUED), Reply(QUEUED), streamed(EVENTS))
    await async_client.responses.create(**ASKED)

    early = await async_client.responses.retrieve("resp_1")
    stream = await async_client.responses.retrieve("resp_1", stream=True)
    events = [event async for event in stream]

    assert early.status == "queued"
    assert len(events) == len(EVENTS)
    assert is_whole(tracer.span)


@pytest.mark.parametrize("background", [False, None])
def test_call_that_waits_for_its_answer_is_not_remembered(
    provider: Provider, client: Any, tracer: FakeTracer, background: bool | None
) -> None:
    """Only a call in the background is completed later."""
    provider.will(Reply(QUEUED), Reply(ANSWERED))
    client.responses.create(**{**ASKED, "background": background})

    client.responses.retrieve("resp_1")

    assert "output" not in tracer.span.fields


def test_as_many_calls_are_remembered_as_the_limit_says(tracer: FakeTracer) -> None:
    """The oldest are forgotten first, so that answers nobody looks up cost a bounded memory."""
    pending = PendingAnswers(limit=2)
    calls = [tracer.calls().start(str(number)) for number in range(3)]

    for number, call in enumerate(calls):
        pending.read(call, {**QUEUED, "id": str(number)})  # type: ignore[arg-type]  # started
    [pending.settle({**ANSWERED, "id": str(number)}, "openai") for number in range(3)]

    assert ["output" in span.fields for span in tracer.spans] == [False, True, True]
    assert len(pending) == 0
