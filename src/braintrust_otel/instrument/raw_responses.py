"""Follows the streams inside raw responses, which users parse when they like."""

from __future__ import annotations

import inspect
import weakref
from collections.abc import Awaitable
from typing import Any

from braintrust_otel.instrument.calls import Call
from braintrust_otel.instrument.streams import Accumulator, Follower, follow

__all__ = ["follow_raw", "is_raw"]


def is_raw(response: object) -> bool:
    """Whether *response* is an HTTP answer that the user parses himself, by its ``parse``."""
    if getattr(response, "__pydantic_fields_set__", None) is not None:
        return False  # an answer as most are; a model takes long to say what it does not have
    return hasattr(response, "http_response") and callable(getattr(response, "parse", None))


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
