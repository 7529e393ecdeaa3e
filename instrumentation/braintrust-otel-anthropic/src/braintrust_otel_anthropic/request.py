"""Reads the arguments of a call into row fields."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from braintrust_otel.instrument import (
    Fields,
    SpanInfo,
    function_tool,
    is_given,
    json_settings,
    normalise_tool_choice,
    normalise_tools,
    plain,
    serialize_response_format,
)

__all__ = ["read_batch_id", "read_batch_requests", "read_request"]

_SETTINGS = ("temperature", "top_p", "max_tokens")


def read_request(asked: Mapping[str, Any], info: SpanInfo, provider: str) -> Fields:
    """Return ``input`` and ``metadata`` of a call for a message.

    Args:
        asked: Arguments of the call, iterators already read into lists.
        info: What the prompt behind the call says about it.
        provider: Who answers.
    """
    extra = asked.get("extra_body")
    sent = {**asked, **extra} if isinstance(extra, Mapping) else asked
    metadata: dict[str, object] = {**info.metadata, "provider": provider}
    if is_given(sent.get("model")):
        metadata["model"] = sent.get("model")
    metadata.update(_settings(sent))
    metadata.update(_tools(sent))
    return {"input": _conversation(sent), "metadata": metadata}


def read_batch_requests(asked: Mapping[str, Any], info: SpanInfo, provider: str) -> Fields:
    """Return ``input`` and ``metadata`` of a call that makes a message batch."""
    return {
        "input": plain(asked.get("requests")),
        "metadata": {**info.metadata, "provider": provider},
    }


def read_batch_id(asked: Mapping[str, Any], info: SpanInfo, provider: str) -> Fields:
    """Return ``input`` and ``metadata`` of a call for the results of a message batch."""
    return {
        "input": {"message_batch_id": asked.get("message_batch_id")},
        "metadata": {**info.metadata, "provider": provider},
    }


def _conversation(sent: Mapping[str, Any]) -> Any:
    """Return the messages, with the system prompt as the first of them."""
    messages, system = plain(sent.get("messages")), sent.get("system")
    if not system or not is_given(system) or not isinstance(messages, list):
        return messages
    return [{"role": "system", "content": plain(system)}, *messages]


def _settings(sent: Mapping[str, Any]) -> dict[str, object]:
    """Return the settings of the call under the names that rows have for them."""
    settings = json_settings(sent, _SETTINGS)
    settings.update(json_settings({"stop": sent.get("stop_sequences")}, ("stop",)))
    settings.update(json_settings({"response_format": _format(sent)}, ("response_format",)))
    return {name: value for name, value in settings.items() if value is not None}


def _format(sent: Mapping[str, Any]) -> Any:
    """Return the format that the answer must have: a JSON schema, or nothing."""
    told = sent.get("output_format")
    if told is None or not is_given(told):
        config = sent.get("output_config")
        return config.get("format") if isinstance(config, Mapping) else None
    described = serialize_response_format(told)
    if described is told:
        return told
    return {"type": "json_schema", "schema": described["json_schema"]["schema"]}


def _tools(sent: Mapping[str, Any]) -> dict[str, object]:
    """Return the tools and the choice among them."""
    found: dict[str, object] = {}
    offered = sent.get("tools")
    if isinstance(offered, (list, tuple)):
        tools = [_function(tool) or tool for tool in map(plain, offered)]
        found["tools"] = normalise_tools(tools)
    chosen = sent.get("tool_choice")
    found["tool_choice"] = normalise_tool_choice(chosen)
    one_at_a_time = chosen.get("disable_parallel_tool_use") if isinstance(chosen, dict) else None
    if isinstance(one_at_a_time, bool):
        found["parallel_tool_calls"] = not one_at_a_time
    return {name: value for name, value in found.items() if value not in (None, [])}


def _function(tool: Any) -> dict[str, object] | None:
    """Return a tool that the caller runs, in the form of a function; None for any other tool."""
    if not isinstance(tool, Mapping) or tool.get("type") not in (None, "custom"):
        return None
    return function_tool({**tool, "parameters": tool.get("input_schema")})
