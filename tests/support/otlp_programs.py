"""Programs that answer hostile OTLP bodies; run as ``python otlp_programs.py NAME``."""

from __future__ import annotations

import gzip
import os
import resource
import subprocess
import sys
from pathlib import Path

from braintrust_otel._model.http import HttpRequest
from braintrust_otel.server.app import LocalServer
from braintrust_otel.server.store import memory_store

__all__ = ["run"]

SOURCES = Path(__file__).parents[2] / "src"
JSON, PROTOBUF = "application/json", "application/x-protobuf"
LIMIT = 16 * 1024 * 1024
ROOM = 600 * 1024 * 1024
_TIMEOUT = 110


def run(name: str) -> list[str]:
    """Run one of the programs below, and return the lines that it printed."""
    ended = subprocess.run(
        [sys.executable, __file__, name],
        env={**os.environ, "PYTHONPATH": str(SOURCES)},
        stdout=subprocess.PIPE,
        text=True,
        timeout=_TIMEOUT,
        check=True,
    )
    return ended.stdout.strip("\n").split("\n")


def messages(empty: bytes, *path: int) -> bytes:
    """Return as many empty messages as a body may hold, inside messages that lead there."""
    body = empty * ((LIMIT - 64) // len(empty))
    for number in reversed(path):
        body = bytes((number << 3 | 2,)) + _length(body) + body
    return body


def hostile_bodies() -> dict[str, tuple[str, str, bytes]]:
    """Return bodies as large as they may be, by name: content type, encoding, bytes."""
    zeros = gzip.compress(bytes(100_000_000), 9)
    objects = b'{"resourceSpans":[' + b"{}," * 5_000_000 + b"{}]}"
    return {
        "bomb": (PROTOBUF, "gzip", zeros * 150),
        "json bomb": (JSON, "gzip", zeros * 150),
        "members": (JSON, "gzip", gzip.compress(b"") * 500_000),
        "resources": (PROTOBUF, "", messages(b"\x0a\x00")),
        "spans": (PROTOBUF, "", messages(b"\x12\x00", 1, 2)),
        "attributes": (PROTOBUF, "", messages(b"\x4a\x00", 1, 2, 2)),
        "values": (PROTOBUF, "", messages(b"\x0a\x00", 1, 2, 2, 9, 2, 5)),
        "packed spans": (PROTOBUF, "gzip", gzip.compress(messages(b"\x12\x00", 1, 2))),
        "objects": (JSON, "", objects),
        "brackets": (JSON, "", b"[" * LIMIT),
        "nesting": (JSON, "", b'{"resourceSpans":' * 900_000),
    }


def answer_within_bounds() -> None:
    """Answer each body with the memory of the process limited, and print the status."""
    server = LocalServer(memory_store())
    requests = {
        name: HttpRequest(
            "POST",
            "http://127.0.0.1/v1/traces",
            {"content-type": kind, "content-encoding": encoding},
            body,
        )
        for name, (kind, encoding, body) in hostile_bodies().items()
    }
    used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + ROOM, used + ROOM))
    for name, request in requests.items():
        print(name, server.handle(request).status)  # noqa: T201 - the test reads it


def answer_without_protobuf() -> None:
    """Answer a request in each encoding where the packages of the extra are missing."""
    sys.modules["opentelemetry.proto"] = None  # type: ignore[assignment]  # as if it was not installed
    server = LocalServer(memory_store())
    for kind, body in ((PROTOBUF, b""), (JSON, b"{}")):
        url = "http://127.0.0.1/v1/traces"
        answer = server.handle(HttpRequest("POST", url, {"content-type": kind}, body))
        print(answer.status, answer.headers["content-type"], answer.body.decode("latin-1"))  # noqa: T201 - as above


def _length(body: bytes) -> bytes:
    size, made = len(body), bytearray()
    while size > 127:
        made.append(size & 127 | 128)
        size >>= 7
    return bytes((*made, size))


PROGRAMS = {"bounds": answer_within_bounds, "no-protobuf": answer_without_protobuf}

if __name__ == "__main__":
    PROGRAMS[sys.argv[1]]()
