"""Calls of the anthropic client, and what came of them in a form that can be compared."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from typing import Any

import anthropic

from support.outcomes import Outcome
from support.provider import Reply

__all__ = [
    "ask",
    "ask_async",
    "ask_helper",
    "ask_helper_async",
    "batch",
    "block_events",
    "client_of",
    "message",
    "message_events",
    "streamed",
]


def client_of(base_url: str, *, asynchronous: bool) -> Any:
    """Return a client that asks once and waits five seconds at most."""
    kind = anthropic.AsyncAnthropic if asynchronous else anthropic.Anthropic
    return kind(base_url=base_url, api_key="test", max_retries=0, timeout=5)


def ask(client: Any, asked: dict[str, Any], part: str = "messages") -> Outcome:
    """Make the call, read a stream to its end, close the client, return what it came to."""
    with client:
        create = _part(client, part).create
        answer = create(**_accepted(create, asked))
        return _outcome(answer, list(answer) if asked.get("stream") else [answer])


async def ask_async(client: Any, asked: dict[str, Any], part: str = "messages") -> Outcome:
    """Make the call, read a stream to its end, close the client, return what it came to."""
    async with client:
        create = _part(client, part).create
        answer = await create(**_accepted(create, asked))
        streams = asked.get("stream")
        return _outcome(answer, [event async for event in answer] if streams else [answer])


def ask_helper(client: Any, asked: dict[str, Any], part: str = "messages") -> Outcome:
    """Stream with the library's helper: events first, then the message that it made of them."""
    with client:
        stream = _part(client, part).stream
        with stream(**_accepted(stream, _unstreamed(asked))) as events:
            return _outcome(events, [*events, events.get_final_message()])


async def ask_helper_async(client: Any, asked: dict[str, Any], part: str = "messages") -> Outcome:
    """Stream with the library's helper: events first, then the message that it made of them."""
    async with client:
        stream = _part(client, part).stream
        async with stream(**_accepted(stream, _unstreamed(asked))) as events:
            seen = [event async for event in events]
            return _outcome(events, [*seen, await events.get_final_message()])


def message(content: list[dict[str, Any]], **fields: Any) -> dict[str, Any]:
    """Return a message, as Anthropic would send it."""
    return {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": "tiny-2026-01-01",
        "content": content,
        "stop_reason": "end_turn",
        "stop_sequence": None,
        "usage": {"input_tokens": 1, "output_tokens": 2},
        **fields,
    }


def message_events(*blocks: list[dict[str, Any]], stop_reason: str = "end_turn") -> list[Any]:
    """Return the events of a streamed message, given those of its blocks."""
    begun = message([], stop_reason=None, usage={"input_tokens": 1, "output_tokens": 1})
    return [
        {"type": "message_start", "message": begun},
        *[event for block in blocks for event in block],
        {
            "type": "message_delta",
            "delta": {"stop_reason": stop_reason, "stop_sequence": None},
            "usage": {"output_tokens": 2},
        },
        {"type": "message_stop"},
    ]


def block_events(
    start: dict[str, Any], deltas: Sequence[dict[str, Any]] = (), index: int = 0
) -> list[Any]:
    """Return the events of one content block."""
    return [
        {"type": "content_block_start", "index": index, "content_block": start},
        *[{"type": "content_block_delta", "index": index, "delta": delta} for delta in deltas],
        {"type": "content_block_stop", "index": index},
    ]


def streamed(events: Sequence[Any], **how: Any) -> Reply:
    """Return the reply that streams *events*."""
    return Reply(events=events, is_named=True, **how)


def batch(**fields: Any) -> dict[str, Any]:
    """Return a message batch, as Anthropic would send it."""
    counts = {"processing": 1, "succeeded": 0, "errored": 0, "canceled": 0, "expired": 0}
    return {
        "id": "msgbatch_1",
        "type": "message_batch",
        "processing_status": "in_progress",
        "request_counts": counts,
        **fields,
    }


def _part(client: Any, path: str) -> Any:
    part = client
    for name in path.split("."):
        part = getattr(part, name)
    return part


def _unstreamed(asked: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in asked.items() if name != "stream"}


def _accepted(method: Any, asked: dict[str, Any]) -> dict[str, Any]:
    """Return *asked* with what this version of *method* does not know by name in ``extra_body``."""
    known = inspect.signature(method).parameters
    accepted = {name: value for name, value in asked.items() if name in known}
    others = {name: value for name, value in asked.items() if name not in known}
    return {**accepted, "extra_body": others} if others else accepted


def _outcome(answer: Any, parts: list[Any]) -> Outcome:
    return Outcome(type(answer), [part.model_dump(warnings=False) for part in parts])
