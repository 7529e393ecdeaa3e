"""Follows raw responses, which users parse when they like, or read themselves."""

from __future__ import annotations

import inspect
import weakref
from collections.abc import Awaitable, Mapping
from typing import Any

from braintrust_otel.instrument.bodies import follow_body
from braintrust_otel.instrument.calls import Call
from braintrust_otel.instrument.readings import Reading
from braintrust_otel.instrument.streams import Accumulator, Follower, follow

__all__ = ["follow_raw", "follow_response", "is_raw", "renew_raw"]

# By this header clients are told what to hand out instead of the answer.
_RAW_HEADER = "x-stainless-raw-response"
_UNREAD = "stream"

_WAYS = frozenset({"with_raw_response", "with_streaming_response"})


def is_raw(response: object) -> bool:
    """Whether *response* is an HTTP answer that the user parses himself, by its ``parse``."""
    if getattr(response, "__pydantic_fields_set__", None) is not None:
        return False  # an answer as most are; a model takes long to say what it does not have
    return hasattr(response, "http_response") and callable(getattr(response, "parse", None))


def renew_raw(owner: Any) -> None:
    """Let the ways of *owner* to raw responses be made anew, since it was patched.

    Args:
        owner: A client, or a part of one. What it made before calls the methods that were.
    """
    attributes = getattr(owner, "__dict__", {})
    for name in _WAYS & attributes.keys():
        if hasattr(type(owner), name):
            del attributes[name]  # made again when asked for
        else:
            attributes[name] = type(attributes[name])(owner)


def follow_response(answer: Any, call: Call, reading: Reading, kwargs: Mapping[str, Any]) -> None:
    """Follow *answer*, a raw response: the call ends here, or with what the user reads of it.

    Args:
        answer: The response; it stays the user's object, and is parsed by nobody else.
        call: The call to end.
        reading: How the answer is read.
        kwargs: Arguments of the call.
    """
    response = answer.http_response
    content_type = response.headers.get("content-type", "")
    if _hands_out_unread(kwargs):
        follow_body(response, call, reading.streamed_body(content_type))
    elif kwargs.get("stream") or not getattr(response, "is_closed", True):
        follow_raw(answer, call, reading.pieces())
    else:
        body = reading.whole_body(content_type)
        body.add(response.content)
        call.finish(body.fields)


def _hands_out_unread(kwargs: Mapping[str, Any]) -> bool:
    """Whether the user asked for the HTTP response itself, to read its body as he likes."""
    headers = kwargs.get("extra_headers")
    if not isinstance(headers, Mapping):
        return False
    return any(
        value == _UNREAD and str(name).lower() == _RAW_HEADER for name, value in headers.items()
    )


def follow_raw(response: Any, call: Call, accumulator: Accumulator) -> None:
    """Follow the stream that ``response.parse()`` will return; *response* stays the user's object.

    The call also ends when the user reads the HTTP response himself and closes it, or drops it.
    """
    response.parse = _Parse(response, call, accumulator)


class _Parse:
    """Stands in for the ``parse`` of one raw response."""

    def __init__(self, response: Any, call: Call, accumulator: Accumulator) -> None:
        self._parse = response.parse
        self._call = call
        self._accumulator = accumulator
        self._unparsed: Follower | None = Follower(call, accumulator)
        self._unparsed.watch(response.http_response)
        self._parsed: tuple[object, weakref.ref[Any]] | None = None

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        stream = self._parse(*args, **kwargs)
        return (
            self._followed_later(stream) if inspect.isawaitable(stream) else self._followed(stream)
        )

    async def _followed_later(self, stream: Awaitable[Any]) -> Any:
        return self._followed(await stream)

    def _followed(self, stream: Any) -> Any:
        if self._parsed is not None:
            # A raw response remembers what it parsed, so parsing again gives the same stream.
            original, followed = self._parsed[0], self._parsed[1]()
            if original is stream and followed is not None:
                return followed
        if self._unparsed is not None:
            self._unparsed.hand_over()
            self._unparsed = None
        followed = follow(stream, self._call, self._accumulator)
        self._parsed = (stream, weakref.ref(followed))
        return followed

    def __del__(self) -> None:
        if self._unparsed is not None:
            self._unparsed.abandoned()
