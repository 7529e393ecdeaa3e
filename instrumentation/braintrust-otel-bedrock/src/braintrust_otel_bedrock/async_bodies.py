"""Follows the bodies in answers of aiobotocore."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import wrapt
from typing_extensions import override

from braintrust_otel_bedrock.reading import BodyReading

__all__ = ["follow_async_body", "is_async_body"]


def is_async_body(body: Any) -> bool:
    """Whether *body* is one of aiobotocore: a proxy of the HTTP answer of aiohttp."""
    return isinstance(body, wrapt.ObjectProxy) and hasattr(body, "content")


def follow_async_body(body: Any, reading: BodyReading) -> None:
    """Follow the HTTP answer that *body* is a proxy of; *body* stays the same object."""
    body.__wrapped__ = _FollowedResponse(body.__wrapped__, reading)


class _FollowedResponse(wrapt.ObjectProxy):  # type: ignore[type-arg]  # generic in stubs only
    """Stands in for the HTTP answer: same class to see, same behaviour."""

    def __init__(self, wrapped: Any, reading: BodyReading) -> None:
        super().__init__(wrapped)
        self._self_reading = reading

    @property
    def content(self) -> Any:
        return _FollowedContent(self.__wrapped__.content, self._self_reading)

    async def read(self) -> bytes:
        reading = self._self_reading
        with reading.pull():
            data: bytes = await self.__wrapped__.read()
        reading.took(data, is_end=True)
        return data

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

    def close(self) -> Any:
        return self._closing(self.__wrapped__.close)

    def release(self) -> Any:
        return self._closing(self.__wrapped__.release)

    def _closing(self, close: Callable[[], Any]) -> Any:
        return self._self_reading.closing(close)()

    def __del__(self) -> None:
        self._self_reading.abandoned()


class _FollowedContent(wrapt.ObjectProxy):  # type: ignore[type-arg]  # generic in stubs only
    """Stands in for the stream of bytes in an HTTP answer."""

    def __init__(self, wrapped: Any, reading: BodyReading) -> None:
        super().__init__(wrapped)
        self._self_reading = reading

    async def read(self, n: int = -1) -> bytes:
        reading = self._self_reading
        with reading.pull():
            data: bytes = await self.__wrapped__.read(n)
        reading.took(data, is_end=n < 0 or (not data and n > 0))
        return data
