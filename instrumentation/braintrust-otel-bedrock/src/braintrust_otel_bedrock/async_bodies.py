"""Follows the HTTP answers under the bodies of aiobotocore, of aiohttp and of httpx."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing
from inspect import iscoroutinefunction
from types import MethodType
from typing import Any

import wrapt
from typing_extensions import override

from braintrust_otel_bedrock.reading import BodyReading

__all__ = ["followed_async"]


def followed_async(raw: Any, reading: BodyReading) -> Any:
    """Return what stands in for the HTTP answer *raw*; None if that is not an asynchronous one."""
    kind = type(raw)
    if hasattr(kind, "aiter_raw"):
        return _FollowedHttpx(raw, reading)
    is_aiohttp = iscoroutinefunction(getattr(kind, "read", None)) and hasattr(kind, "content")
    return _FollowedAiohttp(raw, reading) if is_aiohttp else None


class _Followed(wrapt.ObjectProxy):  # type: ignore[type-arg]  # generic in stubs only
    """Stands in for an object that is read: same class to see, same behaviour.

    Args:
        wrapped: The object.
        reading: Told of every piece that is read.
    """

    _BY_OTHERS: frozenset[str] = frozenset()
    """Methods that read through others of the same object: these have to be the followed ones."""

    def __init__(self, wrapped: Any, reading: BodyReading) -> None:
        super().__init__(wrapped)
        self._self_reading = reading

    @override
    def __getattr__(self, name: str) -> Any:
        value = getattr(self.__wrapped__, name)
        function = getattr(value, "__func__", None) if name in self._BY_OTHERS else None
        return value if function is None else MethodType(function, self)


class _FollowedAnswer(_Followed):
    """Stands in for an HTTP answer; when nobody holds it, nobody can read on."""

    @override
    async def __aenter__(self) -> Any:
        entered = await self.__wrapped__.__aenter__()
        return self if entered is self.__wrapped__ else entered

    @override
    async def __aexit__(self, *raised: object) -> Any:
        try:
            return await self.__wrapped__.__aexit__(*raised)
        finally:
            self._self_reading.closed()

    def __del__(self) -> None:
        self._self_reading.abandoned()


class _FollowedAiohttp(_FollowedAnswer):
    _BY_OTHERS = frozenset({"json", "text"})

    @property
    def content(self) -> Any:
        return _FollowedContent(self.__wrapped__.content, self._self_reading)

    async def read(self) -> bytes:
        reading = self._self_reading
        with reading.pull():
            data: bytes = await self.__wrapped__.read()
        reading.took(data, is_end=True)
        return data

    def close(self) -> Any:
        return self._closing(self.__wrapped__.close)

    def release(self) -> Any:
        return self._closing(self.__wrapped__.release)

    def _closing(self, close: Callable[[], Any]) -> Any:
        return self._self_reading.closing(close)()


class _FollowedContent(_Followed):
    """Stands in for the stream of bytes in an HTTP answer of aiohttp."""

    _BY_OTHERS = frozenset({"iter_any", "iter_chunked", "iter_chunks", "readexactly", "readline"})

    async def read(self, n: int = -1) -> bytes:
        reading = self._self_reading
        with reading.pull():
            data: bytes = await self.__wrapped__.read(n)
        reading.took(data, is_end=n < 0 or (not data and n > 0))
        return data

    async def readany(self) -> bytes:
        return await self._piece(self.__wrapped__.readany)

    async def readuntil(self, *args: Any, **kwargs: Any) -> bytes:
        return await self._piece(self.__wrapped__.readuntil, *args, **kwargs)

    async def readchunk(self) -> tuple[bytes, bool]:
        reading = self._self_reading
        with reading.pull():
            data, is_whole = await self.__wrapped__.readchunk()
        reading.took(data, is_end=not data and not is_whole)
        return data, is_whole

    def __aiter__(self) -> Any:
        return type(self.__wrapped__).__aiter__(self)

    async def _piece(self, read: Callable[..., Any], *args: Any, **kwargs: Any) -> bytes:
        reading = self._self_reading
        with reading.pull():
            data: bytes = await read(*args, **kwargs)
        reading.took(data, is_end=not data)
        return data


class _FollowedHttpx(_FollowedAnswer):
    _BY_OTHERS = frozenset({"aiter_bytes", "aiter_lines", "aiter_text", "aread"})

    def aiter_raw(self, *args: Any, **kwargs: Any) -> AsyncIterator[bytes]:
        return _followed(self.__wrapped__.aiter_raw(*args, **kwargs), self._self_reading)

    async def aclose(self) -> None:
        try:
            await self.__wrapped__.aclose()
        finally:
            self._self_reading.closed()


async def _followed(
    pieces: AsyncGenerator[bytes, None], reading: BodyReading
) -> AsyncIterator[bytes]:
    async with aclosing(pieces):
        while True:
            with reading.pull():
                piece = await anext(pieces, None)
            reading.took(piece or b"", is_end=piece is None)
            if piece is None:
                return
            yield piece
