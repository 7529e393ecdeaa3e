"""What the sink answers: as a Braintrust server, an OTLP receiver, and a model provider."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

__all__ = ["COMPLETION", "STREAM", "braintrust_reply"]

_ORG = {"id": "00000000-0000-4000-8000-000000000001", "name": "benchmark"}
_PROJECT = {"id": "00000000-0000-4000-8000-000000000002", "name": "benchmark", "org_id": _ORG["id"]}
_MODEL = "loopback-model-1"
_WORDS = 500


def braintrust_reply(path: str, url: str) -> Mapping[str, Any]:
    """Return the answer to a Braintrust request that carries no rows."""
    if path.endswith("/login"):
        return {"org_info": [{**_ORG, "api_url": url, "proxy_url": url}]}
    if "project" in path:
        # Releases differ in where they find the project.
        return {**_PROJECT, "project": _PROJECT}
    if path == "/version":
        return {"version": "1.0.0"}
    return {}


def _envelope(kind: str) -> dict[str, Any]:
    return {"id": "chatcmpl-1", "object": kind, "created": 1_790_000_000, "model": _MODEL}


def _completion() -> bytes:
    message = {"role": "assistant", "content": "word " * 40, "refusal": None}
    choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": "stop"}
    usage = {"prompt_tokens": 2000, "completion_tokens": 40, "total_tokens": 2040}
    return json.dumps(
        {**_envelope("chat.completion"), "choices": [choice], "usage": usage}
    ).encode()


def _stream() -> bytes:
    deltas: list[tuple[dict[str, str], str | None]] = [({"role": "assistant", "content": ""}, None)]
    deltas += [({"content": "word "}, None)] * _WORDS
    deltas.append(({}, "stop"))
    events = []
    for delta, reason in deltas:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": reason}
        chunk = {**_envelope("chat.completion.chunk"), "choices": [choice]}
        events.append(f"data: {json.dumps(chunk)}\n\n")
    return "".join([*events, "data: [DONE]\n\n"]).encode()


COMPLETION = _completion()
"""A chat completion."""

STREAM = _stream()
"""The events of a streamed chat completion of some 500 chunks."""
