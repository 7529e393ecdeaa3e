"""The local server as an ASGI application; the one module that knows Starlette."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import IO
from urllib.parse import urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response, StreamingResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from braintrust_otel._model.http import HttpRequest, HttpResponse
from braintrust_otel.server.app import LocalServer
from braintrust_otel.server.routes.calls import Refusal

__all__ = ["LOOPBACK_HOSTS", "asgi_app"]

_CHUNK_BYTES = 256 * 1024
LOOPBACK_HOSTS = frozenset({"127.0.0.1", "localhost", "::1"})
"""The only names under which the server answers."""


def asgi_app(server: LocalServer) -> ASGIApp:
    """Return *server* as an ASGI application, to be reached from the same machine only.

    Route functions run in a thread pool, since they wait for the disk. Of a request body that is
    larger than its route allows nothing is kept, but it is read to its end: a client that is cut
    off while it sends never reads the refusal.
    """

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            try:
                answer = await _answered(server, Request(scope, receive))
            except ClientDisconnect:
                return
            await _response(answer)(scope, receive, send)

    return app


async def _answered(server: LocalServer, request: Request) -> HttpResponse:
    try:
        _check_caller(request.headers)
    except Refusal as refusal:
        return refusal.answer()
    head = HttpRequest(request.method, _url(request), dict(request.headers))
    try:
        limit = server.body_limit(head)
        if server.is_streamed(head):
            return await _answered_from_file(server, request, head, limit)
        body = await _body(request, limit)
    except Refusal as refusal:
        return server.refuse(head, refusal)
    complete = HttpRequest(head.method, head.url, head.headers, body)
    return await run_in_threadpool(server.handle, complete)


async def _answered_from_file(
    server: LocalServer, request: Request, head: HttpRequest, limit: int
) -> HttpResponse:
    """Put the body into a temporary file, so that nothing large is in memory."""
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        raise Refusal(415, "Attachments are taken without a content encoding only.")
    with tempfile.TemporaryFile() as file:
        size = 0
        async for part in request.stream():
            size += len(part)
            if size <= limit:
                await run_in_threadpool(file.write, part)
        if size > limit:
            raise _too_large(limit)
        stream = _FileStream(file, size)
        complete = HttpRequest(head.method, head.url, head.headers, stream=stream)
        return await run_in_threadpool(server.handle, complete)


@dataclass(frozen=True, slots=True)
class _FileStream:
    file: IO[bytes]
    size_bytes: int

    def chunks(self) -> Iterator[bytes]:
        """Yield what the file holds."""
        self.file.seek(0)
        while chunk := self.file.read(_CHUNK_BYTES):
            yield chunk


def _check_caller(headers: Mapping[str, str]) -> None:
    """Keep web pages out: they can reach loopback ports, under a name of theirs or with a form."""
    if _host(f"//{headers.get('host', '')}") not in LOOPBACK_HOSTS:
        raise Refusal(421, "The local Braintrust server answers as 127.0.0.1 or localhost only.")
    origin = headers.get("origin")
    if origin is not None and _host(origin) not in LOOPBACK_HOSTS:
        raise Refusal(403, f"Pages of {origin} may not use the local Braintrust server.")


def _host(url: str) -> str | None:
    try:
        return urlsplit(url).hostname
    except ValueError:
        return None


def _url(request: Request) -> str:
    """Return the address as it was sent: Starlette's own decodes the path."""
    path = request.scope.get("raw_path") or request.scope["path"].encode()
    query = request.scope["query_string"]
    target = path + (b"?" + query if query else b"")
    return f"{request.scope['scheme']}://{request.headers['host']}{target.decode('latin-1')}"


async def _body(request: Request, limit: int) -> bytes:
    parts: list[bytes] = []
    size = 0
    async for part in request.stream():
        size += len(part)
        if size <= limit:
            parts.append(part)
        else:
            parts.clear()
    if size > limit:
        raise _too_large(limit)
    return b"".join(parts)


def _too_large(limit: int) -> Refusal:
    return Refusal(413, f"The request body has more than the {limit} bytes that are accepted.")


def _response(answer: HttpResponse) -> Response:
    if answer.stream is not None:
        # Its iterator runs in the thread pool, piece by piece.
        return StreamingResponse(
            answer.stream.chunks(), status_code=answer.status, headers=dict(answer.headers)
        )
    return Response(answer.body, status_code=answer.status, headers=dict(answer.headers))
