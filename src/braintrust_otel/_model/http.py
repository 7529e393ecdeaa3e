"""One HTTP exchange as plain values, shared by the wire client and the local server."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

__all__ = ["HttpRequest", "HttpResponse"]


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """A request, independent of how it travels.

    Attributes:
        method: Upper-case method name.
        url: Absolute URL, query string included. The server's route functions look at its path
            and query only.
        headers: Names in lower case.
        body: The body as sent; empty when there is none.
    """

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class HttpResponse:
    """An answer, independent of how it travelled.

    Attributes:
        status: HTTP status code.
        headers: Names in lower case.
        body: The whole body.
    """

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
