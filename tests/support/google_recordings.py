"""What a recorded exchange with Google says that its row must hold, read off its bytes."""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import Mapping
from typing import Any

__all__ = [
    "expected_input",
    "expected_metadata",
    "expected_metrics",
    "expected_output",
    "is_streamed",
    "with_media_in_place",
]

_SETTINGS = {"temperature": "temperature", "topP": "top_p", "maxOutputTokens": "max_tokens"}


def is_streamed(recording: Mapping[str, Any]) -> bool:
    """Whether the answer was streamed."""
    return "sse" in recording["response"]


def expected_input(recording: Mapping[str, Any]) -> dict[str, Any]:
    """Return the model and the contents as they were sent, the system instruction first."""
    asked = recording["request"]["body"]
    instruction = asked.get("systemInstruction")
    system = [{"role": "system", "parts": instruction["parts"]}] if instruction else []
    return {"model": _asked_model(recording), "contents": [*system, *asked["contents"]]}


def expected_metadata(recording: Mapping[str, Any]) -> dict[str, Any]:
    """Return who answered, the settings, and the tools as functions."""
    asked = recording["request"]["body"]
    told = {"provider": "google", "model": _answers(recording)[-1]["modelVersion"]}
    settings = asked.get("generationConfig", {})
    told |= {to: settings[name] for name, to in _SETTINGS.items() if name in settings}
    declared = [one for tool in asked.get("tools", ()) for one in tool["functionDeclarations"]]
    if declared:
        told["tools"] = [{"type": "function", "function": _function(one)} for one in declared]
    return told


def expected_metrics(recording: Mapping[str, Any]) -> dict[str, int]:
    """Return the token counts, summed up by hand from what the provider reported."""
    usage = _answers(recording)[-1]["usageMetadata"]
    metrics = {
        "prompt_tokens": usage["promptTokenCount"],
        "completion_tokens": usage["totalTokenCount"] - usage["promptTokenCount"],
        "tokens": usage["totalTokenCount"],
    }
    if "thoughtsTokenCount" in usage:
        metrics["completion_reasoning_tokens"] = usage["thoughtsTokenCount"]
    return metrics


def expected_output(recording: Mapping[str, Any]) -> dict[str, Any]:
    """Return the candidates: as they came, or for a stream as the chunks spell them out."""
    answers = _answers(recording)
    if not is_streamed(recording):
        return {"candidates": answers[0]["candidates"]}
    candidates = [candidate for answer in answers for candidate in answer["candidates"]]
    whole: dict[str, Any] = {}
    for candidate in candidates:
        whole |= {name: told for name, told in candidate.items() if name != "content"}
    parts = [part for c in candidates for part in c.get("content", {}).get("parts", ())]
    return {"candidates": [{**whole, "content": {"role": "model", "parts": _spelt(parts)}}]}


def with_media_in_place(told: Any, sent: Any) -> Any:
    """Return *told* with each attachment that stands for *sent* media put back as that media."""
    if isinstance(told, list):
        return [with_media_in_place(*pair) for pair in zip(told, sent, strict=True)]
    if not isinstance(told, dict):
        return told
    if "inlineData" in sent:
        reference = told["image_url"]["url"]
        assert reference["type"] == "braintrust_attachment"
        assert reference["content_type"] == sent["inlineData"]["mimeType"]
        assert reference["key"]
        assert b64decode(sent["inlineData"]["data"], altchars=b"-_")
        return sent
    return {name: with_media_in_place(item, sent[name]) for name, item in told.items()}


def _spelt(parts: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the parts with the texts of thoughts, and those of the answer, each in one."""
    spelt = [part for part in parts if "text" not in part]
    for is_thought in (False, True):
        texts = [
            part for part in parts if "text" in part and part.get("thought", False) is is_thought
        ]
        if texts:
            joined = {name: told for part in texts for name, told in part.items()}
            spelt.insert(0, {**joined, "text": "".join(part["text"] for part in texts)})
    return spelt


def _function(declared: Mapping[str, Any]) -> dict[str, Any]:
    named = {name: declared[name] for name in ("name", "description") if name in declared}
    return {**named, "parameters": json.loads(_in_small(json.dumps(declared["parameters"])))}


def _in_small(schema: str) -> str:
    for name in ("OBJECT", "STRING", "NUMBER", "INTEGER", "BOOLEAN", "ARRAY"):
        schema = schema.replace(f'"type": "{name}"', f'"type": "{name.lower()}"')
    return schema


def _asked_model(recording: Mapping[str, Any]) -> str:
    path: str = recording["request"]["path"]
    return path.rpartition("/")[2].partition(":")[0]


def _answers(recording: Mapping[str, Any]) -> list[dict[str, Any]]:
    if not is_streamed(recording):
        return [recording["response"]["body"]]
    lines = recording["response"]["sse"].splitlines()
    return [json.loads(line.removeprefix("data:")) for line in lines if line.startswith("data:")]
