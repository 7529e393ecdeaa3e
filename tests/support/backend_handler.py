"""Reads and answers the requests of the loopback backend."""

from __future__ import annotations

import os
import socket
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import urlsplit

from support.backend_routes import endpoint_of


@dataclass
class Received:
    """A request as the backend got it.

    Attributes:
        endpoint: The name under which it is counted and fails.
        method: Upper-case method name.
        path: Path without the query.
        query: Query without the question mark.
        headers: Names in lower case.
        body: The body; empty until it was read.
        connection: The client's port: equal numbers mean one connection.
    """

    endpoint: str
    method: str
    path: str
    query: str
    headers: dict[str, str]
    connection: int
    body: bytes = field(default=b"", repr=False)


class Handler(BaseHTTPRequestHandler):
    """One connection; at the same time the `Exchange` that faults work on."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Any

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def _handle(self) -> None:
        backend = self.server.backend
        url = urlsplit(self.path)
        headers = {name.lower(): value for name, value in self.headers.items()}
        self._read = bytearray()
        self._unread = int(headers.get("content-length", "0"))
        self._received = Received(
            endpoint_of(url.path),
            self.command,
            url.path,
            url.query,
            headers,
            self.client_address[1],
        )
        fault = backend.arrived(self._received)
        if fault is None:
            self.proceed()
        else:
            fault(self)
        backend.answered()

    do_GET = do_POST = do_PUT = do_DELETE = _handle  # noqa: N815 (names that http.server looks for)

    # The exchange

    @property
    def body(self) -> bytes:
        """The request's body, read when first asked for."""
        while self.read(64 * 1024):
            pass
        self._received.body = self._received.body or bytes(self._read)
        return self._received.body

    def read(self, size: int) -> bytes:
        """Read at most *size* further bytes of the body."""
        data = self.rfile.read1(min(size, self._unread)) if self._unread else b""
        if self._unread and not data:
            raise ConnectionResetError("the client broke off")
        self._unread -= len(data)
        self._read += data
        return data

    def compute(self) -> tuple[int, dict[str, str], bytes]:
        """Do what was asked, and return the proper answer."""
        _ = self.body
        backend = self.server.backend
        answer = backend.routes.answer(self._received, backend.url, backend.api_key)
        backend.answered()
        return answer

    def proceed(self) -> None:
        """Do what was asked and send the proper answer."""
        self.answer(*self.compute())

    def answer(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        """Send a complete answer."""
        _ = self.body
        self.begin(status, headers, len(body))
        self.write(body)

    def begin(self, status: int, headers: Mapping[str, str], length: int) -> None:
        """Send the head of an answer that promises *length* bytes."""
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("content-length", str(length))
        self.end_headers()

    def write(self, data: bytes) -> None:
        """Send bytes as they are."""
        self.wfile.write(data)
        self.wfile.flush()

    def pause(self, seconds: float | None = None) -> bool:
        """Wait for the backend's release."""
        return self.server.backend.pause(seconds)

    def close(self) -> None:
        """Close the connection after this request."""
        self.close_connection = True

    def reset(self) -> None:
        """Send a reset instead of an orderly end."""
        self.close_connection = True
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        os.close(self.connection.detach())
