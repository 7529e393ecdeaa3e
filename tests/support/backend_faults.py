"""What can go wrong at a backend, one function each.

A fault is a function of an `Exchange`. It may answer in its own way, break the connection, or let
the request through with ``exchange.proceed()``. Nothing here sleeps: what takes long waits for
the backend to be released or closed.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Protocol

Fault = Callable[["Exchange"], None]


class Exchange(Protocol):
    """One request at the backend, and the ways to answer it."""

    @property
    def body(self) -> bytes:
        """The request's body, read when first asked for."""
        ...

    def read(self, size: int) -> bytes:
        """Read at most *size* further bytes of the request's body."""
        ...

    def compute(self) -> tuple[int, dict[str, str], bytes]:
        """Do what was asked, and return the proper answer without sending it."""
        ...

    def proceed(self) -> None:
        """Do what was asked and send the proper answer."""
        ...

    def answer(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        """Send a complete answer."""
        ...

    def begin(self, status: int, headers: Mapping[str, str], length: int) -> None:
        """Send the head of an answer that promises *length* bytes."""
        ...

    def write(self, data: bytes) -> None:
        """Send part of a body."""
        ...

    def pause(self, seconds: float | None = None) -> bool:
        """Wait until the backend is released or closed (then True), or *seconds* have gone by."""
        ...

    def close(self) -> None:
        """Close the connection in the orderly way."""
        ...

    def reset(self) -> None:
        """Break the connection, as a crashed machine does."""
        ...


def status(code: int, headers: Mapping[str, str] | None = None, body: str = "refused") -> Fault:
    """Answer with *code*."""
    return lambda exchange: exchange.answer(code, headers or {}, body.encode())


def json_answer(value: object, code: int = 200) -> Fault:
    """Answer with *value* as JSON, whatever was asked."""
    headers = {"content-type": "application/json"}
    return lambda exchange: exchange.answer(code, headers, json.dumps(value).encode())


def html_page() -> Fault:
    """Answer 200 with a page for people, as a captive portal does."""
    page = b"<!DOCTYPE html><html><body>Welcome to the hotel</body></html>"
    return lambda exchange: exchange.answer(200, {"content-type": "text/html"}, page)


def redirect(location: str, code: int = 302) -> Fault:
    """Point elsewhere."""
    return lambda exchange: exchange.answer(code, {"location": location}, b"")


def too_large(limit: int) -> Fault:
    """Answer 413 to a body of more than *limit* bytes; let others through."""

    def fault(exchange: Exchange) -> None:
        if len(exchange.body) > limit:
            exchange.answer(413, {}, b"too large")
        else:
            exchange.proceed()

    return fault


def refuse_marked(marker: str, code: int = 400) -> Fault:
    """Refuse a body that holds *marker* anywhere; let others through."""

    def fault(exchange: Exchange) -> None:
        if marker.encode() in exchange.body:
            exchange.answer(code, {}, f"a row holds {marker}".encode())
        else:
            exchange.proceed()

    return fault


def hang() -> Fault:
    """Read the request and say nothing until released; then break the connection."""

    def fault(exchange: Exchange) -> None:
        _ = exchange.body
        exchange.pause()
        exchange.reset()

    return fault


def slow_read(piece: int = 1024, interval: float = 1.0) -> Fault:
    """Read the request *piece* bytes each *interval* seconds until released, then go on."""

    def fault(exchange: Exchange) -> None:
        while exchange.read(piece) and not exchange.pause(interval):
            pass
        exchange.proceed()

    return fault


def reset() -> Fault:
    """Read the request and break the connection without an answer; nothing was done."""

    def fault(exchange: Exchange) -> None:
        _ = exchange.body
        exchange.reset()

    return fault


def closed() -> Fault:
    """Read the request and close the connection without an answer, as if all were well."""

    def fault(exchange: Exchange) -> None:
        _ = exchange.body
        exchange.close()

    return fault


def no_http() -> Fault:
    """Answer with something that is no HTTP."""

    def fault(exchange: Exchange) -> None:
        _ = exchange.body
        exchange.write(b"SSH-2.0-x\r\n")
        exchange.close()

    return fault


def answer_lost() -> Fault:
    """Do what was asked, then break the connection without an answer."""

    def fault(exchange: Exchange) -> None:
        exchange.compute()
        exchange.reset()

    return fault


def reset_in_body() -> Fault:
    """Do what was asked, and break the connection in the middle of the answer's body."""

    def fault(exchange: Exchange) -> None:
        code, headers, body = exchange.compute()
        exchange.begin(code, headers, len(body))
        exchange.write(body[: len(body) // 2])
        exchange.reset()

    return fault


def truncated() -> Fault:
    """Do what was asked, and close in the middle of the answer's body as if all were well."""

    def fault(exchange: Exchange) -> None:
        code, headers, body = exchange.compute()
        exchange.begin(code, headers, len(body))
        exchange.write(body[: len(body) // 2])
        exchange.close()

    return fault


def drip(interval: float = 1.0) -> Fault:
    """Do what was asked, and answer with one byte each *interval* seconds until released."""

    def fault(exchange: Exchange) -> None:
        code, headers, body = exchange.compute()
        exchange.begin(code, headers, len(body))
        for index in range(len(body)):
            exchange.write(body[index : index + 1])
            if exchange.pause(interval):
                break
        exchange.reset()

    return fault


def drip_head(interval: float = 1.0) -> Fault:
    """Answer with the status line and headers, one byte each *interval* seconds until released."""

    def fault(exchange: Exchange) -> None:
        _ = exchange.body
        for byte in b"HTTP/1.1 200 OK\r\n" + b"x-filler: " + b"x" * 10_000:
            exchange.write(bytes([byte]))
            if exchange.pause(interval):
                break
        exchange.reset()

    return fault
