"""A loopback model provider that answers what a test scripted, and keeps the requests."""

from __future__ import annotations

import json
import threading
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Reply:
    """One scripted answer.

    Attributes:
        body: JSON body.
        status: HTTP status.
        events: Server-sent events, each the JSON of one chunk; with a body beside them, they go to
            requests that ask for a stream.
        is_cut: Whether the connection is dropped before the end: after the events, or before the
            last byte that was announced.
        gate: When given, the events after the first wait for it.
        is_named: Whether each event goes under the name that is its ``type``.
        lines: JSON lines; they go instead of the body.
        data: Bytes that go instead of JSON.
        content_type: MIME type of these bytes.
        says_done: Whether the events end with the one that says so.
        headers: Further headers of what is no stream of events.
    """

    body: Any = None
    status: int = 200
    events: Sequence[Any] | None = None
    is_cut: bool = False
    gate: threading.Event | None = None
    is_named: bool = False
    lines: Sequence[Any] | None = None
    data: bytes | None = None
    content_type: str = "application/json"
    says_done: bool = True
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass
class Provider:
    """The provider: script it, use ``url``, look at ``requests``."""

    url: str
    replies: deque[Reply] = field(default_factory=deque)
    requests: list[dict[str, Any]] = field(default_factory=list)

    def will(self, *replies: Reply) -> None:
        """Answer the next requests with *replies*, in this order."""
        self.replies.extend(replies)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def log_message(self, *args: Any) -> None:
        return

    def do_POST(self) -> None:
        provider = self.server.provider
        raw = self.rfile.read(int(self.headers["content-length"] or 0))
        is_json = self.headers["content-type"] == "application/json"
        request = json.loads(raw or b"{}") if is_json else {"multipart": raw}
        provider.requests.append(request)
        reply = provider.replies.popleft()
        if reply.events is None or (reply.body is not None and not request.get("stream")):
            self._send_json(reply)
        else:
            self._send_events(reply)

    def do_GET(self) -> None:
        reply = self.server.provider.replies.popleft()
        if reply.events is None:
            self._send_json(reply)
        else:
            self._send_events(reply)

    def _send_json(self, reply: Reply) -> None:
        lines = [reply.body] if reply.lines is None else reply.lines
        data = "\n".join(map(json.dumps, lines)).encode() if reply.data is None else reply.data
        self.send_response(reply.status)
        self.send_header("content-type", reply.content_type)
        self.send_header("x-should-retry", "false")
        self.send_header("content-length", str(len(data) + reply.is_cut))
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)
        self.close_connection = self.close_connection or reply.is_cut

    def _send_events(self, reply: Reply) -> None:
        self.send_response(reply.status)
        self.send_header("content-type", "text/event-stream")
        self.send_header("transfer-encoding", "chunked")
        self.end_headers()
        for position, event in enumerate(reply.events or ()):
            if position and reply.gate is not None:
                reply.gate.wait(5)
            name = f"event: {event['type']}\n" if reply.is_named else ""
            self._chunk(f"{name}data: {json.dumps(event)}\n\n".encode())
        if reply.is_cut:
            self.close_connection = True
            return
        if reply.says_done:
            self._chunk(b"data: [DONE]\n\n")
        self.wfile.write(b"0\r\n\r\n")

    def _chunk(self, data: bytes) -> None:
        self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
        self.wfile.flush()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    provider: Provider

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: a client that leaves in mid-stream is part of the test."""


class RunningProvider:
    """Runs a provider on a free loopback port, for the length of a ``with`` block."""

    def __init__(self) -> None:
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))

    def __enter__(self) -> Provider:
        port = self._server.server_address[1]
        self._server.provider = Provider(f"http://127.0.0.1:{port}/v1")
        self._thread.start()
        return self._server.provider

    def __exit__(self, *raised: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
