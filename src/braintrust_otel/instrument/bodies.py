"""Follows the bodies of HTTP answers that users read themselves."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from typing_extensions import override

from braintrust_otel.instrument.calls import Call
from braintrust_otel.instrument.seams import Fields
from braintrust_otel.instrument.streams import (
    Accumulator,
    AsyncFollowedStream,
    FollowedStream,
    Follower,
)

__all__ = ["EventBody", "LineBody", "ReadBody", "WholeBody", "follow_body"]

ReadBody = Callable[[bytes, str], Fields]
"""Returns the fields of a body, given its bytes and its MIME type."""

_DATA = b"data:"
_DONE = b"[DONE]"
_READERS = {"iter_bytes": FollowedStream, "aiter_bytes": AsyncFollowedStream}


def follow_body(response: Any, call: Call, accumulator: Accumulator) -> None:
    """Follow the body of *response*, an HTTP answer of ``httpx``, of which nothing was read yet.

    Nothing is read ahead of the user: the call ends when he has read the body, or closes the
    answer, or drops it, with what he has read until then.

    Args:
        response: The answer; two of its methods are shadowed until the call ends.
        call: The call to end.
        accumulator: Adds up the pieces of the body.
    """
    follower = Follower(call, accumulator)
    follower.watch(response)
    for name, proxy in _READERS.items():
        read = getattr(response, name, None)
        if callable(read):
            follower.shadow(response, name, _Reading(read, proxy, follower))


class _Reading:
    """Stands in for a method that iterates over a body, until the call ends."""

    def __init__(self, read: Callable[..., Any], proxy: Any, follower: Follower) -> None:
        self._read = read
        self._proxy = proxy
        self._follower = follower

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._proxy(self._read(*args, **kwargs), self._follower)

    def __del__(self) -> None:
        self._follower.abandoned()


class WholeBody:
    """Adds up a body that means something as a whole, such as JSON or a recording.

    Args:
        read: Reads what was added up.
        content_type: MIME type of the body.
        is_media: Whether each piece is something to see or hear by itself.
    """

    __slots__ = ("_content_type", "_is_media", "_pieces", "_read")

    def __init__(self, read: ReadBody, content_type: str, *, is_media: bool = False) -> None:
        self._read = read
        self._content_type = content_type
        self._is_media = is_media
        self._pieces: list[bytes] = []

    def add(self, chunk: Any) -> bool:
        """Take in one piece; True when it holds content."""
        self._pieces.append(chunk)
        return self._is_media and bool(chunk)

    def fields(self) -> Fields:
        """Return what the reader makes of the pieces; nothing for text that was cut off."""
        body = b"".join(self._pieces)
        try:
            return self._read(body, self._content_type) if body else {}
        except ValueError:
            return {}


class _Lines:
    """Adds up a body by its lines, of which some hold JSON objects."""

    __slots__ = ("_accumulator", "_rest")

    def __init__(self, accumulator: Accumulator) -> None:
        self._accumulator = accumulator
        self._rest = b""

    def add(self, chunk: Any) -> bool:
        """Take in one piece, wherever it was cut; True when an object in it holds content."""
        *lines, self._rest = (self._rest + chunk).split(b"\n")
        has_content = False
        for line in lines:
            has_content |= self._add_line(line)
        return has_content

    def fields(self) -> Fields:
        """Return the fields of what came whole."""
        return self._accumulator.fields()

    def _add_line(self, line: bytes) -> bool:
        raise NotImplementedError

    def _add_object(self, data: bytes) -> bool:
        parsed = json.loads(data)
        return isinstance(parsed, dict) and self._accumulator.add(parsed)


class EventBody(_Lines):
    """Adds up a body of server-sent events whose data is JSON.

    Args:
        accumulator: Given each event as the mapping that its data is.
    """

    __slots__ = ()

    @override
    def _add_line(self, line: bytes) -> bool:
        data = line[len(_DATA) :].strip() if line.startswith(_DATA) else b""
        return bool(data) and data != _DONE and self._add_object(data)


class LineBody(_Lines):
    """Adds up a body of which each line is JSON.

    Args:
        accumulator: Given each line as the mapping that it is.
    """

    __slots__ = ()

    @override
    def fields(self) -> Fields:
        """Return the fields of the lines that came whole; the last one needs no end."""
        rest, self._rest = self._rest, b""
        with suppress(ValueError):
            self._add_line(rest)
        return super().fields()

    @override
    def _add_line(self, line: bytes) -> bool:
        data = line.strip()
        return bool(data) and self._add_object(data)
