"""Calls of the Responses API, what came of them, and answers as a provider would send them."""

from __future__ import annotations

from typing import Any

import openai

from support.outcomes import Outcome
from support.provider import Reply

__all__ = ["ask", "ask_async", "message", "response", "streamed", "text_events"]


def ask(client: Any, asked: dict[str, Any]) -> Outcome:
    """Make the call, read a stream to its end, close the client, return what it came to."""
    with client:
        try:
            answer = client.responses.create(**asked)
            return _outcome(answer, list(answer) if asked.get("stream") else [answer])
        except openai.APIError as error:
            return _failure(error)


async def ask_async(client: Any, asked: dict[str, Any]) -> Outcome:
    """Make the call, read a stream to its end, close the client, return what it came to."""
    async with client:
        try:
            answer = await client.responses.create(**asked)
            streams = asked.get("stream")
            return _outcome(answer, [part async for part in answer] if streams else [answer])
        except openai.APIError as error:
            return _failure(error)


def message(text: str, **members: Any) -> dict[str, Any]:
    """Return a message as an item of the output."""
    part = {"type": "output_text", "annotations": [], "logprobs": [], "text": text}
    return {
        "id": "msg_1",
        "type": "message",
        "status": "completed",
        "content": [part],
        "role": "assistant",
        **members,
    }


def response(*output: dict[str, Any], **members: Any) -> dict[str, Any]:
    """Return a response with *output*."""
    return {
        "id": "resp_1",
        "object": "response",
        "created_at": 1,
        "status": "completed",
        "error": None,
        "incomplete_details": None,
        "instructions": None,
        "metadata": {},
        "temperature": 1.0,
        "top_p": 1.0,
        "model": "tiny-2026-01-01",
        "output": list(output),
        "parallel_tool_calls": True,
        "tool_choice": "auto",
        "tools": [],
        **members,
    }


def text_events(*pieces: str, **members: Any) -> list[dict[str, Any]]:
    """Return the events of a response whose only item is a message of *pieces*."""
    whole = message("".join(pieces))
    begun = {**whole, "status": "in_progress", "content": []}
    part = {**whole["content"][0], "text": ""}
    place = {"output_index": 0, "content_index": 0, "item_id": "msg_1"}
    events: list[dict[str, Any]] = [
        {"type": "response.created", "response": response(status="in_progress")},
        {"type": "response.output_item.added", "output_index": 0, "item": begun},
        {"type": "response.content_part.added", **place, "part": part},
        *[
            {"type": "response.output_text.delta", **place, "delta": piece, "logprobs": []}
            for piece in pieces
        ],
        {"type": "response.output_text.done", **place, "text": "".join(pieces), "logprobs": []},
        {"type": "response.content_part.done", **place, "part": whole["content"][0]},
        {"type": "response.output_item.done", "output_index": 0, "item": whole},
        {"type": "response.completed", "response": response(whole, **members)},
    ]
    return [{**event, "sequence_number": number} for number, event in enumerate(events)]


def streamed(events: list[dict[str, Any]], **members: Any) -> Reply:
    """Return the reply of *events*, each under its name."""
    return Reply(events=events, is_named=True, **members)


def _outcome(answer: Any, parts: list[Any]) -> Outcome:
    return Outcome(type(answer), [part.model_dump() for part in parts])


def _failure(error: openai.APIError) -> Outcome:
    told = [str(error), getattr(error, "status_code", None), error.body, error.code]
    return Outcome(type(error), told)
