"""What each recorded exchange of the Responses API says a row must hold."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

__all__ = ["final_response", "told_input", "told_metadata", "told_metrics"]

_COUNTS = {
    ("input_tokens",): "prompt_tokens",
    ("output_tokens",): "completion_tokens",
    ("total_tokens",): "tokens",
    ("input_tokens_details", "cached_tokens"): "prompt_cached_tokens",
    ("output_tokens_details", "reasoning_tokens"): "completion_reasoning_tokens",
}
_SETTINGS = ("temperature", "top_p", "tool_choice", "parallel_tool_calls", "max_tool_calls")


def final_response(recording: Mapping[str, Any]) -> dict[str, Any]:
    """Return the answer: the body, or the response that the last event of a stream brings."""
    answer = recording["response"]
    if "sse" not in answer:
        body: dict[str, Any] = answer["body"]
        return body
    lines = [line for line in answer["sse"].splitlines() if line.startswith("data: {")]
    last: dict[str, Any] = json.loads(lines[-1].removeprefix("data: "))["response"]
    return last


def told_input(recording: Mapping[str, Any]) -> Any:
    """Return the input, after the instructions if there are any."""
    asked = recording["request"]["body"]
    if "instructions" not in asked:
        return asked["input"]
    given = asked["input"]
    items = [{"role": "user", "content": given}] if isinstance(given, str) else given
    return [{"role": "system", "content": asked["instructions"]}, *items]


def told_metadata(recording: Mapping[str, Any]) -> dict[str, Any]:
    """Return what ``metadata`` must be: who answered, the settings and the tools."""
    asked = recording["request"]["body"]
    metadata = {name: asked[name] for name in _SETTINGS if name in asked}
    metadata["provider"] = "openai"
    metadata["model"] = final_response(recording).get("model", asked["model"])
    metadata |= {"tools": [_chat_form(tool) for tool in asked["tools"]]} if "tools" in asked else {}
    form = asked.get("text", {}).get("format")
    if form is not None and form["type"] == "json_schema":
        schema = {name: value for name, value in form.items() if name != "type"}
        form = {"type": "json_schema", "json_schema": schema}
    return metadata | ({} if form is None else {"response_format": form})


def told_metrics(recording: Mapping[str, Any]) -> dict[str, int]:
    """Return the token counts that the provider reported."""
    metrics = {}
    for path, metric in _COUNTS.items():
        value: Any = final_response(recording).get("usage", {})
        for name in path:
            value = value.get(name, {})
        if isinstance(value, int):
            metrics[metric] = value
    return metrics


def _chat_form(tool: Mapping[str, Any]) -> dict[str, Any]:
    names = ("name", "description", "parameters", "strict")
    function = {name: tool[name] for name in names if tool.get(name) is not None}
    return {"type": "function", "function": function}
