"""A message stream of the ``anthropic`` client that is traced by hand."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

from braintrust_otel._distro.clients import instrumentor_module
from braintrust_otel._runtime import root

__all__ = ["TracedMessageStream"]

_FIELDS = ("output", "metadata", "metrics")
_FINAL = frozenset({"get_final_message", "get_final_text", "until_done"})


class TracedMessageStream:
    """Stands in for a message stream and logs to a span what comes through it.

    ``wrap_anthropic`` needs none of these. It is for a stream, and a span, of your own: the message
    is logged when the stream ends, when reading it fails, and when one of its helpers has read it
    to the end. The span stays open.

    Args:
        msg_stream: A stream as ``client.messages.stream()`` gives it, synchronous or not.
        span: The span to log to.
        request_start_time: When the request was sent, in seconds since the epoch.
    """

    def __init__(self, msg_stream: Any, span: Any, request_start_time: float) -> None:
        self._stream = msg_stream
        self._span = span
        self._request_start_time = request_start_time
        self._first_token: float | None = None

    def __getattr__(self, name: str) -> Any:
        if name == "_stream":  # not there yet, as while an object is being copied
            raise AttributeError(name)
        value = getattr(self._stream, name)
        return self._logging(value) if name in _FINAL else value

    @property
    def text_stream(self) -> Any:
        """The texts in the stream, one by one."""
        return self._texts_later() if hasattr(self._stream, "__anext__") else self._texts()

    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> Any:
        try:
            event = next(self._stream)
        except BaseException:
            self._log()
            raise
        self._saw(event)
        return event

    def __aiter__(self) -> AsyncIterator[Any]:
        return self

    async def __anext__(self) -> Any:
        try:
            event = await anext(self._stream)
        except BaseException:
            self._log()
            raise
        self._saw(event)
        return event

    def __await__(self) -> Any:
        return self._stream.__await__()

    def _texts(self) -> Iterator[str]:
        yield from (text for text in map(_text_of, self) if text is not None)

    async def _texts_later(self) -> AsyncIterator[str]:
        async for event in self:
            text = _text_of(event)
            if text is not None:
                yield text

    def _saw(self, event: object) -> None:
        has_content = getattr(event, "type", None) == "content_block_delta"
        if has_content and self._first_token is None:
            self._first_token = time.time() - self._request_start_time

    def _logging(self, method: Callable[..., Any]) -> Callable[..., Any]:
        """Return *method*, which reads the stream to its end, with the message logged after it."""

        def read_and_log(*args: Any, **kwargs: Any) -> Any:
            try:
                result = method(*args, **kwargs)
            except BaseException:
                self._log()
                raise
            if hasattr(result, "__await__"):
                return self._log_later(result)
            self._log()
            return result

        return read_and_log

    async def _log_later(self, result: Any) -> Any:
        try:
            return await result
        finally:
            self._log()

    def _log(self) -> None:
        """Log what has come of the message; tracing must not stop whoever reads the stream."""
        try:
            message = _message_of(self._stream)
            module = None if message is None else instrumentor_module("anthropic", ".response")
            fields = {} if module is None else dict(module.read_message(message))
            logged = {name: fields[name] for name in _FIELDS if name in fields}
            if self._first_token is not None:
                metrics = logged.get("metrics", {})
                logged["metrics"] = {**metrics, "time_to_first_token": self._first_token}
            if logged:
                self._span.log(**logged)
        except Exception as bug:  # noqa: BLE001  # our own bug must not reach the program
            root.notices.bug("logging a message stream", bug)


def _text_of(event: Any) -> str | None:
    if getattr(event, "type", None) != "content_block_delta" or event.delta.type != "text_delta":
        return None
    text: str = event.delta.text
    return text


def _message_of(stream: Any) -> object | None:
    try:
        message: object = stream.current_message_snapshot
    except (AssertionError, AttributeError):
        return None  # nothing has come yet
    return message
