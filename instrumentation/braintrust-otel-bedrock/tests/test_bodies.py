"""Bodies are read by users as ever, and their span ends when they have been read."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any, cast

import pytest
import urllib3.exceptions
from botocore.exceptions import IncompleteReadError, ReadTimeoutError, ResponseStreamingError
from botocore.response import StreamingBody

from support.bedrock_calls import model_reply
from support.provider import Provider
from support.spans import FakeTracer

ANSWER = {"generation": "Not now", "stop_reason": "stop", "lines": "x" * 3000}
BODY = json.dumps(ANSWER).encode()


@pytest.fixture
def answer(client: Any, provider: Provider) -> Iterator[Any]:
    """Provide an answer whose body was not read; only the answer holds it."""
    provider.will(model_reply(ANSWER))
    told = client.invoke_model(modelId="meta.llama3-8b-instruct-v1:0", body=b'{"prompt": "hi"}')
    connection = told["body"]._raw_stream.__wrapped__
    yield told
    connection.close()


def _read(body: Any) -> bytes:
    return bytes(body.read())


def _read_with_amount(body: Any) -> bytes:
    return bytes(body.read(amt=10) + body.read(5000) + body.read(1))


def _read_chunks(body: Any) -> bytes:
    return b"".join(body.iter_chunks(chunk_size=100))


def _iterate(body: Any) -> bytes:
    return b"".join(body)


def _next(body: Any) -> bytes:
    return bytes(next(body)) + b"".join(body)


def _read_lines(body: Any) -> bytes:
    return b"\n".join(body.iter_lines())


def _all_lines(body: Any) -> bytes:
    return b"".join(body.readlines())


def _enter(body: Any) -> bytes:
    with body as raw:
        return bytes(raw.read())


def _enter_and_iterate(body: Any) -> bytes:
    with body as raw:
        return b"".join(raw)


def _enter_and_stream(body: Any) -> bytes:
    with body as raw:
        return b"".join(raw.stream(100))


def _enter_and_take_lines(body: Any) -> bytes:
    with body as raw:
        return bytes(raw.readline() + raw.readline())


def _into(body: Any) -> bytes:
    if not hasattr(StreamingBody, "_verify_content_length") or "readinto" not in vars(
        StreamingBody
    ):
        return _read(body)  # it came with a later version of the library
    taken, buffer = b"", bytearray(1000)
    while amount := body.readinto(buffer):
        taken += buffer[:amount]
    return taken


WAYS = [
    _read,
    _read_with_amount,
    _read_chunks,
    _iterate,
    _next,
    _read_lines,
    _all_lines,
    _enter,
    _enter_and_iterate,
    _enter_and_stream,
    _enter_and_take_lines,
    _into,
]


@pytest.mark.parametrize("read", WAYS)
def test_body_is_read_in_each_way(
    answer: Any, tracer: FakeTracer, read: Callable[[Any], bytes]
) -> None:
    """Each way to read a body gives all its bytes, and completes the row."""
    opened = list(tracer.span.ends)

    taken = read(answer["body"])

    assert opened == []
    assert taken == BODY
    assert len(tracer.span.ends) == 1
    assert tracer.span.fields["output"][0]["message"]["content"] == "Not now"
    assert tracer.span.fields["metrics"]["tokens"] == 10
    assert tracer.bugs == []


def test_body_is_the_librarys_own(answer: Any) -> None:
    """The body is an object of its class, and what lies under it looks as it did."""
    body = answer["body"]

    assert type(body) is StreamingBody
    assert body.readable()
    assert body.tell() == 0
    assert body._raw_stream.status == 200
    body.set_socket_timeout(3)


def test_body_that_is_read_twice_ends_its_span_once(answer: Any, tracer: FakeTracer) -> None:
    """Reading on after the end gives nothing, and changes nothing."""
    body = answer["body"]

    taken = [body.read(), body.read()]

    assert taken == [BODY, b""]
    assert len(tracer.span.ends) == 1


def _close(answer: Any) -> None:
    answer["body"].close()


def _leave(answer: Any) -> None:
    with answer["body"]:
        pass


@pytest.mark.parametrize("leave", [_close, _leave, dict.clear])
def test_body_that_is_not_read_has_the_counts(
    answer: Any, tracer: FakeTracer, leave: Callable[[Any], None]
) -> None:
    """A body that is closed or dropped unread has no output; the headers tell the tokens."""
    leave(answer)

    assert len(tracer.span.ends) == 1
    assert "output" not in tracer.span.fields
    assert tracer.span.fields["metrics"]["tokens"] == 10
    assert tracer.span.errors == []


def test_body_that_is_cut_off_is_an_error(
    client: Any, provider: Provider, tracer: FakeTracer
) -> None:
    """A body that is shorter than announced raises what it always did, and fails the span."""
    provider.will(model_reply(ANSWER, is_cut=True))
    answer = client.invoke_model(modelId="tiny", body=b"{}")

    with pytest.raises((IncompleteReadError, ResponseStreamingError)) as raised:
        answer["body"].read()

    (error,) = tracer.span.errors
    assert type(error) is raised.type
    assert str(error) == str(raised.value)
    assert "output" not in tracer.span.fields or tracer.span.fields["output"]
    assert len(tracer.span.ends) == 1


def test_body_that_comes_too_late_is_an_error(answer: Any, tracer: FakeTracer) -> None:
    """The span has the library's own error, which the user sees, not the one underneath."""
    slow = urllib3.exceptions.ReadTimeoutError(cast("Any", None), "/model", "too late")
    answer["body"]._raw_stream.__wrapped__ = _Broken(slow)

    with pytest.raises(ReadTimeoutError) as raised:
        answer["body"].read()

    (error,) = tracer.span.errors
    assert type(error) is raised.type
    assert str(error) == str(raised.value)
    assert error.__context__ is slow


def test_error_that_the_library_passes_is_on_the_span(answer: Any, tracer: FakeTracer) -> None:
    """What the body raises as it came is on the span as it came."""
    answer["body"]._raw_stream.__wrapped__ = _Broken(KeyboardInterrupt())

    with pytest.raises(KeyboardInterrupt) as raised:
        answer["body"].read()

    assert tracer.span.errors == [raised.value]


class _Broken:
    """An HTTP answer that cannot be read."""

    def __init__(self, error: BaseException) -> None:
        self._error = error

    def read(self, amt: int | None = None) -> bytes:
        raise self._error

    def close(self) -> None:
        """Do nothing: there is no connection."""


def test_request_that_is_no_json_is_still_a_row(
    client: Any, provider: Provider, tracer: FakeTracer
) -> None:
    """What cannot be read of a request is left out of the row."""
    provider.will(model_reply(ANSWER))

    client.invoke_model(modelId="tiny", body=b"\xff")["body"].read()

    assert "input" not in tracer.span.fields
    assert tracer.span.fields["metadata"] == {"provider": "bedrock", "model": "tiny"}
    assert tracer.bugs == []
