"""Reads the arguments of a call into row fields."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from braintrust_otel.instrument import (
    Fields,
    json_settings,
    request_attributes,
    serialize_response_format,
)
from braintrust_otel_google_genai.config import config_members
from braintrust_otel_google_genai.contents import contents_of, system_message
from braintrust_otel_google_genai.providers import provider_of, server_of
from braintrust_otel_google_genai.tools import json_schema, tool_fields
from braintrust_otel_google_genai.wire import wire

__all__ = ["read_chat_message", "read_request", "request_metadata"]

_SETTINGS = {
    "temperature": "temperature",
    "topP": "top_p",
    "maxOutputTokens": "max_tokens",
    "frequencyPenalty": "frequency_penalty",
    "presencePenalty": "presence_penalty",
    "stopSequences": "stop",
}
# What OpenTelemetry has a name for and rows have not, as ``request_attributes`` knows it.
_FURTHER = {"topK": "top_k", "seed": "seed", "candidateCount": "n"}
_JSON = "application/json"


def read_request(asked: Mapping[str, Any], resource: Any) -> Fields:
    """Return ``input`` and ``metadata`` of a call that generates content.

    Args:
        asked: Arguments of the call.
        resource: The client's part whose method was called.
    """
    config = config_members(asked.get("config"))
    contents = [*system_message(config.get("systemInstruction")), *contents_of(asked["contents"])]
    return {
        "input": {"model": asked.get("model"), "contents": contents},
        "metadata": request_metadata(asked.get("model"), config, resource),
        "attributes": partial(_attributes, config, resource),
    }


def read_chat_message(asked: Mapping[str, Any], chat: Any) -> Fields:
    """Return ``input`` and ``metadata`` of a message to a chat in which functions are run."""
    model = getattr(chat, "_model", None)
    config = config_members(asked.get("config") or getattr(chat, "_config", None))
    resource = getattr(chat, "_modules", None)
    return {
        "input": {"model": model, "contents": contents_of(asked.get("message"))},
        "metadata": request_metadata(model, config, resource),
    }


def request_metadata(model: Any, config: Mapping[str, Any], resource: Any) -> dict[str, object]:
    """Return the metadata of a call: who answers, the settings, and the tools.

    Args:
        model: The model that was asked for.
        config: Members of the call's config.
        resource: The client's part whose method was called.
    """
    metadata: dict[str, object] = {"provider": provider_of(resource)}
    if isinstance(model, str) and model:
        metadata["model"] = model.removeprefix("models/")
    named = {to: wire(config[name]) for name, to in _SETTINGS.items() if name in config}
    metadata.update(json_settings(named, tuple(named)))
    form = _response_format(config)
    if form is not None:
        metadata["response_format"] = form
    metadata.update(tool_fields(config, resource))
    return metadata


def _response_format(config: Mapping[str, Any]) -> object | None:
    """Return the format that the answer must have: a JSON schema, JSON, or nothing."""
    schema = config.get("responseJsonSchema", config.get("responseSchema"))
    if schema is None:
        return {"type": "json_object"} if config.get("responseMimeType") == _JSON else None
    described = serialize_response_format(schema)
    if described is not schema:
        return {"type": "json_schema", "json_schema": described["json_schema"]}
    if isinstance(schema, Mapping) or hasattr(type(schema), "model_fields"):
        return {"type": "json_schema", "json_schema": {"schema": json_schema(schema)}}
    return {
        "type": "json_schema",
        "json_schema": {"name": getattr(schema, "__name__", str(schema))},
    }


def _attributes(config: Mapping[str, Any], resource: Any) -> dict[str, Any]:
    further = {to: config[name] for name, to in _FURTHER.items() if name in config}
    return {**request_attributes(further), **server_of(resource)}
