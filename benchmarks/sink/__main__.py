"""A loopback server in a process of its own: ``python -m benchmarks.sink``.

It prints its URL and serves until its standard input ends. ``/_take`` tells what arrived;
``/_fault/KIND`` lets every other request hang (``hang``), be refused (``503``) or be answered
(``none``); ``/_keep/yes`` and ``/_keep/no`` choose between keeping bodies and counting rows.
"""

from __future__ import annotations

import json
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from benchmarks.sink.counting import Ledger
from benchmarks.sink.replies import COMPLETION, STREAM, braintrust_reply
from typing_extensions import override

# What the OpenTelemetry Collector takes unless it is told otherwise.
MAX_OTLP_BYTES = 20 * 1024 * 1024


class Sink(ThreadingHTTPServer):
    """The server and what it was told."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.ledger = Ledger()
        self.fault = "none"
        self.url = f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Sink

    @override
    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def _handle(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        path = self.path.partition("?")[0]
        if path.startswith("/_"):
            self._control(path)
        elif self.server.fault == "hang":
            threading.Event().wait()
        elif self.server.fault != "none":
            self._answer(int(self.server.fault), b"{}")
        elif path.endswith("/chat/completions"):
            self._complete(is_stream=b'"stream":true' in body.replace(b" ", b""))
        else:
            self._take(path, body)

    do_GET = do_POST = do_PUT = _handle  # noqa: N815  # names that http.server looks for

    def _take(self, path: str, body: bytes) -> None:
        is_otlp = path == "/v1/traces"
        if is_otlp and len(body) > MAX_OTLP_BYTES:
            self._answer(413, b"{}")
        elif is_otlp:
            self._answer(200, b"", "application/x-protobuf")
            self.server.ledger.add(body, is_otlp=True)
        elif path == "/logs3":
            self._answer(200, b'{"ids": [], "xact_id": "1"}')
            self.server.ledger.add(body, is_otlp=False)
        else:
            self._answer(200, json.dumps(braintrust_reply(path, self.server.url)).encode())

    def _complete(self, *, is_stream: bool) -> None:
        if is_stream:
            self._answer(200, STREAM, "text/event-stream")
        else:
            self._answer(200, COMPLETION)

    def _control(self, path: str) -> None:
        _, command, *values = path.split("/")
        if command == "_fault":
            self.server.fault = values[0]
        elif command == "_keep":
            self.server.ledger.keeps_bodies = values == ["yes"]
        self._answer(200, json.dumps(self.server.ledger.take()).encode())

    def _answer(self, status: int, body: bytes, kind: str = "application/json") -> None:
        head = f"HTTP/1.1 {status} X\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n"
        self.wfile.write(head.encode() + body)

    @override
    def handle(self) -> None:
        """Serve the connection until the client, which may be killed, closes it."""
        try:
            super().handle()
        except OSError:
            self.close_connection = True


def main() -> None:
    """Serve until standard input ends."""
    sink = Sink()
    threading.Thread(target=sink.serve_forever, daemon=True).start()
    print(sink.url, flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
