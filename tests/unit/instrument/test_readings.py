"""A reading says how raw responses, bodies and stream helpers are read, too."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial
from types import SimpleNamespace
from typing import Any

import pytest

from braintrust_otel.instrument import (
    Call,
    Fields,
    LineBody,
    MethodWrapper,
    Reading,
    StreamHelperWrapper,
    WholeBody,
)
from support.spans import FakeTracer

UNREAD = {"extra_headers": {"X-Stainless-Raw-Response": "stream"}}


class Response:
    """An HTTP answer, read or not."""

    def __init__(self, content: bytes, content_type: str, *, is_closed: bool = True) -> None:
        self.content = content
        self.headers = {"content-type": content_type}
        self.is_closed = is_closed

    def iter_bytes(self) -> Iterator[bytes]:
        yield self.content


class Raw:
    """A raw response."""

    def __init__(self, response: Response, parsed: object = None) -> None:
        self.http_response = response
        self._parsed = parsed

    def parse(self) -> Any:
        return self._parsed


class Texts:
    """Adds texts up."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    def add(self, chunk: Mapping[str, str]) -> bool:
        self.texts.append(chunk["text"])
        return True

    def fields(self) -> Fields:
        return {"output": "".join(self.texts)}


def read_request(asked: Mapping[str, Any], instance: Any) -> Fields:
    return {"input": asked.get("question")}


def read_answer(answer: Mapping[str, str]) -> Fields:
    return {"output": answer["text"]}


def read_sound(body: bytes, content_type: str) -> Fields:
    return {"output": [body, content_type]}


ASK = Reading("ask", read_request, read_answer, Texts, listed=("question",))
SOUND = replace(ASK, body=partial(WholeBody, read_sound))
LINES = replace(ASK, body=lambda content_type: LineBody(Texts()))

JSON = (b'{"text": "ab"}', "application/json")
EVENTS = (b'data: {"text": "a"}\n\ndata: {"text": "b"}\n\n', "text/event-stream; charset=utf-8")
MP3 = (b"ab", "audio/mpeg")
JSONL = (b'{"text": "a"}\n{"text": "b"}\n', "application/x-jsonl")


@pytest.fixture
def tracer() -> FakeTracer:
    return FakeTracer()


def ask(tracer: FakeTracer, reading: Reading, answer: object, **kwargs: Any) -> Any:
    """Call a captured method that returns *answer*."""
    wrapper = MethodWrapper(tracer.calls(), reading)
    return wrapper(lambda **_: answer, None, (), {"question": "when", **kwargs})


@pytest.mark.parametrize(
    ("reading", "response", "output"),
    [(ASK, JSON, "ab"), (SOUND, MP3, list(MP3)), (ASK, (b"{", "application/json"), None)],
)
def test_raw_response_is_read_at_once(
    tracer: FakeTracer, reading: Reading, response: tuple[bytes, str], output: object
) -> None:
    """What the client has read already is on the row, and the user has the raw response."""
    raw = Raw(Response(*response))

    answer = ask(tracer, reading, raw)

    assert answer is raw
    assert tracer.span.fields.get("output") == output
    assert (len(tracer.span.ends), tracer.bugs) == (1, [])


@pytest.mark.parametrize(
    ("reading", "response", "output"),
    [
        (ASK, JSON, "ab"),
        (ASK, EVENTS, "ab"),
        (SOUND, MP3, list(MP3)),
        (SOUND, EVENTS, "ab"),
        (LINES, JSONL, "ab"),
    ],
)
def test_body_is_read_with_the_user(
    tracer: FakeTracer, reading: Reading, response: tuple[bytes, str], output: object
) -> None:
    """Where the user asked for the body unread, the row ends when he has read it."""
    answer = ask(tracer, reading, Raw(Response(*response, is_closed=False)), **UNREAD)
    ends_before = list(tracer.span.ends)

    read = b"".join(answer.http_response.iter_bytes())

    assert (read, ends_before) == (response[0], [])
    assert tracer.span.fields["output"] == output
    assert (len(tracer.span.ends), tracer.bugs) == (1, [])


@pytest.mark.parametrize("how", [{"stream": True}, {}], ids=["asked", "unread"])
def test_raw_stream_is_read_with_the_user(tracer: FakeTracer, how: dict[str, Any]) -> None:
    """A raw response that was not read holds a stream, whether or not one was asked for."""
    parsed = iter([{"text": "a"}, {"text": "b"}])
    raw = Raw(Response(*EVENTS, is_closed=bool(how)), parsed)

    chunks = list(ask(tracer, ASK, raw, **how).parse())

    assert len(chunks) == 2
    assert tracer.span.fields["output"] == "ab"
    assert len(tracer.span.ends) == 1


def test_pieces_of_what_has_none_say_nothing(tracer: FakeTracer) -> None:
    """A reading without an accumulator leaves a stream unread, and ends its row with it."""
    reading = Reading("ask", read_request, read_answer)
    raw = Raw(Response(*EVENTS, is_closed=False), iter([{"text": "a"}]))

    chunks = list(ask(tracer, reading, raw).parse())

    assert len(chunks) == 1
    assert tracer.span.fields == {"input": "when"}
    assert len(tracer.span.ends) == 1


def test_one_call_can_be_read_differently(tracer: FakeTracer) -> None:
    """What reads the answer may depend on the call and its arguments."""

    def of_call(call: Call, kwargs: Mapping[str, Any]) -> Reading:
        output = [call.is_open, kwargs["question"]]
        return replace(ASK, answer=lambda answer: {"output": output})

    ask(tracer, replace(ASK, of_call=of_call), {"text": "ab"})

    assert tracer.span.fields["output"] == [True, "when"]


def test_iterator_that_breaks_is_on_the_row(tracer: FakeTracer) -> None:
    """What the user's own iterator raises reaches him, and is the error of his call."""

    def questions() -> Iterator[str]:
        yield "when"
        raise RuntimeError("mine")

    with pytest.raises(RuntimeError, match="mine") as caught:
        ask(tracer, ASK, None, question=questions())

    assert tracer.span.errors == [caught.value]


class Helper:
    """A stream helper."""

    def __init__(self, chunks: Iterator[Any]) -> None:
        self.stream = SimpleNamespace(_raw_stream=chunks)

    def __enter__(self) -> Any:
        return self.stream

    def __exit__(self, *raised: object) -> None:
        return None


def helped(tracer: FakeTracer, **kwargs: Any) -> Any:
    """Call a captured method that returns a stream helper."""

    def stream(*, question: Any) -> Helper:
        if not question:
            raise ValueError("nothing asked")
        return Helper(iter([{"text": "a"}, {"text": "b"}]))

    return StreamHelperWrapper(tracer.calls(), ASK)(stream, None, (), kwargs)


def test_stream_helper_is_one_row(tracer: FakeTracer) -> None:
    """The call starts where the block is entered, and has what was streamed in it."""
    manager = helped(tracer, question=iter(["when"]), span_info={"name": "mine"})
    spans_before = list(tracer.spans)

    with manager as stream:
        chunks = list(stream._raw_stream)

    assert (spans_before, len(chunks)) == ([], 2)
    assert tracer.span.name == "mine"
    assert tracer.span.fields["input"] == ["when"]
    assert tracer.span.fields["output"] == "ab"
    assert len(tracer.span.ends) == 1


def test_stream_helper_is_asked_wrongly(tracer: FakeTracer) -> None:
    """A helper that is never made fails its call at once."""
    with pytest.raises(ValueError, match="nothing asked") as caught:
        helped(tracer, question="")

    assert tracer.span.errors == [caught.value]


def test_stream_helper_passes_where_nothing_is_active(tracer: FakeTracer) -> None:
    """Then the library's own helper comes back."""
    tracer.is_active = False

    manager = helped(tracer, question="when", span_info={"name": "mine"})

    assert type(manager) is Helper
    assert tracer.spans == []
