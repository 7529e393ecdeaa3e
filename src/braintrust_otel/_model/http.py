"""One HTTP exchange as plain values, shared by the wire client and the local server."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol

__all__ = ["BrokenStreamError", "ByteStream", "BytesStream", "HttpRequest", "HttpResponse"]


class ByteStream(Protocol):
    """Bytes that are too many to be in memory at once; their number is known."""

    @property
    def size_bytes(self) -> int:
        """How many bytes there are."""
        ...

    def chunks(self) -> Iterator[bytes]:
        """Return the bytes, piece by piece, from the beginning; may be called again.

        Raises:
            OSError: They cannot be read, or are not as many any more.
        """
        ...


class BrokenStreamError(OSError):
    """A stream ended before all that it announced could be read."""


@dataclass(frozen=True, slots=True)
class BytesStream:
    """Bytes in memory, as a stream.

    Attributes:
        data: The bytes.
    """

    data: bytes = field(repr=False)

    @property
    def size_bytes(self) -> int:
        """How many bytes there are."""
        return len(self.data)

    def chunks(self) -> Iterator[bytes]:
        """Return the bytes in one piece."""
        yield self.data


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """A request, independent of how it travels.

    Attributes:
        method: Upper-case method name.
        url: Absolute URL, query string included. The server's route functions look at its path
            and query only.
        headers: Names in lower case.
        body: The body as sent; empty when there is none.
        stream: The body where it is too large for memory; *body* is empty then.
    """

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    stream: ByteStream | None = None


@dataclass(frozen=True, slots=True)
class HttpResponse:
    """An answer, independent of how it travelled.

    Attributes:
        status: HTTP status code.
        headers: Names in lower case.
        body: The whole body.
        stream: The body where it may be too large for memory; *body* is empty then.
    """

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    stream: ByteStream | None = None
