"""Calls of the openai client, and what came of them in a form that can be compared."""

from __future__ import annotations

from typing import Any

import openai

from support.outcomes import Outcome

__all__ = ["Outcome", "ask", "ask_async", "client_of", "completion", "piece"]


def client_of(base_url: str, *, asynchronous: bool) -> Any:
    """Return a client that asks once and waits five seconds at most."""
    kind = openai.AsyncOpenAI if asynchronous else openai.OpenAI
    return kind(base_url=base_url, api_key="test", max_retries=0, timeout=5)


def ask(client: Any, asked: dict[str, Any]) -> Outcome:
    """Make the call, read a stream to its end, close the client, return what it came to."""
    with client:
        try:
            answer = client.chat.completions.create(**asked)
            return _outcome(answer, list(answer) if asked.get("stream") else [answer])
        except openai.APIError as error:
            return _failure(error)


async def ask_async(client: Any, asked: dict[str, Any]) -> Outcome:
    """Make the call, read a stream to its end, close the client, return what it came to."""
    async with client:
        try:
            answer = await client.chat.completions.create(**asked)
            streams = asked.get("stream")
            return _outcome(answer, [part async for part in answer] if streams else [answer])
        except openai.APIError as error:
            return _failure(error)


def completion(message: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """Return a completion with one choice, as a provider would send it."""
    choice = {
        "index": 0,
        "message": {"role": "assistant", **message},
        "logprobs": None,
        "finish_reason": "stop",
    }
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1,
        "model": "tiny-2026-01-01",
        "choices": [choice],
        **fields,
    }


def piece(
    delta: dict[str, Any], finish_reason: str | None = None, index: int = 0
) -> dict[str, Any]:
    """Return one chunk of a streamed completion, as a provider would send it."""
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion.chunk",
        "created": 1,
        "model": "tiny-2026-01-01",
        "choices": [{"index": index, "delta": delta, "finish_reason": finish_reason}],
    }


def _outcome(answer: Any, parts: list[Any]) -> Outcome:
    return Outcome(type(answer), [part.model_dump() for part in parts])


def _failure(error: openai.APIError) -> Outcome:
    told = [str(error), getattr(error, "status_code", None), error.body, error.code]
    return Outcome(type(error), told)
