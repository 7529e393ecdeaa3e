"""Reads the parameters and the answer of Converse into row fields."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from braintrust_otel.instrument import (
    Fields,
    function_tool,
    json_settings,
    normalise_tool_choice,
)
from braintrust_otel_bedrock.blocks import chat_messages, system_messages
from braintrust_otel_bedrock.choices import answer_fields, choice
from braintrust_otel_bedrock.models import model_name

__all__ = [
    "conversation",
    "converse_choices",
    "inference_settings",
    "read_answer",
    "read_request",
    "tool_settings",
]

_SETTINGS: Final = {
    "maxTokens": "max_tokens",
    "max_new_tokens": "max_tokens",
    "temperature": "temperature",
    "topP": "top_p",
    "top_p": "top_p",
    "stopSequences": "stop",
}

# What a model may be asked for in its own words, where rows have a name for it.
_FURTHER: Final = ("temperature", "top_p", "max_tokens", "frequency_penalty", "presence_penalty")


def read_request(asked: Mapping[str, Any]) -> Fields:
    """Return ``input`` and ``metadata`` of a call of Converse, streamed or not."""
    metadata: dict[str, object] = {"provider": "bedrock"}
    model = model_name(asked.get("modelId"))
    if model is not None:
        metadata["model"] = model
    further = asked.get("additionalModelRequestFields")
    if isinstance(further, Mapping):
        metadata.update(json_settings(further, _FURTHER))
    metadata.update(inference_settings(asked.get("inferenceConfig")))
    metadata.update(_response_format(asked.get("outputConfig")))
    metadata.update(tool_settings(asked.get("toolConfig")))
    return {"input": conversation(asked), "metadata": metadata}


def read_answer(answer: Mapping[str, Any]) -> Fields:
    """Return the fields of an answer of Converse."""
    trace = answer.get("trace") or {}
    model = model_name((trace.get("promptRouter") or {}).get("invokedModelId"))
    return answer_fields(converse_choices(answer), answer.get("usage"), model)


def conversation(asked: Mapping[str, Any]) -> Any:
    """Return the messages, the system prompt first; for a stored prompt, what is put into it."""
    messages = asked.get("messages")
    if messages is None and asked.get("promptVariables"):
        return {"promptVariables": asked["promptVariables"]}
    told = system_messages(asked.get("system"))
    for message in messages or ():
        told.extend(chat_messages(message))
    return told


def converse_choices(answer: Mapping[str, Any]) -> list[dict[str, Any]] | None:
    """Return the one choice of an answer; None when there is no message in it."""
    message = (answer.get("output") or {}).get("message")
    if not message:
        return None
    told = chat_messages({"role": "assistant", **message})
    return [choice(0, told[0], answer.get("stopReason"))]


def inference_settings(config: Any) -> dict[str, object]:
    """Return the settings in an ``inferenceConfig`` under the names that rows have for them."""
    if not isinstance(config, Mapping):
        return {}
    settings = json_settings(config, tuple(_SETTINGS))
    return {_SETTINGS[name]: value for name, value in settings.items() if value is not None}


def tool_settings(config: Any) -> dict[str, object]:
    """Return the tools in a ``toolConfig``, and the choice among them."""
    if not isinstance(config, Mapping):
        return {}
    tools = [tool for tool in map(_tool, config.get("tools") or ()) if tool]
    found = {"tools": tools, "tool_choice": _tool_choice(config.get("toolChoice"))}
    return {name: value for name, value in found.items() if value}


def _tool(tool: Mapping[str, Any]) -> dict[str, object] | None:
    """Return a tool; None for a point in the list up to which the prompt is cached."""
    specified, built_in = tool.get("toolSpec"), tool.get("systemTool")
    if isinstance(specified, Mapping):
        schema = (specified.get("inputSchema") or {}).get("json")
        return function_tool({**specified, "parameters": schema})
    return {"type": "systemTool", **built_in} if isinstance(built_in, Mapping) else None


def _tool_choice(chosen: Any) -> object | None:
    if not isinstance(chosen, Mapping) or not chosen:
        return None
    kind, details = next(iter(chosen.items()))
    return normalise_tool_choice({"type": kind, **(details or {})})


def _response_format(config: Any) -> dict[str, object]:
    """Return the format that the answer must have: a JSON schema, or nothing."""
    form = (config or {}).get("textFormat") or {}
    described = (form.get("structure") or {}).get("jsonSchema")
    if not isinstance(described, Mapping):
        return {}
    told = dict(described)
    if isinstance(told.get("schema"), str):
        told["schema"] = json.loads(told["schema"])
    return {"response_format": {"type": "json_schema", "json_schema": told}}
