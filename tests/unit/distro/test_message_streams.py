"""A message stream that is traced by hand logs its message, however it is read."""

from __future__ import annotations

import copy
from collections.abc import AsyncIterator, Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from braintrust_otel import TracedMessageStream

MESSAGE = {
    "role": "assistant",
    "model": "tiny",
    "content": [{"type": "text", "text": "ab"}],
    "stop_reason": "end_turn",
    "usage": {"input_tokens": 1, "output_tokens": 2},
}
LOGGED = {
    "output": {name: MESSAGE[name] for name in ("role", "content", "stop_reason")},
    "metadata": {"model": "tiny"},
}
COUNTS = {"prompt_tokens": 1, "completion_tokens": 2, "tokens": 3}


def text(piece: str) -> Any:
    """Return the event with a piece of the text."""
    delta = SimpleNamespace(type="text_delta", text=piece)
    return SimpleNamespace(type="content_block_delta", delta=delta)


EVENTS = [SimpleNamespace(type="message_start"), text("a"), text("b")]


class MessageStream:
    """A stream in the form of the library's."""

    def __init__(self, events: list[Any] = EVENTS, error: Exception | None = None) -> None:
        self._events = self._read(events, error)
        self.current_message_snapshot = MESSAGE
        self.request_id = "r"

    def _read(self, events: list[Any], error: Exception | None) -> Iterator[Any]:
        yield from events
        if error is not None:
            raise error

    def __next__(self) -> Any:
        return next(self._events)

    def __iter__(self) -> Iterator[Any]:
        return self._events

    def until_done(self) -> None:
        list(self)

    def get_final_text(self) -> str:
        self.until_done()
        return "ab"


class AsyncMessageStream:
    """The same, to be awaited."""

    def __init__(self) -> None:
        self._events = iter(EVENTS)
        self.current_message_snapshot = MESSAGE

    def __aiter__(self) -> AsyncIterator[Any]:
        return self

    async def __anext__(self) -> Any:
        for event in self._events:
            return event
        raise StopAsyncIteration

    async def get_final_text(self) -> str:
        return "ab"


class UnbegunStream(MessageStream):
    """A stream of which nothing has come: the library has no message yet."""

    def __init__(self) -> None:
        self._events = iter([])

    @property
    def current_message_snapshot(self) -> Any:
        raise AssertionError

    @current_message_snapshot.setter
    def current_message_snapshot(self, value: object) -> None:
        raise AttributeError


class Span:
    """A span that keeps what is logged, or refuses it."""

    def __init__(self, error: Exception | None = None) -> None:
        self.logged: list[dict[str, Any]] = []
        self._error = error

    def log(self, **fields: Any) -> None:
        self.logged.append(fields)
        if self._error is not None:
            raise self._error


@pytest.fixture
def span() -> Span:
    return Span()


READERS: list[Callable[[Any], Any]] = [
    lambda stream: len(list(stream)) and "ab",
    lambda stream: "".join(stream.text_stream),
]


@pytest.mark.parametrize("read", READERS)
def test_stream_that_is_read_logs_its_message(span: Span, read: Callable[[Any], Any]) -> None:
    """The message is logged when the stream ends, with the time to its first content."""
    answer = read(TracedMessageStream(MessageStream(), span, 0.0))

    (logged,) = span.logged
    first_token = logged["metrics"].pop("time_to_first_token")
    assert answer == "ab"
    assert first_token > 0
    assert logged == {**LOGGED, "metrics": COUNTS}


@pytest.mark.parametrize("name", ["get_final_text", "until_done"])
def test_helpers_log_the_message_too(span: Span, name: str) -> None:
    """A helper that reads the stream to its end has logged the message when it returns."""
    getattr(TracedMessageStream(MessageStream(), span, 0.0), name)()

    assert span.logged == [{**LOGGED, "metrics": COUNTS}]


def test_broken_stream_logs_what_came(span: Span) -> None:
    """What reading raises passes as it is, after the message as far as it came."""
    error = RuntimeError("gone")
    stream = TracedMessageStream(MessageStream(EVENTS[:1], error), span, 0.0)

    with pytest.raises(RuntimeError) as caught:
        list(stream)

    assert caught.value is error
    assert span.logged == [{**LOGGED, "metrics": COUNTS}]


def test_helper_that_fails_logs_what_came(span: Span) -> None:
    """The same goes for what a helper raises."""
    stream = TracedMessageStream(MessageStream(error=RuntimeError("gone")), span, 0.0)

    with pytest.raises(RuntimeError):
        stream.until_done()

    assert len(span.logged) == 1


def test_stream_without_a_message_logs_nothing(span: Span) -> None:
    """Where nothing has come there is nothing to log."""
    list(TracedMessageStream(UnbegunStream(), span, 0.0))

    assert span.logged == []


def test_tracing_trouble_does_not_reach_the_reader(caplog: pytest.LogCaptureFixture) -> None:
    """A span that cannot be logged to costs a line in the log."""
    events = list(TracedMessageStream(MessageStream(), Span(RuntimeError("no")), 0.0))

    assert len(events) == len(EVENTS)
    assert "logging a message stream" in caplog.text


def test_other_attributes_are_the_streams(span: Span) -> None:
    """What the wrapper does not have, the stream answers."""
    stream = TracedMessageStream(MessageStream(), span, 0.0)

    assert stream.request_id == "r"
    assert not hasattr(stream, "gone")


def test_half_made_stream_has_no_attributes() -> None:
    """A wrapper that holds nothing yet says so instead of recursing."""
    half_made = TracedMessageStream.__new__(TracedMessageStream)

    with pytest.raises(AttributeError):
        copy.copy(half_made).request_id  # noqa: B018  # asking is what matters


async def test_asynchronous_stream_logs_its_message(span: Span) -> None:
    """An asynchronous stream is read and logged alike."""
    texts = [
        piece async for piece in TracedMessageStream(AsyncMessageStream(), span, 0.0).text_stream
    ]

    (logged,) = span.logged
    assert texts == ["a", "b"]
    assert logged["output"] == LOGGED["output"]
    assert logged["metrics"]["time_to_first_token"] > 0


async def test_asynchronous_helpers_log_the_message_too(span: Span) -> None:
    """An asynchronous helper has logged the message when it has been awaited."""
    final = await TracedMessageStream(AsyncMessageStream(), span, 0.0).get_final_text()

    assert final == "ab"
    assert span.logged == [{**LOGGED, "metrics": COUNTS}]
