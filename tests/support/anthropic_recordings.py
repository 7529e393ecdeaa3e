"""What a recorded exchange with Anthropic says that its row must hold, read off its bytes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

__all__ = [
    "expected_input",
    "expected_metadata",
    "expected_metrics",
    "expected_output",
    "with_media_in_place",
]


def expected_input(recording: Mapping[str, Any]) -> list[Any]:
    """Return the conversation: the system prompt first, then the messages as they were sent."""
    asked = recording["request"]["body"]
    system = [{"role": "system", "content": asked["system"]}] if "system" in asked else []
    return [*system, *asked["messages"]]


def expected_metadata(recording: Mapping[str, Any]) -> dict[str, Any]:
    """Return who answered, the settings, and the tools as functions."""
    asked = recording["request"]["body"]
    told = {"provider": "anthropic", "model": _opening(recording)["model"]}
    told |= {name: asked[name] for name in ("temperature", "max_tokens") if name in asked}
    if "output_config" in asked:
        told["response_format"] = asked["output_config"]["format"]
    if "tools" in asked:
        told["tools"] = [{"type": "function", "function": _function(t)} for t in asked["tools"]]
    return told


def expected_metrics(recording: Mapping[str, Any]) -> dict[str, int]:
    """Return the token counts, summed up by hand from what the provider reported."""
    usage = dict(_opening(recording)["usage"])
    for event in _events(recording):
        if event["type"] == "message_delta":
            usage |= {name: count for name, count in event["usage"].items() if count is not None}
    cached = usage.get("cache_read_input_tokens", 0)
    prompt = usage["input_tokens"] + cached + usage.get("cache_creation_input_tokens", 0)
    metrics = {
        "prompt_tokens": prompt,
        "completion_tokens": usage["output_tokens"],
        "tokens": prompt + usage["output_tokens"],
    }
    if "cache_read_input_tokens" in usage:
        metrics["prompt_cached_tokens"] = cached
    if "cache_creation" in usage:
        split = usage["cache_creation"]
        metrics["prompt_cache_creation_5m_tokens"] = split["ephemeral_5m_input_tokens"]
        metrics["prompt_cache_creation_1h_tokens"] = split["ephemeral_1h_input_tokens"]
    elif "cache_creation_input_tokens" in usage:
        metrics["prompt_cache_creation_tokens"] = usage["cache_creation_input_tokens"]
    if "output_tokens_details" in usage:
        thought = usage["output_tokens_details"]["thinking_tokens"]
        metrics["completion_reasoning_tokens"] = thought
    return metrics


def expected_output(recording: Mapping[str, Any]) -> dict[str, Any]:
    """Return the message: as it came, or for a stream as the deltas spell it out."""
    events = _events(recording)
    if not events:
        body = recording["response"]["body"]
        return {name: body[name] for name in ("role", "content", "stop_reason")}
    starts = [event for event in events if event["type"] == "content_block_start"]
    ends = [event["delta"] for event in events if event["type"] == "message_delta"]
    return {
        "role": "assistant",
        "content": [_spelt(start, events) for start in starts],
        "stop_reason": ends[-1]["stop_reason"],
    }


def with_media_in_place(told: Any, sent: Any) -> Any:
    """Return *told* with each attachment that stands for *sent* media put back as that media."""
    if isinstance(told, list):
        return [with_media_in_place(*pair) for pair in zip(told, sent, strict=True)]
    if not isinstance(told, dict):
        return told
    if told.get("type") != "braintrust_attachment":
        return {name: with_media_in_place(item, sent[name]) for name, item in told.items()}
    assert told["content_type"] == sent["media_type"]
    assert told["key"]
    assert told["filename"]
    return sent


def _opening(recording: Mapping[str, Any]) -> Any:
    events = _events(recording)
    return events[0]["message"] if events else recording["response"]["body"]


def _events(recording: Mapping[str, Any]) -> list[Any]:
    lines = recording["response"].get("sse", "").splitlines()
    return [json.loads(line.removeprefix("data:")) for line in lines if line.startswith("data:")]


def _function(tool: Mapping[str, Any]) -> dict[str, Any]:
    named = {"name": tool["name"], "parameters": tool["input_schema"]}
    return named | ({"description": tool["description"]} if "description" in tool else {})


def _spelt(start: Mapping[str, Any], events: list[Any]) -> dict[str, Any]:
    deltas = [
        event["delta"]
        for event in events
        if event["type"] == "content_block_delta" and event["index"] == start["index"]
    ]
    block = dict(start["content_block"])
    for member in ("text", "thinking", "signature"):
        if member in block:
            block[member] += "".join(delta.get(member, "") for delta in deltas)
    if "input" in block:
        text = "".join(delta["partial_json"] for delta in deltas)
        block["input"] = json.loads(text or "{}")
    return block
