"""What a row says of a model call, in a form in which rows of different shapes can be compared.

Written by hand and apart from the code that maps spans: of a message what was said, which tools
were called with what, what they answered, what was thought, and which media there was.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

__all__ = ["differences", "facts"]

_REASONS = {"end_turn": "stop", "tool_use": "tool_calls", "max_tokens": "length"}
_TIMES = ("start", "end", "time_to_first_token")


def facts(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return what *row* says: the messages, the token counts, the model, the provider."""
    metadata = row.get("metadata", {})
    told = {name: metadata.get(name) for name in ("model", "provider")}
    told |= {name: count for name, count in row["metrics"].items() if name not in _TIMES}
    told["is_timed"] = "time_to_first_token" in row["metrics"]
    told["type"] = row["span_attributes"].get("type")
    told["has_failed"] = row.get("error") is not None
    if "input" in row:
        told["input"] = [part for sent in row["input"] for part in _messages(sent)]
    if row.get("output") is not None:
        told["output"] = _output(row["output"])
    return told


def differences(ours: Mapping[str, Any], theirs: Mapping[str, Any]) -> set[str]:
    """Return which facts differ: ``-x`` if only *ours* has x, ``+x`` if only *theirs* has.

    A count of nothing that only *ours* has is no difference: many emitters leave those out.
    """
    lacking = {f"-{name}" for name in ours.keys() - theirs.keys() if ours[name] != 0}
    further = {f"+{name}" for name in theirs.keys() - ours.keys()}
    others = {name for name in ours.keys() & theirs.keys() if ours[name] != theirs[name]}
    return lacking | further | others


def _output(output: Any) -> list[Any]:
    if isinstance(output, dict):
        reason = output["stop_reason"]
        return [(0, _REASONS.get(reason, reason), *_messages(output))]
    return [
        (choice["index"], choice.get("finish_reason"), *_messages(choice["message"]))
        for choice in output
    ]


def _messages(message: Mapping[str, Any]) -> list[dict[str, Any]]:
    content = message.get("content")
    parts = content if isinstance(content, list) else [{"type": "text", "text": content or ""}]
    calls = message.get("tool_calls") or ()
    told = {
        "role": message["role"],
        "text": [part["text"] for part in parts if part["type"] == "text" and part["text"]],
        "calls": [*map(_call, calls), *map(_call, _of(parts, "tool_use"))],
        "reasoning": [
            *[part["thinking"] for part in _of(parts, "thinking")],
            *[part["content"] for part in message.get("reasoning") or ()],
        ],
        "media": [media for part in parts for media in _media(part)],
        "answers": message.get("tool_call_id"),
    }
    return [{name: value for name, value in told.items() if value}]


def _of(parts: Iterable[Mapping[str, Any]], kind: str) -> list[Mapping[str, Any]]:
    return [part for part in parts if part["type"] == kind]


def _call(call: Mapping[str, Any]) -> tuple[Any, ...]:
    if "input" in call:
        return call["id"], call["name"], call["input"]
    function = call["function"]
    return call.get("id"), function["name"], json.loads(function["arguments"])


def _media(part: Mapping[str, Any]) -> Iterable[object]:
    for holder in ("image_url", "file", "source"):
        inner = part.get(holder)
        if inner is not None:
            kept = inner if "content_type" in inner else next(iter(inner.values()))
            yield kept["content_type"] if isinstance(kept, dict) else kept
