"""A body that the user reads himself ends its call once, with what he read of it."""

from __future__ import annotations

import gc
import json
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from braintrust_otel.instrument import (
    Call,
    EventBody,
    Fields,
    LineBody,
    WholeBody,
    follow_body,
)
from support.spans import FakeTracer


class Response:
    """An HTTP answer of ``httpx``, as far as it matters here."""

    def __init__(self, pieces: list[bytes]) -> None:
        self.pieces = pieces
        self.closes = 0

    def iter_bytes(self, chunk_size: int | None = None) -> Iterator[bytes]:
        yield from self.pieces

    def iter_lines(self) -> Iterator[str]:
        yield from b"".join(self.iter_bytes()).decode().splitlines()

    def read(self) -> bytes:
        return b"".join(self.iter_bytes())

    async def aiter_bytes(self) -> AsyncIterator[bytes]:
        for piece in self.pieces:
            yield piece

    def close(self) -> None:
        self.closes += 1


class Broken(Response):
    """One whose connection breaks after the first piece."""

    def iter_bytes(self, chunk_size: int | None = None) -> Iterator[bytes]:
        yield self.pieces[0]
        raise ConnectionError("gone")


class Texts:
    """Adds up the texts of events."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    def add(self, chunk: Any) -> bool:
        self.texts.append(chunk["text"])
        return bool(chunk["text"])

    def fields(self) -> Fields:
        return {"output": self.texts}


def read(body: bytes, content_type: str) -> Fields:
    """Read a JSON body."""
    return {"output": json.loads(body), "metadata": {"type": content_type}}


@pytest.fixture
def call(tracer: FakeTracer) -> Call:
    """Provide a call."""
    call = tracer.calls().start("call")
    assert call is not None
    return call


@pytest.fixture
def tracer() -> FakeTracer:
    """Provide what keeps the spans."""
    return FakeTracer()


def followed(call: Call, kind: type[Response] = Response, pieces: Any = (b"[1,", b"2]")) -> Any:
    """Return a followed answer with a JSON body."""
    response = kind(list(pieces))
    follow_body(response, call, WholeBody(read, "application/json"))
    return response


def test_body_is_on_the_row_when_it_is_read(call: Call, tracer: FakeTracer) -> None:
    """The pieces reach the user as they are, and the row as a whole."""
    response = followed(call)

    pieces = list(response.iter_bytes())

    assert pieces == [b"[1,", b"2]"]
    assert tracer.span.fields == {"output": [1, 2], "metadata": {"type": "application/json"}}
    assert len(tracer.span.ends) == 1


@pytest.mark.parametrize("way", ["read", "iter_lines"])
def test_every_way_to_read_is_followed(call: Call, tracer: FakeTracer, way: str) -> None:
    """Whatever reads the bytes for the user is followed."""
    list(getattr(followed(call), way)())

    assert tracer.span.fields["output"] == [1, 2]


async def test_asynchronous_body_is_followed(call: Call, tracer: FakeTracer) -> None:
    """So is a body that is awaited."""
    response = followed(call)

    pieces = [piece async for piece in response.aiter_bytes()]

    assert pieces == [b"[1,", b"2]"]
    assert tracer.span.fields["output"] == [1, 2]


def test_body_that_is_closed_early_ends_without_output(call: Call, tracer: FakeTracer) -> None:
    """JSON that was cut off says nothing; leaving early is no error."""
    response = followed(call)

    next(response.iter_bytes())
    response.close()

    assert (tracer.span.fields, tracer.span.errors) == ({}, [])
    assert (response.closes, len(tracer.span.ends), tracer.bugs) == (1, 1, [])


def test_unread_body_ends_when_it_is_closed(call: Call, tracer: FakeTracer) -> None:
    """Nothing is read that the user did not read."""
    response = followed(call)

    response.close()

    assert len(tracer.span.ends) == 1
    assert tracer.span.fields == {}


def test_unread_body_ends_when_it_is_dropped(call: Call, tracer: FakeTracer) -> None:
    """An answer that nobody holds can be read by nobody."""
    response = followed(call)

    del response
    gc.collect()

    assert len(tracer.span.ends) == 1


def test_broken_connection_is_an_error(call: Call, tracer: FakeTracer) -> None:
    """The user gets the very exception, and it is on the row."""
    response = followed(call, Broken)

    with pytest.raises(ConnectionError) as caught:
        list(response.iter_bytes())

    assert tracer.span.errors == [caught.value]


def test_methods_are_as_they_were_after_the_end(call: Call, tracer: FakeTracer) -> None:
    """Nothing of ours stays on the answer."""
    response = followed(call)
    response.read()

    assert vars(response).keys() == {"pieces", "closes"}
    assert response.read() == b"[1,2]"
    assert len(tracer.span.ends) == 1


def test_media_has_a_first_piece(call: Call, tracer: FakeTracer) -> None:
    """The first sound is heard before the last one came, so its time counts."""
    response = Response([b"a", b"b"])
    heard = WholeBody(lambda body, kind: {"output": body.decode()}, "audio/mpeg", is_media=True)
    follow_body(response, call, heard)
    reading = response.iter_bytes()

    next(reading)
    tracer.now += 5.0
    list(reading)

    assert tracer.span.fields == {"output": "ab", "metrics": {"time_to_first_token": 0.0}}


@pytest.mark.parametrize("size", [1, 2, 7, 1000])
def test_events_are_read_wherever_they_are_cut(size: int) -> None:
    """Events, comments and line ends of both kinds, in pieces of any size."""
    text = (
        'event: x\r\ndata: {"text": "a"}\r\n\r\n: comment\n\n'
        'data:{"text": "ä"}\n\ndata: [DONE]\n\ndata: 5\n\n'
    )
    sent = text.encode()
    body = EventBody(Texts())

    content = [body.add(sent[at : at + size]) for at in range(0, len(sent), size)]

    assert body.fields() == {"output": ["a", "ä"]}
    assert any(content)


def test_event_that_was_cut_off_is_left_out() -> None:
    """Only events that came whole count."""
    body = EventBody(Texts())

    body.add(b'data: {"text": "a"}\n\ndata: {"text": "b')

    assert body.fields() == {"output": ["a"]}


@pytest.mark.parametrize("end", [b"", b"\n"])
@pytest.mark.parametrize("size", [1, 2, 7, 1000])
def test_lines_are_read_wherever_they_are_cut(size: int, end: bytes) -> None:
    """Lines of JSON in pieces of any size; the last one needs no end."""
    sent = '{"text": "a"}\r\n\n5\n{"text": "ä"}'.encode() + end
    body = LineBody(Texts())

    content = [body.add(sent[at : at + size]) for at in range(0, len(sent), size)]

    assert body.fields() == {"output": ["a", "ä"]}
    assert any(content)


def test_line_that_was_cut_off_is_left_out() -> None:
    """Only lines that came whole count."""
    body = LineBody(Texts())

    body.add(b'{"text": "a"}\n{"text": "b')

    assert body.fields() == {"output": ["a"]}
