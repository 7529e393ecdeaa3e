"""What a recorded exchange with Amazon Bedrock says that its row must hold, read off its bytes."""

from __future__ import annotations

import base64
import json
import struct
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import unquote

__all__ = [
    "expected_input",
    "expected_metadata",
    "expected_metrics",
    "expected_output",
    "model_of",
    "same_output",
]

_COUNTS = {"inputTokens": "prompt_tokens", "outputTokens": "completion_tokens"}
_NAME = b":event-type\x07"
_REASONS = {"end_turn": "stop", "tool_use": "tool_calls"}


def model_of(recording: Mapping[str, Any]) -> str:
    """Return the model that was asked, from the path."""
    return unquote(recording["request"]["path"].split("/")[2])


def expected_input(recording: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the conversation, which in the recordings is nothing but texts."""
    asked = recording["request"]["body"]
    sent = [{"role": "system", "content": asked["system"]}] if "system" in asked else []
    return [
        {"role": message["role"], "content": message["content"][0]["text"]}
        for message in [*sent, *asked["messages"]]
    ]


def expected_metadata(recording: Mapping[str, Any]) -> dict[str, Any]:
    """Return who answered, and the tools as functions."""
    told: dict[str, Any] = {"provider": "bedrock", "model": model_of(recording)}
    tools = recording["request"]["body"].get("toolConfig", {}).get("tools", [])
    functions = [
        {
            "name": tool["toolSpec"]["name"],
            "description": tool["toolSpec"]["description"],
            "parameters": tool["toolSpec"]["inputSchema"]["json"],
        }
        for tool in tools
    ]
    if functions:
        told["tools"] = [{"type": "function", "function": function} for function in functions]
    return told


def expected_metrics(recording: Mapping[str, Any]) -> dict[str, int]:
    """Return the token counts that the provider reported."""
    usage = _answer(recording)["usage"]
    counts = {metric: usage[name] for name, metric in _COUNTS.items()}
    return {**counts, "tokens": usage["totalTokens"]}


def expected_output(recording: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the one choice; arguments of tools are what their text means."""
    answer = _answer(recording)
    blocks = answer["content"]
    texts = [block["text"] for block in blocks if "text" in block]
    message: dict[str, Any] = {"role": "assistant", "content": "".join(texts) if texts else None}
    calls = [block["toolUse"] for block in blocks if "toolUse" in block]
    if calls:
        message["tool_calls"] = [
            {
                "id": call["toolUseId"],
                "type": "function",
                "function": {"name": call["name"], "arguments": call["input"]},
            }
            for call in calls
        ]
    reason = _REASONS[answer["stopReason"]]
    return [{"index": 0, "finish_reason": reason, "message": message}]


def same_output(told: Any) -> Any:
    """Return an output with the arguments of tools as what their text means."""
    choices = json.loads(json.dumps(told))
    for choice in choices:
        for call in choice["message"].get("tool_calls", ()):
            assert isinstance(call["function"]["arguments"], str)
            call["function"]["arguments"] = json.loads(call["function"]["arguments"])
    return choices


def _answer(recording: Mapping[str, Any]) -> dict[str, Any]:
    """Return the content, the reason to stop and the usage of an answer, streamed or not."""
    body = recording["response"].get("body")
    if body is not None:
        return {**body, "content": body["output"]["message"]["content"]}
    events = list(_events(base64.b64decode(recording["response"]["b64"])))
    answer: dict[str, Any] = {"content": _blocks(events)}
    for kind, event in events:
        answer |= event if kind in ("messageStop", "metadata") else {}
    return answer


def _blocks(events: list[tuple[str, dict[str, Any]]]) -> list[dict[str, Any]]:
    """Return the content of a streamed answer: in the recordings one text or one call of a tool."""
    starts = [event["start"]["toolUse"] for kind, event in events if kind == "contentBlockStart"]
    pieces = [event["delta"] for kind, event in events if kind == "contentBlockDelta"]
    if not starts:
        return [{"text": "".join(piece["text"] for piece in pieces)}]
    (start,) = starts
    text = "".join(piece["toolUse"]["input"] for piece in pieces)
    return [{"toolUse": {**start, "input": json.loads(text)}}]


def _events(raw: bytes) -> Iterator[tuple[str, dict[str, Any]]]:
    while raw:
        size, headers = struct.unpack(">II", raw[:8])
        head, payload = raw[12 : 12 + headers], raw[12 + headers : size - 4]
        at = head.index(_NAME) + len(_NAME)
        length = int.from_bytes(head[at : at + 2], "big")
        yield head[at + 2 : at + 2 + length].decode(), json.loads(payload)
        raw = raw[size:]
