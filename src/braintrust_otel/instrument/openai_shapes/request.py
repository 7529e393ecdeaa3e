"""Reads the arguments of a chat completion into row fields."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from braintrust_otel.instrument.arguments import (
    SpanInfo,
    is_given,
    json_settings,
    serialize_response_format,
)
from braintrust_otel.instrument.plain import plain
from braintrust_otel.instrument.seams import Fields
from braintrust_otel.instrument.tools import function_tool, normalise_tool_choice, normalise_tools

__all__ = ["read_request", "request_metadata"]

_SETTINGS = (
    "temperature",
    "top_p",
    "max_tokens",
    "frequency_penalty",
    "presence_penalty",
    "stop",
    "response_format",
    "parallel_tool_calls",
    "max_tool_calls",
)


def read_request(kwargs: Mapping[str, Any], info: SpanInfo, provider: str) -> Fields:
    """Return ``input`` and ``metadata`` of a chat completion.

    Args:
        kwargs: Arguments of the call, iterators already read into lists.
        info: What the prompt behind the call says about it.
        provider: Who answers.
    """
    metadata = request_metadata(kwargs, info, provider)
    metadata.update(_tools(kwargs))
    return {"input": plain(kwargs.get("messages")), "metadata": metadata}


def request_metadata(kwargs: Mapping[str, Any], info: SpanInfo, provider: str) -> dict[str, object]:
    """Return who is asked, and those settings that all kinds of calls share.

    Args:
        kwargs: Arguments of the call.
        info: What the prompt behind the call says about it.
        provider: Who answers.
    """
    metadata: dict[str, object] = {**info.metadata, "provider": provider}
    if kwargs.get("model") is not None and is_given(kwargs["model"]):
        metadata["model"] = kwargs["model"]
    told = dict(kwargs)
    if "response_format" in told:
        told["response_format"] = serialize_response_format(told["response_format"])
    metadata.update(json_settings(told, _SETTINGS))
    return metadata


def _tools(kwargs: Mapping[str, Any]) -> dict[str, object]:
    """Return the tools and the choice among them, also from the older ``functions`` arguments."""
    tools = normalise_tools(kwargs.get("tools"))
    functions = kwargs.get("functions")
    if isinstance(functions, (list, tuple)):
        tools += [tool for tool in map(function_tool, functions) if tool]
    chosen = kwargs.get("tool_choice")
    if chosen is None or not is_given(chosen):
        chosen = kwargs.get("function_call")
    choice = normalise_tool_choice(chosen)
    found: dict[str, object] = {}
    if tools:
        found["tools"] = tools
    if choice is not None:
        found["tool_choice"] = choice
    return found
