"""Clients of aiobotocore, which holds botocore back, so it has no place beside it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from typing import Any

import pytest
from aiobotocore.client import AioBaseClient
from aiobotocore.eventstream import AioEventStream
from aiobotocore.response import StreamingBody
from aiobotocore.session import AioSession
from botocore.exceptions import ClientError, EventStreamError

import braintrust_otel as braintrust
from braintrust_otel.testing import CapturedRows, capture_rows
from braintrust_otel_bedrock import BedrockInstrumentor
from support.bedrock_calls import converse_reply, deltas, frame, frames, model_reply
from support.provider import Provider, Reply, RunningProvider

pytestmark = [
    pytest.mark.conformance,
    # Streams that are left early leave their connection to the collector.
    pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning"),
    pytest.mark.filterwarnings("ignore:Unclosed:ResourceWarning"),
]

ASKED: dict[str, Any] = {
    "modelId": "tiny",
    "messages": [{"role": "user", "content": [{"text": "hi"}]}],
}
MODEL = {"modelId": "meta.llama3-8b-instruct-v1:0", "body": b'{"prompt": "hi"}'}
ANSWER = {"generation": "Not now", "stop_reason": "stop", "lines": "x" * 3000}
Trace = Callable[[Any], Any]


@pytest.fixture
def provider() -> Iterator[Provider]:
    """Provide a provider that answers what the test scripts."""
    with RunningProvider() as running:
        yield running


@pytest.fixture
def rows() -> Iterator[CapturedRows]:
    """Catch the rows of a logger."""
    with capture_rows() as captured:
        braintrust.init_logger(project="conformance")
        yield captured


def trace_every_client(client: Any) -> Any:
    BedrockInstrumentor().instrument()
    return client


def trace_both_ways(client: Any) -> Any:
    return braintrust.wrap_bedrock(trace_every_client(client))


@pytest.fixture(params=[trace_every_client, braintrust.wrap_bedrock, trace_both_ways])
async def client(
    request: pytest.FixtureRequest, provider: Provider, rows: CapturedRows
) -> AsyncIterator[Any]:
    """Provide a traced client, in each way to have one."""
    async with AsyncExitStack() as stack:
        made = AioSession().create_client(
            "bedrock-runtime",
            endpoint_url=provider.url,
            region_name="us-east-1",
            aws_access_key_id="k",
            aws_secret_access_key="s",  # noqa: S106  # no secret
        )
        yield request.param(await stack.enter_async_context(made))
    instrumentor = BedrockInstrumentor()
    if instrumentor.is_instrumented_by_opentelemetry:
        instrumentor.uninstrument()


async def test_call_is_one_row(client: Any, provider: Provider, rows: CapturedRows) -> None:
    """A call gives the user the answer, and one row that says it all."""
    provider.will(converse_reply({"text": "Not now"}))

    answer = await client.converse(**ASKED)

    assert answer["output"]["message"]["content"] == [{"text": "Not now"}]
    row = rows.one()
    assert row["span_attributes"]["name"] == "bedrock.converse"
    assert row["output"][0]["message"]["content"] == "Not now"


async def test_stream_is_one_row(client: Any, provider: Provider, rows: CapturedRows) -> None:
    """A stream stays an object of its class, and its row is complete when it was read."""
    provider.will(frames(deltas("Not ", "now")))

    stream = (await client.converse_stream(**ASKED))["stream"]
    events = [event async for event in stream]

    assert type(stream) is AioEventStream
    assert events == deltas("Not ", "now")
    row = rows.one()
    assert row["output"][0]["message"]["content"] == "Not now"
    assert row["metrics"]["tokens"] == 3
    assert row["metrics"]["time_to_first_token"] >= 0


async def test_stream_that_is_closed_early_has_what_came(
    client: Any, provider: Provider, rows: CapturedRows
) -> None:
    """A stream that is closed half-read is no error."""
    provider.will(frames(deltas("Not ", "now")))
    stream = (await client.converse_stream(**ASKED))["stream"]
    async for event in stream:
        if "contentBlockDelta" in event:
            break

    stream.close()

    row = rows.one()
    assert row["output"][0]["message"]["content"] == "Not "
    assert row.get("error") is None


async def test_error_in_the_stream_is_on_the_row(
    client: Any, provider: Provider, rows: CapturedRows
) -> None:
    """An exception that the service sends is raised as ever."""
    broken = frame("throttlingException", {"message": "slow down"}, "exception")
    provider.will(frames(deltas("Not ")[:2], last=broken))
    stream = (await client.converse_stream(**ASKED))["stream"]

    with pytest.raises(EventStreamError):
        [event async for event in stream]

    assert "slow down" in rows.one()["error"]


async def test_error_of_the_service_passes_unchanged(
    client: Any, provider: Provider, rows: CapturedRows
) -> None:
    """A refused call raises what it always did, and the error is on the row."""
    provider.will(
        Reply({"message": "no"}, 403, headers={"x-amzn-errortype": "AccessDeniedException"})
    )

    with pytest.raises(ClientError, match="AccessDenied"):
        await client.converse(**ASKED)

    assert "AccessDenied" in rows.one()["error"]


async def _read(body: Any) -> bytes:
    return bytes(await body.read())


async def _read_chunks(body: Any) -> bytes:
    return b"".join([chunk async for chunk in body.iter_chunks(100)])


async def _iterate(body: Any) -> bytes:
    return b"".join([chunk async for chunk in body])


async def _enter(body: Any) -> bytes:
    async with body as entered:
        return bytes(await entered.read())


@pytest.mark.parametrize("read", [_read, _read_chunks, _iterate, _enter])
async def test_body_is_read_in_each_way(
    client: Any, provider: Provider, rows: CapturedRows, read: Callable[[Any], Awaitable[bytes]]
) -> None:
    """Each way to read a body gives all its bytes, and completes the row."""
    provider.will(model_reply(ANSWER))
    body = (await client.invoke_model(**MODEL))["body"]

    taken = await read(body)

    assert isinstance(body, StreamingBody)
    assert taken == json.dumps(ANSWER).encode()
    row = rows.one()
    assert row["output"][0]["message"]["content"] == "Not now"
    assert row["metrics"]["tokens"] == 10


async def test_body_that_is_closed_unread_has_the_counts(
    client: Any, provider: Provider, rows: CapturedRows
) -> None:
    """A body that nobody reads has no output; the headers tell the tokens."""
    provider.will(model_reply(ANSWER))

    (await client.invoke_model(**MODEL))["body"].close()

    row = rows.one()
    assert row.get("output") is None
    assert row["metrics"]["tokens"] == 10


def test_library_is_restored() -> None:
    """Without the instrumentor the method is the library's again."""
    before = vars(AioBaseClient)["_make_api_call"]
    BedrockInstrumentor().instrument()
    during = vars(AioBaseClient)["_make_api_call"]

    BedrockInstrumentor().uninstrument()

    assert during is not before
    assert vars(AioBaseClient)["_make_api_call"] is before
