"""A traced client behaves as one that is not: the same classes, results, errors and closings."""

from __future__ import annotations

import asyncio
import gc
import inspect
import pickle
import threading
import traceback
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

import openai
import pytest

from braintrust_otel.instrument import PatchTable
from braintrust_otel_openai.clients import wrap_client
from support.openai_calls import client_of, completion, piece
from support.provider import Provider, Reply
from support.responses_calls import message, response, streamed, text_events
from support.spans import FakeSpan, FakeTracer

Trace = Callable[[Any], Any]


@dataclass(frozen=True)
class Api:
    """One API of the client, and an answer of its provider.

    Attributes:
        part: Where its methods are.
        asked: Arguments of a call.
        answer: What the provider answers.
        events: What it streams instead: the text is "a", then "b".
        text: Returns the text on a row.
    """

    part: str
    asked: dict[str, Any]
    answer: dict[str, Any]
    events: list[dict[str, Any]]
    text: Callable[[Any], Any]

    def of(self, client: Any) -> Any:
        """Return the API's part of *client*."""
        return client.chat.completions if self.part == "chat.completions" else client.responses


CHAT = Api(
    "chat.completions",
    {"model": "tiny", "messages": [{"role": "user", "content": "hi"}]},
    completion({"content": "ab"}),
    [*[piece({"role": "assistant", "content": text}) for text in "ab"], piece({}, "stop")],
    lambda output: output[0]["message"]["content"],
)
RESPONSES = Api(
    "responses",
    {"model": "tiny", "input": "hi"},
    response(message("ab")),
    text_events("a", "b"),
    lambda output: output[0]["content"][0]["text"],
)
# The oldest clients that are supported have no Responses API.
APIS = [CHAT, RESPONSES] if find_spec("openai.resources.responses") else [CHAT]


@pytest.fixture(params=APIS, ids=lambda api: api.part)
def api(request: pytest.FixtureRequest) -> Api:
    """Provide each API."""
    found: Api = request.param
    return found


@pytest.fixture(params=["class", "client"])
def trace(request: pytest.FixtureRequest, table: PatchTable, tracer: FakeTracer) -> Trace:
    """Provide each way to have a client traced."""

    def trace_class(client: Any) -> Any:
        table.apply(tuple(int(number) for number in openai.__version__.split(".")[:2]))
        return client

    def trace_client(client: Any) -> Any:
        return wrap_client(client, tracer.calls())

    return {"class": trace_class, "client": trace_client}[request.param]


@pytest.fixture
def bare(provider: Provider) -> Iterator[Any]:
    """Provide a client that is not traced before a test traces it."""
    with client_of(provider.url, asynchronous=False) as client:
        yield client


@pytest.fixture
async def async_bare(provider: Provider) -> AsyncIterator[Any]:
    """Provide an asynchronous client that is not traced before a test traces it."""
    async with client_of(provider.url, asynchronous=True) as client:
        yield client


def streaming(api: Api, **members: Any) -> Reply:
    """Return the reply that streams the answer of *api*."""
    return (
        streamed(api.events, **members) if api is RESPONSES else Reply(events=api.events, **members)
    )


def content_of(span: FakeSpan, api: Api) -> str:
    """Return the text on a row; none when it has none."""
    output = span.fields.get("output")
    return api.text(output) if output else ""


def read_until_text(stream: Any) -> None:
    """Read a stream as far as its first text."""
    next(chunk for chunk in stream if holds_text(chunk))


async def read_until_text_async(stream: Any) -> None:
    """Read an asynchronous stream as far as its first text."""
    await anext(chunk async for chunk in stream if holds_text(chunk))


def holds_text(chunk: Any) -> bool:
    """Return whether a chunk brings the first text."""
    delta = (
        chunk.choices[0].delta.content if hasattr(chunk, "choices") else getattr(chunk, "delta", "")
    )
    return bool(delta == "a")


def test_classes_and_attributes_stay(bare: Any, api: Api, trace: Trace) -> None:
    """The parts of a traced client are the library's, and say what they said."""
    kind, names = type(api.of(bare)), set(dir(api.of(bare)))

    traced = api.of(trace(bare))

    assert type(traced) is kind
    assert isinstance(traced, kind)
    assert names <= set(dir(traced))


@pytest.mark.parametrize("method", ["create", "parse", "stream"])
@pytest.mark.parametrize("asynchronous", [False, True])
def test_methods_look_the_same(
    provider: Provider, api: Api, trace: Trace, method: str, asynchronous: bool
) -> None:
    """Signatures, names and documentation are those of the library, and what is async stays so."""
    client = client_of(provider.url, asynchronous=asynchronous)
    original = getattr(api.of(client), method, None)
    signature = original and inspect.signature(original)

    traced = getattr(api.of(trace(client)), method, None)

    assert (traced and inspect.signature(traced)) == signature
    for name in ("__name__", "__qualname__", "__doc__", "__module__"):
        assert getattr(traced, name, None) == getattr(original, name, None)
    assert inspect.iscoroutinefunction(traced) == inspect.iscoroutinefunction(original)


def test_answer_is_the_librarys(
    provider: Provider, bare: Any, api: Api, trace: Trace, tracer: FakeTracer
) -> None:
    """The answer equals that of an untraced call, and pickles as it does."""
    provider.will(Reply(api.answer), Reply(api.answer))
    untraced = api.of(bare).create(**api.asked)

    answer = api.of(trace(bare)).create(**api.asked)

    assert type(answer) is type(untraced)
    assert answer == untraced
    assert pickle.loads(pickle.dumps(answer)) == untraced  # noqa: S301  # made here
    assert content_of(tracer.span, api) == "ab"


async def test_asynchronous_answer_is_the_librarys(
    provider: Provider, async_bare: Any, api: Api, trace: Trace, tracer: FakeTracer
) -> None:
    """The asynchronous answer equals that of an untraced call, and pickles as it does."""
    provider.will(Reply(api.answer), Reply(api.answer))
    untraced = await api.of(async_bare).create(**api.asked)

    answer = await api.of(trace(async_bare)).create(**api.asked)

    assert type(answer) is type(untraced)
    assert pickle.loads(pickle.dumps(answer)) == untraced  # noqa: S301  # made here
    assert content_of(tracer.span, api) == "ab"


@pytest.mark.parametrize("stream", [False, True])
def test_raw_response_is_the_librarys(
    provider: Provider, bare: Any, api: Api, trace: Trace, stream: bool
) -> None:
    """A raw response has its class, its headers and its own parsing."""
    provider.will(*[streaming(api) if stream else Reply(api.answer) for _ in range(2)])
    untraced = api.of(bare).with_raw_response.create(**api.asked, stream=stream)

    raw = api.of(trace(bare)).with_raw_response.create(**api.asked, stream=stream)

    assert type(raw) is type(untraced)
    assert raw.headers["content-type"] == untraced.headers["content-type"]
    assert type(raw.parse()) is type(untraced.parse())
    assert raw.parse() is raw.parse()


def test_stream_is_the_librarys(
    provider: Provider, bare: Any, api: Api, trace: Trace, tracer: FakeTracer
) -> None:
    """A stream has its class, its response and its chunks, and can be iterated in each way."""
    provider.will(streaming(api), streaming(api))
    untraced = api.of(bare).create(**api.asked, stream=True)
    expected = list(untraced)

    stream = api.of(trace(bare)).create(**api.asked, stream=True)
    first = next(stream)
    chunks = [first, *stream]

    assert type(stream) is type(untraced)
    assert stream.response.status_code == 200
    assert chunks == expected
    assert next(stream, None) is None
    assert (content_of(tracer.span, api), len(tracer.span.ends)) == ("ab", 1)


async def test_asynchronous_stream_is_the_librarys(
    provider: Provider, async_bare: Any, api: Api, trace: Trace, tracer: FakeTracer
) -> None:
    """An asynchronous stream has its class, its response and its chunks."""
    provider.will(streaming(api), streaming(api))
    untraced = await api.of(async_bare).create(**api.asked, stream=True)
    expected = [chunk async for chunk in untraced]

    stream = await api.of(trace(async_bare)).create(**api.asked, stream=True)
    first = await anext(stream)
    chunks = [first, *[chunk async for chunk in stream]]

    assert type(stream) is type(untraced)
    assert chunks == expected
    assert (content_of(tracer.span, api), len(tracer.span.ends)) == ("ab", 1)


def test_block_closes_the_stream(
    provider: Provider, bare: Any, api: Api, trace: Trace, tracer: FakeTracer
) -> None:
    """Leaving a with block closes the response, and is no error."""
    provider.will(streaming(api))

    with api.of(trace(bare)).create(**api.asked, stream=True) as stream:
        read_until_text(stream)

    assert stream.response.is_closed
    assert (content_of(tracer.span, api), tracer.span.errors) == ("a", [])
    assert len(tracer.span.ends) == 1


async def test_asynchronous_block_closes_the_stream(
    provider: Provider, async_bare: Any, api: Api, trace: Trace, tracer: FakeTracer
) -> None:
    """Leaving an async with block closes the response, and is no error."""
    provider.will(streaming(api))

    async with await api.of(trace(async_bare)).create(**api.asked, stream=True) as stream:
        await read_until_text_async(stream)

    assert stream.response.is_closed
    assert (content_of(tracer.span, api), tracer.span.errors) == ("a", [])
    assert len(tracer.span.ends) == 1


def test_close_ends_the_row(
    provider: Provider, bare: Any, api: Api, trace: Trace, tracer: FakeTracer
) -> None:
    """Closing the stream closes the response and ends the row, once."""
    provider.will(streaming(api))
    stream = api.of(trace(bare)).create(**api.asked, stream=True)

    stream.close()
    stream.close()

    assert stream.response.is_closed
    assert (tracer.span.errors, len(tracer.span.ends)) == ([], 1)


async def test_asynchronous_close_ends_the_row(
    provider: Provider, async_bare: Any, api: Api, trace: Trace, tracer: FakeTracer
) -> None:
    """Closing the asynchronous stream closes the response and ends the row, once."""
    provider.will(streaming(api))
    stream = await api.of(trace(async_bare)).create(**api.asked, stream=True)

    await stream.close()
    await stream.close()

    assert stream.response.is_closed
    assert (tracer.span.errors, len(tracer.span.ends)) == ([], 1)


def test_loop_left_at_the_first_text_ends_the_row(
    provider: Provider, bare: Any, api: Api, trace: Trace, tracer: FakeTracer
) -> None:
    """A loop that is left early over a stream that nobody holds ends the row, without an error."""
    provider.will(streaming(api))
    client = trace(bare)

    read_until_text(api.of(client).create(**api.asked, stream=True))
    gc.collect()

    assert (content_of(tracer.span, api), tracer.span.errors) == ("a", [])
    assert len(tracer.span.ends) == 1


def test_stream_that_is_never_read_ends_its_row(
    provider: Provider, bare: Any, api: Api, trace: Trace, tracer: FakeTracer
) -> None:
    """A stream that is dropped unread ends its row, with the request and nothing else."""
    provider.will(streaming(api))
    client = trace(bare)

    api.of(client).create(**api.asked, stream=True)
    gc.collect()

    assert "output" not in tracer.span.fields
    assert (tracer.span.errors, len(tracer.span.ends)) == ([], 1)


async def test_asynchronous_stream_that_is_never_read_ends_its_row(
    provider: Provider, async_bare: Any, api: Api, trace: Trace, tracer: FakeTracer
) -> None:
    """An asynchronous stream that is dropped unread ends its row too, and warns of nothing."""
    provider.will(streaming(api))
    client = trace(async_bare)

    await api.of(client).create(**api.asked, stream=True)
    gc.collect()

    assert "output" not in tracer.span.fields
    assert (tracer.span.errors, len(tracer.span.ends)) == ([], 1)


def frames_of(error: BaseException) -> list[str]:
    """Return the functions of the client that are in the traceback of *error*."""
    frames = traceback.extract_tb(error.__traceback__)
    return [frame.name for frame in frames if "/openai/" in frame.filename]


def test_exception_is_the_librarys(
    provider: Provider, bare: Any, api: Api, trace: Trace, tracer: FakeTracer
) -> None:
    """A refused call raises the same exception, through the same functions of the client."""
    refusal = Reply({"error": {"message": "no such model", "code": "model_not_found"}}, status=404)
    provider.will(refusal, refusal)
    with pytest.raises(openai.NotFoundError) as untraced:
        api.of(bare).create(**api.asked)
    traced = api.of(trace(bare))

    with pytest.raises(openai.NotFoundError) as caught:
        traced.create(**api.asked)

    assert str(caught.value) == str(untraced.value)
    assert caught.value.body == untraced.value.body
    assert frames_of(caught.value) == frames_of(untraced.value)
    assert caught.value.__cause__ is untraced.value.__cause__ is None
    assert type(caught.value.__context__) is type(untraced.value.__context__)
    assert tracer.span.errors == [caught.value]


async def test_asynchronous_exception_is_the_librarys(
    provider: Provider, async_bare: Any, api: Api, trace: Trace, tracer: FakeTracer
) -> None:
    """A refused asynchronous call raises the same exception, through the same functions."""
    refusal = Reply({"error": {"message": "no such model", "code": "model_not_found"}}, status=404)
    provider.will(refusal, refusal)
    with pytest.raises(openai.NotFoundError) as untraced:
        await api.of(async_bare).create(**api.asked)
    traced = api.of(trace(async_bare))

    with pytest.raises(openai.NotFoundError) as caught:
        await traced.create(**api.asked)

    assert str(caught.value) == str(untraced.value)
    assert frames_of(caught.value) == frames_of(untraced.value)
    assert tracer.span.errors == [caught.value]


@pytest.mark.parametrize("method", ["create", "parse", "stream"])
def test_wrong_argument_raises_as_ever(
    bare: Any, api: Api, trace: Trace, tracer: FakeTracer, method: str
) -> None:
    """An argument that the client does not know is refused by the client."""
    call = getattr(api.of(trace(bare)), method, api.of(bare).create)

    with pytest.raises(TypeError, match="no_such_argument") as caught:
        call(**api.asked, no_such_argument=1)

    assert tracer.span.errors == [caught.value]


def test_lost_connection_raises_as_ever(
    provider: Provider, bare: Any, api: Api, trace: Trace, tracer: FakeTracer
) -> None:
    """A stream whose connection is lost raises what it always raised; the row has what came."""
    cut = Reply(events=api.events[:-2], is_cut=True, is_named=api is RESPONSES)
    provider.will(cut, cut)
    with pytest.raises(Exception, match=r".") as untraced:
        list(api.of(bare).create(**api.asked, stream=True))
    stream = api.of(trace(bare)).create(**api.asked, stream=True)

    with pytest.raises(Exception, match=r".") as caught:
        list(stream)

    assert type(caught.value) is type(untraced.value)
    assert tracer.span.errors == [caught.value]
    assert content_of(tracer.span, api)[:1] == "a"


async def test_lost_connection_raises_as_ever_asynchronously(
    provider: Provider, async_bare: Any, api: Api, trace: Trace, tracer: FakeTracer
) -> None:
    """The same goes for the asynchronous client."""
    provider.will(Reply(events=api.events[:-2], is_cut=True, is_named=api is RESPONSES))
    stream = await api.of(trace(async_bare)).create(**api.asked, stream=True)

    with pytest.raises(Exception, match=r".") as caught:
        [chunk async for chunk in stream]

    assert tracer.span.errors == [caught.value]
    assert content_of(tracer.span, api)[:1] == "a"


async def test_cancelled_stream_ends_its_row(
    provider: Provider, async_bare: Any, api: Api, trace: Trace, tracer: FakeTracer
) -> None:
    """Cancelling the task that reads cancels it, and the row has the cancellation."""
    gate = threading.Event()
    provider.will(streaming(api, gate=gate))
    stream = await api.of(trace(async_bare)).create(**api.asked, stream=True)
    await anext(stream)
    reading = asyncio.ensure_future(anext(stream))
    await asyncio.sleep(0)

    reading.cancel()
    with pytest.raises(asyncio.CancelledError) as caught:
        await reading

    gate.set()
    assert [type(error) for error in tracer.span.errors] == [asyncio.CancelledError]
    assert caught.type is asyncio.CancelledError
    assert len(tracer.span.ends) == 1


async def test_cancelled_call_ends_its_row(
    provider: Provider, async_bare: Any, api: Api, trace: Trace, tracer: FakeTracer
) -> None:
    """Cancelling a call that waits for its answer cancels it, and the row has the cancellation."""
    waiting = asyncio.ensure_future(api.of(trace(async_bare)).create(**api.asked))
    await asyncio.sleep(0)

    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting

    assert [type(error) for error in tracer.span.errors] == [asyncio.CancelledError]
    assert len(tracer.span.ends) == 1


def test_helper_is_the_librarys(
    provider: Provider, bare: Any, api: Api, trace: Trace, tracer: FakeTracer
) -> None:
    """The stream helper passes for the library's, and gives the library's stream."""
    provider.will(streaming(api), streaming(api))
    helper = getattr(api.of(bare), "stream", bare.beta.chat.completions.stream)
    untraced = helper(**api.asked)
    with untraced as expected:
        expected_events = [event.type for event in expected]
    client = trace(bare)

    manager = getattr(api.of(client), "stream", client.beta.chat.completions.stream)(**api.asked)
    with manager as stream:
        events = [event.type for event in stream]

    assert isinstance(manager, type(untraced))
    assert type(stream) is type(expected)
    assert events == expected_events
    assert (content_of(tracer.span, api), len(tracer.span.ends)) == ("ab", 1)


async def test_asynchronous_helper_is_the_librarys(
    provider: Provider, async_bare: Any, api: Api, trace: Trace, tracer: FakeTracer
) -> None:
    """The asynchronous stream helper passes for the library's too; left early it is no error."""
    provider.will(streaming(api), streaming(api))
    helper = getattr(api.of(async_bare), "stream", async_bare.beta.chat.completions.stream)
    untraced = helper(**api.asked)
    async with untraced as expected:
        pass
    client = trace(async_bare)

    manager = getattr(api.of(client), "stream", client.beta.chat.completions.stream)(**api.asked)
    async with manager as stream:
        await anext(event async for event in stream if getattr(event, "delta", None))

    assert isinstance(manager, type(untraced))
    assert type(stream) is type(expected)
    assert (content_of(tracer.span, api), tracer.span.errors) == ("a", [])
