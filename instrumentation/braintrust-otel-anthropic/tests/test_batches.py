"""Message batches are tasks: what was asked of them, and how their messages came out."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from support.anthropic_calls import batch, message
from support.provider import Provider, Reply
from support.spans import FakeTracer

REQUESTS = [
    {"custom_id": name, "params": {"model": "tiny", "max_tokens": 9, "messages": []}}
    for name in ("a", "b")
]
RESULTS = [
    {"custom_id": "a", "result": {"type": "succeeded", "message": message([])}},
    {"custom_id": "b", "result": {"type": "succeeded", "message": message([])}},
    {"custom_id": "c", "result": {"type": "expired"}},
]
SUMS = {"prompt_tokens": 2, "completion_tokens": 4, "tokens": 6}


@pytest.fixture
def done(provider: Provider) -> Provider:
    """Provide a provider with the results of a batch."""
    ended = batch(processing_status="ended", results_url=f"{provider.url}/results")
    provider.will(Reply(ended), Reply(lines=RESULTS))
    return provider


def part_of(client: Any, part: str) -> Any:
    """Return the part of *client* for batches."""
    return (client if part == "stable" else client.beta).messages.batches


@pytest.mark.parametrize("part", ["stable", "beta"])
def test_making_a_batch_is_a_task(
    provider: Provider, client: Any, tracer: FakeTracer, part: str
) -> None:
    """The row has the requests, read once, and what the provider made of them."""
    provider.will(Reply(batch()))

    made = part_of(client, part).create(requests=iter(REQUESTS))

    assert made.id == "msgbatch_1"
    assert provider.requests == [{"requests": REQUESTS}]
    assert (tracer.span.name, tracer.span.type) == ("anthropic.messages.batches.create", "task")
    assert tracer.span.fields == {
        "input": REQUESTS,
        "output": batch(),
        "metadata": {"provider": "anthropic"},
    }


@pytest.mark.parametrize("part", ["stable", "beta"])
@pytest.mark.usefixtures("done")
def test_reading_results_is_a_task(client: Any, tracer: FakeTracer, part: str) -> None:
    """Results are counted while they are read; none of them is kept."""
    results = part_of(client, part).results("msgbatch_1")
    ends_before = list(tracer.span.ends)
    names = [entry.custom_id for entry in results]

    assert (names, ends_before) == (["a", "b", "c"], [])
    assert (tracer.span.name, tracer.span.type) == ("anthropic.messages.batches.results", "task")
    assert tracer.span.fields == {
        "input": {"message_batch_id": "msgbatch_1"},
        "output": {"succeeded": 2, "expired": 1},
        "metadata": {"provider": "anthropic"},
        "metrics": SUMS,
    }
    assert len(tracer.span.ends) == 1


@pytest.mark.usefixtures("done")
def test_results_left_early_are_told_as_far_as_they_were_read(
    client: Any, tracer: FakeTracer
) -> None:
    """Whoever stops reading ends the row."""
    for _ in itertools.islice(client.messages.batches.results("msgbatch_1"), 1):
        pass

    assert tracer.span.fields["output"] == {"succeeded": 1}
    assert len(tracer.span.ends) == 1


def test_raw_batch_is_told(provider: Provider, client: Any, tracer: FakeTracer) -> None:
    """A raw response stays the user's; the row is complete without it."""
    provider.will(Reply(batch()))

    raw = client.messages.batches.with_raw_response.create(requests=REQUESTS)

    assert raw.parse().id == "msgbatch_1"
    assert tracer.span.fields["output"] == batch()


@pytest.mark.usefixtures("done")
def test_raw_results_stay_unread(client: Any, tracer: FakeTracer) -> None:
    """Results in a raw response that is closed unread are for nobody to count."""
    raw = client.messages.batches.with_raw_response.results("msgbatch_1")
    raw.http_response.close()

    assert raw.status_code == 200
    assert tracer.span.fields["output"] == {}
    assert (tracer.bugs, len(tracer.span.ends)) == ([], 1)


async def test_asynchronous_batches_are_tasks(
    provider: Provider, async_client: Any, tracer: FakeTracer
) -> None:
    """The asynchronous client makes and reads batches alike."""
    ended = batch(processing_status="ended", results_url=f"{provider.url}/results")
    provider.will(Reply(batch()), Reply(ended), Reply(lines=RESULTS))

    made = await async_client.messages.batches.create(requests=REQUESTS)
    results = await async_client.messages.batches.results(made.id)
    names = [entry.custom_id async for entry in results]

    assert names == ["a", "b", "c"]
    assert [span.fields["output"] for span in tracer.spans] == [
        batch(),
        {"succeeded": 2, "expired": 1},
    ]
