"""A service that knows OpenTelemetry alone; its provider ships to Braintrust.

Its arguments are the URL of the next service, and how requests become spans: ``instrumented``, by
OpenTelemetry's instrumentation of Starlette, or ``by-hand``.
"""

from __future__ import annotations

import asyncio
import sys
import urllib.request
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from opentelemetry import trace
from opentelemetry.context import attach, detach
from opentelemetry.propagate import extract, inject
from opentelemetry.sdk.trace import TracerProvider
from serving import serve
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from braintrust_otel.otel import BraintrustSpanProcessor

_, NEXT, HOW = sys.argv

provider = TracerProvider()
provider.add_span_processor(BraintrustSpanProcessor("project_name:of the service itself"))
trace.set_tracer_provider(provider)
tracer = trace.get_tracer("plain-service")


class Middleware:
    """Does by hand what instrumentations of servers do."""

    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve a request inside a span that continues its sender's trace."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        token = attach(extract(headers))
        try:
            name = f"{scope['method']} {scope['path']}"
            with tracer.start_as_current_span(name, kind=trace.SpanKind.SERVER):
                await self.app(scope, receive, send)
        finally:
            detach(token)


async def tell(request: Request) -> PlainTextResponse:
    """Pass the request on, with the trace in its headers."""
    with tracer.start_as_current_span("pass on"):
        headers: dict[str, str] = {}
        inject(headers)
        passed = urllib.request.Request(NEXT, await request.body(), headers)
        return PlainTextResponse(await asyncio.to_thread(ask, passed))


def ask(request: urllib.request.Request) -> bytes:
    with urllib.request.urlopen(request) as answer:
        told: bytes = answer.read()
    return told


@asynccontextmanager
async def lifespan(app: Starlette) -> AsyncIterator[None]:
    """Deliver what is left when the server ends."""
    yield
    provider.shutdown()


app = Starlette(routes=[Route("/tell", tell, methods=["POST"])], lifespan=lifespan)
if HOW == "instrumented":
    from opentelemetry.instrumentation.starlette import StarletteInstrumentor

    StarletteInstrumentor.instrument_app(app)
else:
    app.add_middleware(Middleware)
serve(app)
