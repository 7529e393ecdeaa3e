"""Follows the bodies of answers, which users read themselves, and as they like."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import wrapt
from typing_extensions import override

from braintrust_otel.instrument import Accumulator, Call, Follower
from braintrust_otel_bedrock.async_bodies import followed_async
from braintrust_otel_bedrock.reading import BodyReading, shown_by_body

__all__ = ["follow_body"]


def follow_body(answer: Any, call: Call, accumulator: Accumulator) -> None:
    """Follow the body of *answer*, of which nothing was read yet.

    Nothing is read ahead of the user, whose body stays the same object: what is followed is the
    HTTP answer underneath, through which all of its methods go. The call ends when the last byte
    was read, or with what was read until the body is closed or dropped.
    """
    body = answer.get("body")
    # Those of aiobotocore 2 are proxies of the HTTP answer.
    place = "__wrapped__" if isinstance(body, wrapt.ObjectProxy) else "_raw_stream"
    raw = getattr(body, place, None)
    if raw is None:
        call.finish()  # what a stub answers instead, say: nobody knows how it is read
        return
    reading = BodyReading(Follower(call, accumulator), _length(answer))
    followed = followed_async(raw, reading)
    setattr(body, place, _FollowedRaw(raw, reading) if followed is None else followed)


def _length(answer: Any) -> int | None:
    headers = answer.get("ResponseMetadata", {}).get("HTTPHeaders", {})
    told = str(headers.get("content-length", ""))
    return int(told) if told.isdecimal() else None


class _FollowedRaw(wrapt.ObjectProxy):  # type: ignore[type-arg]  # generic in stubs only
    """Stands in for the HTTP answer under a body: same class to see, same behaviour.

    Args:
        wrapped: The HTTP answer.
        reading: Told of every piece that is read.
    """

    def __init__(self, wrapped: Any, reading: BodyReading) -> None:
        super().__init__(wrapped)
        self._self_reading = reading

    def read(self, amt: int | None = None, *args: Any, **kwargs: Any) -> Any:
        reading = self._self_reading
        with reading.pull(shown_by_body):
            data = self.__wrapped__.read(amt, *args, **kwargs)
        reading.took(data, is_end=amt is None or amt < 0 or (not data and amt > 0))
        return data

    def readinto(self, buffer: Any) -> Any:
        reading = self._self_reading
        with reading.pull(shown_by_body):
            amount = self.__wrapped__.readinto(buffer)
        data = bytes(memoryview(buffer)[: amount or 0])
        reading.took(data, is_end=not data and len(buffer) > 0)
        return amount

    def readline(self, *args: Any, **kwargs: Any) -> Any:
        reading = self._self_reading
        with reading.pull():
            line = self.__wrapped__.readline(*args, **kwargs)
        reading.took(line, is_end=not line)
        return line

    def readlines(self, *args: Any, **kwargs: Any) -> Any:
        reading = self._self_reading
        with reading.pull():
            lines = self.__wrapped__.readlines(*args, **kwargs)
        reading.took(b"".join(lines), is_end=not args and not kwargs)
        return lines

    def stream(self, *args: Any, **kwargs: Any) -> Iterator[Any]:
        return _followed(self.__wrapped__.stream(*args, **kwargs), self._self_reading)

    @override
    def __iter__(self) -> Iterator[Any]:
        return _followed(iter(self.__wrapped__), self._self_reading)

    def __next__(self) -> Any:
        line = self.readline()
        if not line:
            raise StopIteration
        return line

    @override
    def __exit__(self, *raised: object) -> Any:
        return self._self_reading.closing(self.__wrapped__.__exit__)(*raised)

    @override
    def __getattr__(self, name: str) -> Any:
        value = getattr(self.__wrapped__, name)
        return self._self_reading.closing(value) if name == "close" else value

    def __del__(self) -> None:
        self._self_reading.abandoned()


def _followed(pieces: Iterable[Any], reading: BodyReading) -> Iterator[Any]:
    iterator = iter(pieces)
    while True:
        with reading.pull():
            piece = next(iterator, None)
        reading.took(piece or b"", is_end=piece is None)
        if piece is None:
            return
        yield piece
