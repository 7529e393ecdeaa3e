"""OTLP requests for tests: one span in both encodings, and a client that sends them."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from typing import Any

from google.protobuf.json_format import ParseDict
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from braintrust_otel._model.http import HttpRequest, HttpResponse
from braintrust_otel.server.app import LocalServer

__all__ = [
    "JSON",
    "NOW_NS",
    "PROTOBUF",
    "SPAN_ID",
    "TRACE_ID",
    "OtlpClient",
    "attribute",
    "json_body",
    "protobuf_body",
    "request",
    "span",
]

JSON = "application/json"
PROTOBUF = "application/x-protobuf"
TRACE_ID = "7c8aea90d2d80b2d076226163be82ae4"
SPAN_ID = "f1f387c9af3642d9"
NOW_NS = 1_795_317_219_717_551_000
_HEX = ("traceId", "spanId", "parentSpanId")


def attribute(key: str, **value: Any) -> dict[str, Any]:
    """Return an attribute, such as ``attribute("a", intValue="1")``."""
    return {"key": key, "value": value}


def span(**changes: Any) -> dict[str, Any]:
    """Return a span that took half a second, with *changes*."""
    return {
        "traceId": TRACE_ID,
        "spanId": SPAN_ID,
        "name": "outer",
        "kind": 1,
        "startTimeUnixNano": str(NOW_NS),
        "endTimeUnixNano": str(NOW_NS + 500_000_000),
        **changes,
    }


def request(*spans: Any, resource: Any = (), scope: Any = None) -> dict[str, Any]:
    """Return a request with *spans* of one scope."""
    scope_spans = {"scope": scope or {"name": "some.library", "version": "1.0"}, "spans": [*spans]}
    return {
        "resourceSpans": [
            {"resource": {"attributes": [*resource]}, "scopeSpans": [scope_spans]},
        ]
    }


def json_body(told: Any) -> bytes:
    """Return a request as exporters write it in JSON."""
    return json.dumps(told).encode()


def protobuf_body(told: Any) -> bytes:
    """Return the same request in protobuf."""
    made: bytes = ParseDict(_with_base64_ids(told), ExportTraceServiceRequest()).SerializeToString()
    return made


def _with_base64_ids(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            key: base64.b64encode(bytes.fromhex(inner)).decode()
            if key in _HEX
            else _with_base64_ids(inner)
            for key, inner in value.items()
        }
    return [_with_base64_ids(item) for item in value] if isinstance(value, list) else value


@dataclass(slots=True)
class OtlpClient:
    """Sends OTLP to a local server without a socket."""

    server: LocalServer
    path: str = "/otel/v1/traces"

    def send(self, body: bytes, kind: str = JSON, **headers: str) -> HttpResponse:
        """Return the answer to *body*."""
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        url = f"http://127.0.0.1:8000{self.path}"
        return self.server.handle(HttpRequest("POST", url, {"content-type": kind, **names}, body))
