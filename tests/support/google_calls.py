"""Calls of the google-genai client, and what came of them in a form that can be compared."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager, contextmanager
from typing import Any

from google import genai

from support.outcomes import Outcome
from support.provider import Reply

__all__ = [
    "answer",
    "arguments_of",
    "ask",
    "ask_async",
    "called",
    "chunk",
    "client_of",
    "closing",
    "closing_async",
    "said",
    "streamed",
    "vertex_client_of",
]

# What differs from call to call: when it was made, and by which connection.
_PASSING = {"sdk_http_response"}


def client_of(base_url: str) -> Any:
    """Return a client of the Gemini API that waits five seconds at most."""
    return genai.Client(api_key="test", http_options={"base_url": base_url, "timeout": 5000})


def vertex_client_of(base_url: str) -> Any:
    """Return a client of Vertex AI, in the mode that takes a key."""
    options = {"base_url": base_url, "timeout": 5000}
    return genai.Client(vertexai=True, api_key="test", http_options=options)


@contextmanager
def closing(client: Any) -> Iterator[Any]:
    """Give *client*, and close its connections after the block; its oldest versions cannot."""
    with ExitStack() as after:
        api_client = client._api_client
        for name in ("_httpx_client", "_httpx2_client"):
            after.callback(getattr(getattr(api_client, name, None), "close", _nothing))
        after.callback(getattr(client, "close", _nothing))
        yield client


@asynccontextmanager
async def closing_async(client: Any) -> AsyncIterator[Any]:
    """Give *client*, and close its connections after the block; its oldest versions cannot."""
    async with AsyncExitStack() as after:
        after.enter_context(closing(client))
        inner = getattr(client._api_client, "_async_httpx_client", None)
        after.push_async_callback(getattr(inner, "aclose", _nothing_async))
        after.push_async_callback(getattr(client.aio, "aclose", _nothing_async))
        yield client


def arguments_of(recording: dict[str, Any]) -> dict[str, Any]:
    """Return the arguments by which a recorded request is made again."""
    body, path = recording["request"]["body"], recording["request"]["path"]
    config = dict(body.get("generationConfig", {}))
    config |= {
        name: body[name] for name in ("systemInstruction", "tools", "toolConfig") if name in body
    }
    model = path.rpartition("/")[2].partition(":")[0]
    return {"model": model, "contents": body["contents"], "config": config}


def ask(client: Any, asked: dict[str, Any], *, stream: bool) -> Outcome:
    """Make the call, read a stream to its end, return what it came to."""
    with closing(client):
        if stream:
            chunks = client.models.generate_content_stream(**asked)
            return _outcome(chunks, list(chunks))
        found = client.models.generate_content(**asked)
        return _outcome(found, [found])


async def ask_async(client: Any, asked: dict[str, Any], *, stream: bool) -> Outcome:
    """Make the call, read a stream to its end, return what it came to."""
    async with closing_async(client):
        if stream:
            chunks = await client.aio.models.generate_content_stream(**asked)
            return _outcome(chunks, [chunk async for chunk in chunks])
        found = await client.aio.models.generate_content(**asked)
        return _outcome(found, [found])


def said(text: str, **fields: Any) -> dict[str, Any]:
    """Return a candidate that says *text*."""
    return {
        "content": {"role": "model", "parts": [{"text": text}]},
        "finishReason": "STOP",
        **fields,
    }


def called(name: str, **args: Any) -> dict[str, Any]:
    """Return a candidate that calls the function *name*."""
    part = {"functionCall": {"name": name, "args": args}}
    return {"content": {"role": "model", "parts": [part]}, "finishReason": "STOP"}


def answer(*candidates: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """Return an answer, as Google would send it."""
    return {
        "candidates": list(candidates),
        "usageMetadata": {"promptTokenCount": 3, "candidatesTokenCount": 4, "totalTokenCount": 7},
        "modelVersion": "tiny-001",
        "responseId": "answer-1",
        **fields,
    }


def chunk(*parts: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """Return one chunk of a streamed answer with one candidate."""
    candidate = {"content": {"role": "model", "parts": list(parts)}, **fields}
    return {"candidates": [candidate], "modelVersion": "tiny-001"}


def streamed(chunks: Sequence[Any], **how: Any) -> Reply:
    """Return the reply that streams *chunks*."""
    return Reply(events=chunks, says_done=False, **how)


def _nothing() -> None:
    """Close nothing."""


async def _nothing_async() -> None:
    """Close nothing."""


def _outcome(found: Any, parts: list[Any]) -> Outcome:
    return Outcome(type(found), [part.model_dump(exclude=_PASSING) for part in parts])
