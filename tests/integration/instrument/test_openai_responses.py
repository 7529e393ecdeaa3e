"""Responses of OpenAI, from a real connection to the rows that are stored."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any

import pytest

import braintrust_otel as braintrust
from braintrust_otel.testing import CapturedRows, capture_rows
from support.openai_calls import client_of
from support.provider import Provider, Reply, RunningProvider
from support.responses_calls import message, response

PNG = base64.b64encode(b"\x89PNG\r\n\x1a\n" + bytes(64)).decode()
MODEL = "gpt-4o-mini-2024-07-18"
USAGE = {
    "input_tokens": 100,
    "input_tokens_details": {"cached_tokens": 0},
    "output_tokens": 10,
    "output_tokens_details": {"reasoning_tokens": 0},
    "total_tokens": 110,
}


@pytest.fixture
def provider() -> Iterator[Provider]:
    """Provide a provider that answers what the test scripts."""
    with RunningProvider() as running:
        yield running


@pytest.fixture
def rows() -> Iterator[CapturedRows]:
    """Catch the rows of a logger."""
    with capture_rows() as captured:
        braintrust.init_logger(project="responses")
        yield captured


@pytest.fixture
def client(provider: Provider) -> Iterator[Any]:
    """Provide a traced client."""
    with client_of(provider.url, asynchronous=False) as made:
        yield braintrust.wrap_openai(made)


def test_media_are_attachments_in_their_places(
    provider: Provider, client: Any, rows: CapturedRows
) -> None:
    """Images that are sent and made are attachments on the row, and themselves for the user."""
    picture = {"type": "input_image", "image_url": f"data:image/png;base64,{PNG}"}
    made = {
        "id": "ig_1",
        "type": "image_generation_call",
        "status": "completed",
        "result": PNG,
        "output_format": "png",
    }
    provider.will(Reply(response(made)))

    answer = client.responses.create(model="m", input=[{"role": "user", "content": [picture]}])

    row, tool = rows.named("openai.responses.create"), rows.named("image_generation")
    sent = row["input"][0]["content"][0]["image_url"]
    assert answer.output[0].result == PNG
    assert (sent["type"], sent["content_type"]) == ("braintrust_attachment", "image/png")
    assert row["output"] == [{**made, "result": tool["output"]["result"]}]
    assert tool["output"]["result"]["type"] == "braintrust_attachment"
    assert (tool["span_parents"], tool["span_attributes"]["type"]) == ([row["span_id"]], "tool")


def test_answer_that_comes_later_is_on_the_row_that_was_sent(
    provider: Provider, client: Any, rows: CapturedRows
) -> None:
    """A row in the background gets answer, tokens and cost, though it had been stored before."""
    queued = {**response(status="queued"), "model": MODEL}
    provider.will(
        Reply(queued), Reply({**queued, **response(message("a"), usage=USAGE, model=MODEL)})
    )
    client.responses.create(model="gpt-4o-mini", input="hi", background=True)
    before = rows.one()

    client.responses.retrieve("resp_1")

    row = rows.one()
    assert "output" not in before
    assert (row["id"], row["input"], row["output"]) == (before["id"], "hi", [message("a")])
    assert row["metadata"] == {"provider": "openai", "model": MODEL}
    assert row["metrics"]["tokens"] == 110
    assert row["metrics"]["estimated_cost"] > 0
