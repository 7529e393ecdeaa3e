"""A loopback endpoint that takes OTLP over HTTP, as vendors' exporters send it."""

from __future__ import annotations

import gzip
import threading
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from google.protobuf.json_format import MessageToDict
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

__all__ = ["OtlpSink", "otlp_sink"]


class OtlpSink:
    """Keeps what arrives.

    Attributes:
        url: Its origin.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self._lock = threading.Lock()
        self._bodies: list[bytes] = []

    def take(self, body: bytes) -> None:
        """Keep the body of a request for traces."""
        with self._lock:
            self._bodies.append(body)

    def drain(self) -> list[dict[str, Any]]:
        """Return the spans that arrived since the last call, by id, each with resource and scope.

        Everything that a request holds is in there, so that nothing can differ unseen.
        """
        with self._lock:
            bodies, self._bodies = self._bodies, []
        spans = [span for body in bodies for span in _spans(body)]
        return sorted(spans, key=lambda span: (span["spanId"], span.get("endTimeUnixNano", "")))


def _spans(body: bytes) -> Iterator[dict[str, Any]]:
    request = MessageToDict(ExportTraceServiceRequest.FromString(body))
    for resource_spans in request["resourceSpans"]:
        for scope_spans in resource_spans["scopeSpans"]:
            about = {
                "resource": resource_spans["resource"],
                "resource schema": resource_spans.get("schemaUrl"),
                "scope": scope_spans.get("scope"),
                "scope schema": scope_spans.get("schemaUrl"),
            }
            yield from ({**span, **about} for span in scope_spans["spans"])


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def log_message(self, *args: Any) -> None:
        return

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", "0")))
        encoding = self.headers.get("content-encoding")
        if encoding == "gzip":
            body = gzip.decompress(body)
        elif encoding == "deflate":
            body = zlib.decompress(body)
        if self.path.endswith("/v1/traces"):
            self.server.sink.take(body)
        self._answer(b"", "application/x-protobuf")

    def do_GET(self) -> None:
        # Logfire asks whose token it has.
        project = b'{"project_name": "shop", "project_url": "http://127.0.0.1/shop"}'
        self._answer(project, "application/json")

    def _answer(self, body: bytes, content_type: str) -> None:
        self.send_response(200)
        self.send_header("content-type", content_type)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    sink: OtlpSink


@contextmanager
def otlp_sink() -> Iterator[OtlpSink]:
    """Serve on a free loopback port while the block runs."""
    server = _Server(("127.0.0.1", 0), _Handler)
    server.sink = OtlpSink(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield server.sink
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
