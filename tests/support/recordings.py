"""Recorded exchanges with model providers, and what each of them says a row must hold."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Mapping
from typing import Any

from support.house import ROOT

__all__ = [
    "answers_of",
    "expected_error",
    "expected_metadata",
    "expected_metrics",
    "expected_output",
    "load_recordings",
    "replay_server",
]

_SHARED = ROOT.parent / "shared"

_COUNTS = {
    ("prompt_tokens",): "prompt_tokens",
    ("completion_tokens",): "completion_tokens",
    ("total_tokens",): "tokens",
    ("prompt_tokens_details", "cached_tokens"): "prompt_cached_tokens",
    ("prompt_tokens_details", "audio_tokens"): "prompt_audio_tokens",
    ("completion_tokens_details", "reasoning_tokens"): "completion_reasoning_tokens",
    ("completion_tokens_details", "audio_tokens"): "completion_audio_tokens",
}
_SETTINGS = ("temperature", "top_p", "max_tokens", "stop", "response_format", "tool_choice")


def load_recordings(file: str, *kinds: str) -> list[dict[str, Any]]:
    """Return the recordings of *file* whose kind starts with one of *kinds*."""
    lines = (_SHARED / "recordings" / file).read_text(encoding="utf-8").splitlines()
    found = [json.loads(line) for line in lines]
    return [recording for recording in found if recording["kind"].startswith(kinds)]


def replay_server() -> Any:
    """Return the replay server over all recordings, not started yet."""
    path = _SHARED / "tools" / "replay_server.py"
    spec = importlib.util.spec_from_file_location("replay_server", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.ReplayServer(_SHARED / "recordings")


def expected_metadata(recording: Mapping[str, Any]) -> dict[str, Any]:
    """Return what ``metadata`` must be: who answered, the settings and the tools."""
    asked = recording["request"]["body"]
    answers = answers_of(recording)
    metadata = {name: asked[name] for name in _SETTINGS if name in asked}
    metadata["provider"] = "openai"
    metadata["model"] = answers[0].get("model", asked["model"])
    metadata |= {"tools": asked["tools"]} if asked.get("tools") else {}
    return metadata


def expected_metrics(recording: Mapping[str, Any]) -> dict[str, int]:
    """Return the token counts that the provider reported."""
    reports = [answer["usage"] for answer in answers_of(recording) if answer.get("usage")]
    metrics = {}
    for path, metric in _COUNTS.items():
        value: Any = reports[-1] if reports else {}
        for name in path:
            value = value.get(name, {})
        if isinstance(value, int):
            metrics[metric] = value
    return metrics


def expected_output(recording: Mapping[str, Any]) -> list[dict[str, Any]] | None:
    """Return the choices: as they came, or for a stream as the deltas spell them out."""
    answers = answers_of(recording)
    if "sse" not in recording["response"]:
        choices: list[dict[str, Any]] | None = answers[0].get("choices")
        return choices
    said = [choice for answer in answers for choice in answer["choices"]]
    return [
        _spelt([choice for choice in said if choice["index"] == index])
        for index in sorted({choice["index"] for choice in said})
    ]


def expected_error(recording: Mapping[str, Any]) -> str | None:
    """Return the provider's message of an exchange that failed."""
    error = (recording["response"].get("body") or {}).get("error")
    return None if error is None else str(error["message"])


def answers_of(recording: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the JSON bodies: one, or one for each event of a stream."""
    response = recording["response"]
    if "sse" not in response:
        return [response["body"]]
    lines = response["sse"].splitlines()
    texts = [line.removeprefix("data: ") for line in lines if line.startswith("data: ")]
    return [json.loads(text) for text in texts if text != "[DONE]"]


def _spelt(pieces: list[dict[str, Any]]) -> dict[str, Any]:
    """Return one choice out of its pieces."""
    deltas = [piece["delta"] for piece in pieces]
    texts = [delta["content"] for delta in deltas if delta.get("content")]
    calls = [call for delta in deltas for call in delta.get("tool_calls", ())]
    # An empty text says that there is one, unless a tool is called instead.
    has_text = any(delta.get("content") is not None for delta in deltas) and not calls
    message: dict[str, Any] = {"role": deltas[0]["role"]}
    message["content"] = "".join(texts) if texts or has_text else None
    if any("refusal" in delta for delta in deltas):
        message["refusal"] = "".join(d["refusal"] for d in deltas if d.get("refusal")) or None
    if calls:
        message["tool_calls"] = [
            _spelt_call([call for call in calls if call["index"] == index])
            for index in sorted({call["index"] for call in calls})
        ]
    return {
        "index": pieces[0]["index"],
        "message": message,
        "logprobs": None,
        "finish_reason": next(p["finish_reason"] for p in pieces if p["finish_reason"]),
    }


def _spelt_call(pieces: list[dict[str, Any]]) -> dict[str, Any]:
    """Return one tool call out of its pieces."""
    first = pieces[0]
    arguments = "".join(piece["function"].get("arguments", "") for piece in pieces)
    function = {"name": first["function"]["name"], "arguments": arguments}
    return {"id": first["id"], "type": first["type"], "function": function}
