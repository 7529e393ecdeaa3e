"""A service that traces with Braintrust, and logs wherever its callers do."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from serving import serve
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

import braintrust_otel as braintrust


async def tell(request: Request) -> PlainTextResponse:
    """Answer, below the span of whoever asks."""
    with braintrust.start_span("tell", type="llm", parent=request.headers) as span:
        story = f"Once upon a time: {(await request.body()).decode()}"
        span.log(output=story)
    return PlainTextResponse(story)


@asynccontextmanager
async def lifespan(app: Starlette) -> AsyncIterator[None]:
    """Deliver what is left when the server ends."""
    yield
    braintrust.flush()


serve(Starlette(routes=[Route("/tell", tell, methods=["POST"])], lifespan=lifespan))
