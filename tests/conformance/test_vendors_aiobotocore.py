"""Clients of aiobotocore, which holds botocore back, so it has no place beside it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import pytest
from aiobotocore.client import AioBaseClient
from aiobotocore.config import AioConfig
from aiobotocore.eventstream import AioEventStream
from aiobotocore.httpxsession import HttpxSession
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
    # Version 3 would rather go through httpx2, which has the same classes.
    pytest.mark.filterwarnings("ignore:aiobotocore's httpx backend:DeprecationWarning"),
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


@asynccontextmanager
async def connected(provider: Provider, **settings: Any) -> AsyncIterator[Any]:
    """Provide a client with these settings."""
    async with AsyncExitStack() as stack:
        made = AioSession().create_client(
            "bedrock-runtime",
            endpoint_url=provider.url,
            region_name="us-east-1",
            aws_access_key_id="k",
            aws_secret_access_key="s",  # noqa: S106  # no secret
            config=AioConfig(**settings),
        )
        yield await stack.enter_async_context(made)


@pytest.fixture(params=[trace_every_client, braintrust.wrap_bedrock, trace_both_ways])
async def client(
    request: pytest.FixtureRequest, provider: Provider, rows: CapturedRows
) -> AsyncIterator[Any]:
    """Provide a traced client, in each way to have one."""
    async with connected(provider) as made:
        yield request.param(made)
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


async def _read_amounts(body: Any) -> bytes:
    pieces = [await body.read(10), await body.read(5000), await body.read(1)]
    return b"".join(pieces)


async def _read_into(body: Any) -> bytes:
    if not hasattr(body, "readinto"):
        return await _read(body)  # it came with a later version of the library
    taken, buffer = b"", bytearray(1000)
    while amount := await body.readinto(buffer):
        taken += buffer[:amount]
    return taken


async def _read_chunks(body: Any) -> bytes:
    return b"".join([chunk async for chunk in body.iter_chunks(100)])


async def _iterate(body: Any) -> bytes:
    return b"".join([chunk async for chunk in body])


async def _next(body: Any) -> bytes:
    return bytes(await anext(body)) + await _iterate(body)


async def _read_lines(body: Any) -> bytes:
    return b"\n".join([line async for line in body.iter_lines()])


async def _all_lines(body: Any) -> bytes:
    return b"\n".join(await body.readlines())


async def _enter(body: Any) -> bytes:
    async with body as entered:
        return bytes(await entered.read())


def _raw(body: Any) -> Any:
    """Return the HTTP answer: version 2 has it at hand, and 3 under a name."""
    return getattr(body, "raw_stream", body)


async def _raw_json(body: Any) -> bytes:
    return json.dumps(await _raw(body).json(content_type=None)).encode()


async def _raw_text(body: Any) -> bytes:
    return (await _raw(body).text()).encode()


async def _raw_any(body: Any) -> bytes:
    return b"".join([chunk async for chunk in _raw(body).content.iter_any()])


async def _raw_amounts(body: Any) -> bytes:
    return b"".join([chunk async for chunk in _raw(body).content.iter_chunked(100)])


async def _raw_pieces(body: Any) -> bytes:
    return b"".join([chunk async for chunk, _ in _raw(body).content.iter_chunks()])


async def _raw_lines(body: Any) -> bytes:
    return b"".join([line async for line in _raw(body).content])


async def _raw_exactly(body: Any) -> bytes:
    content = _raw(body).content
    return bytes(await content.readexactly(10) + await content.read())


WAYS = [
    _read,
    _read_amounts,
    _read_into,
    _read_chunks,
    _iterate,
    _next,
    _read_lines,
    _all_lines,
    _enter,
    _raw_json,
    _raw_text,
    _raw_any,
    _raw_amounts,
    _raw_pieces,
    _raw_lines,
    _raw_exactly,
]


@pytest.mark.parametrize("read", WAYS)
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


async def test_what_was_read_of_a_body_that_is_closed_early_is_no_error(
    client: Any, provider: Provider, rows: CapturedRows
) -> None:
    """A body that is closed half-read has no output, which would be half a document."""
    provider.will(model_reply(ANSWER))
    body = (await client.invoke_model(**MODEL))["body"]

    taken = await body.read(100)
    body.close()

    row = rows.one()
    assert taken == json.dumps(ANSWER).encode()[:100]
    assert row.get("output") is None
    assert row.get("error") is None


async def test_body_that_is_dropped_unread_has_the_counts(
    client: Any, provider: Provider, rows: CapturedRows
) -> None:
    """Nobody can read a body that is gone, so its row is there at once."""
    provider.will(model_reply(ANSWER))

    await client.invoke_model(**MODEL)

    assert rows.one()["metrics"]["tokens"] == 10


@pytest.mark.parametrize("read", [_read, _enter])
async def test_body_is_read_over_httpx(
    provider: Provider, rows: CapturedRows, read: Callable[[Any], Awaitable[bytes]]
) -> None:
    """The other HTTP library that clients may go through is followed, too."""
    provider.will(model_reply(ANSWER))
    async with connected(provider, http_session_cls=HttpxSession) as bare:
        body = (await braintrust.wrap_bedrock(bare).invoke_model(**MODEL))["body"]

        taken = await read(body)

    assert taken == json.dumps(ANSWER).encode()
    row = rows.one()
    assert row["output"][0]["message"]["content"] == "Not now"
    assert row["metrics"]["tokens"] == 10


async def test_body_over_httpx_that_is_left_unread_has_the_counts(
    provider: Provider, rows: CapturedRows
) -> None:
    """A body that is closed unread has no output; the headers tell the tokens."""
    provider.will(model_reply(ANSWER))

    async with connected(provider, http_session_cls=HttpxSession) as bare:
        async with (await braintrust.wrap_bedrock(bare).invoke_model(**MODEL))["body"]:
            pass
        row = rows.one()

    assert row.get("output") is None
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
