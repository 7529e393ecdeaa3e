"""A raw response stays the user's, and the stream that is parsed out of it is followed."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from functools import cached_property
from types import SimpleNamespace
from typing import Any

import pytest

from braintrust_otel.instrument import Call, Fields, follow_raw, is_raw, renew_raw
from support.spans import FakeTracer


class Body:
    """The HTTP response."""

    def close(self) -> None:
        return


class Stream:
    """A stream over a body."""

    def __init__(self, body: Body) -> None:
        self.response = body
        self._iterator = iter(["a", "b"])

    def __iter__(self) -> Iterator[str]:
        return self._iterator


class Raw:
    """A raw response, which remembers what it parsed."""

    def __init__(self) -> None:
        self.http_response = Body()
        self._parsed: Stream | None = None

    def parse(self) -> Any:
        self._parsed = self._parsed or Stream(self.http_response)
        return self._parsed


class Joined:
    """Adds chunks up by joining them."""

    def __init__(self) -> None:
        self.text = ""

    def add(self, chunk: str) -> bool:
        self.text += chunk
        return True

    def fields(self) -> Fields:
        return {"output": self.text}


@pytest.fixture
def tracer() -> FakeTracer:
    return FakeTracer()


@pytest.fixture
def raw(tracer: FakeTracer) -> Raw:
    call = tracer.calls().start("x")
    assert isinstance(call, Call)
    response = Raw()
    follow_raw(response, call, Joined())
    return response


def test_raw_responses_are_told_apart() -> None:
    """A raw response has the HTTP response and a way to parse it."""
    assert is_raw(Raw())
    assert not is_raw(Stream(Body()))


def test_parsed_stream_is_followed(tracer: FakeTracer, raw: Raw) -> None:
    """Parsing gives a stream of the usual class, and its end ends the call."""
    stream = raw.parse()

    assert type(stream) is Stream
    assert list(stream) == ["a", "b"]
    assert (tracer.span.fields["output"], tracer.span.ends) == ("ab", [None])


def test_parsing_again_gives_the_same_stream(raw: Raw) -> None:
    """A raw response gives the same stream each time, as it always did."""
    first = raw.parse()

    assert raw.parse() is first


def test_parsing_again_after_dropping_the_stream_ends_the_call_once(
    tracer: FakeTracer, raw: Raw
) -> None:
    """A stream that was dropped has ended its call; another one over the same body adds nothing."""
    del raw.parse().response

    list(raw.parse())

    assert len(tracer.span.ends) == 1


def test_body_that_is_closed_unparsed_ends_the_call(tracer: FakeTracer, raw: Raw) -> None:
    """A user who reads the HTTP response himself ends the call when he closes it."""
    raw.http_response.close()

    assert len(tracer.span.ends) == 1
    assert "close" not in vars(raw.http_response)


def test_unparsed_response_ends_its_call_when_collected(tracer: FakeTracer, raw: Raw) -> None:
    """A raw response that is thrown away unread ends its call."""
    raw.__dict__.clear()

    gc.collect()

    assert len(tracer.span.ends) == 1


class RawToAwait(Raw):
    """A raw response whose parsing has to be awaited."""

    async def parse(self) -> Any:  # type: ignore[override]  # as the asynchronous clients have it
        return super().parse()


async def test_stream_that_is_parsed_asynchronously_is_followed(tracer: FakeTracer) -> None:
    """Awaiting the parsed stream gives the followed one, the same each time."""
    call = tracer.calls().start("x")
    assert isinstance(call, Call)
    response: Any = RawToAwait()
    follow_raw(response, call, Joined())

    stream = await response.parse()
    again = await response.parse()
    chunks = list(stream)

    assert again is stream
    assert chunks == ["a", "b"]
    assert (tracer.span.fields["output"], len(tracer.span.ends)) == ("ab", 1)


class Ways:
    """A way to raw responses, which holds on to the method that it found."""

    def __init__(self, owner: Any) -> None:
        self.ask = owner.ask


class Part:
    """A part of a client that makes its way to raw responses at once, and keeps it."""

    def __init__(self) -> None:
        self.with_raw_response = Ways(self)

    def ask(self) -> str:
        return "bare"


class LazyPart(Part):
    """One that makes it when it is first asked for."""

    def __init__(self) -> None:
        return

    @cached_property
    def with_streaming_response(self) -> Ways:
        return Ways(self)


@pytest.mark.parametrize(
    ("part", "way"), [(Part(), "with_raw_response"), (LazyPart(), "with_streaming_response")]
)
def test_way_to_raw_responses_is_made_anew(part: Any, way: str) -> None:
    """What was made before the patching calls the patched method from then on."""
    before = getattr(part, way).ask()
    part.ask = lambda: "patched"

    renew_raw(part)

    assert (before, getattr(part, way).ask()) == ("bare", "patched")


@pytest.mark.parametrize("owner", [None, object(), SimpleNamespace(ask=1)])
def test_nothing_is_made_anew_where_there_is_nothing(owner: Any) -> None:
    """What has no way to raw responses stays as it is."""
    before = dict(getattr(owner, "__dict__", {}))

    renew_raw(owner)

    assert getattr(owner, "__dict__", {}) == before
