"""Reads the arguments of a call of the Responses API into row fields."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from braintrust_otel.instrument.arguments import SpanInfo, is_given
from braintrust_otel.instrument.openai_shapes.request import request_metadata
from braintrust_otel.instrument.plain import members, plain
from braintrust_otel.instrument.seams import Fields
from braintrust_otel.instrument.tools import normalise_tool_choice, normalise_tools

__all__ = ["read_responses_request"]

# What ``parse`` adds to items on this side, and users send back with the items of earlier turns.
_ADDED = frozenset({"parsed", "parsed_arguments"})

# What tools may hold that gives access to somebody's server.
_SECRETS = frozenset({"headers", "authorization", "domain_secrets"})


def read_responses_request(kwargs: Mapping[str, Any], info: SpanInfo, provider: str) -> Fields:
    """Return ``input`` and ``metadata`` of a call of the Responses API.

    Args:
        kwargs: Arguments of the call, iterators already read into lists.
        info: What the prompt behind the call says about it.
        provider: Who answers.
    """
    told = {**kwargs, **_response_format(kwargs)}
    if "max_output_tokens" in kwargs:
        told["max_tokens"] = kwargs["max_output_tokens"]
    metadata = request_metadata(told, info, provider)
    metadata.update(_tools(kwargs))
    fields: dict[str, object] = {"metadata": metadata}
    told_input = _input(kwargs)
    if told_input is not None:
        fields["input"] = told_input
    return fields


def _argument(kwargs: Mapping[str, Any], name: str) -> Any:
    value = kwargs.get(name)
    return value if is_given(value) else None


def _input(kwargs: Mapping[str, Any]) -> object:
    """Return what was asked, with the instructions as the system message before it."""
    asked = plain(_argument(kwargs, "input"), without=_ADDED)
    instructions = _argument(kwargs, "instructions")
    if not instructions:
        return asked
    items = asked if isinstance(asked, list) else []
    if asked and not isinstance(asked, list):
        items = [{"role": "user", "content": asked}]
    return [{"role": "system", "content": plain(instructions)}, *items]


def _response_format(kwargs: Mapping[str, Any]) -> dict[str, object]:
    """Return the form the answer must have, as chat completions write it."""
    wanted = _argument(kwargs, "text_format")
    if wanted is not None:
        return {"response_format": wanted}
    form = members(_argument(kwargs, "text")).get("format")
    told = plain(form)
    if not isinstance(told, Mapping):
        return {}
    if told.get("type") != "json_schema":
        return {"response_format": told}
    schema = {name: value for name, value in told.items() if name != "type"}
    return {"response_format": {"type": "json_schema", "json_schema": schema}}


def _tools(kwargs: Mapping[str, Any]) -> dict[str, object]:
    found: dict[str, object] = {}
    tools = normalise_tools(kwargs.get("tools"))
    if tools:
        found["tools"] = [
            tool if tool.get("type") == "function" else _without_secrets(tool) for tool in tools
        ]
    choice = normalise_tool_choice(_argument(kwargs, "tool_choice"))
    if choice is not None:
        found["tool_choice"] = choice
    return found


def _without_secrets(value: Any) -> Any:
    if isinstance(value, Mapping):
        kept = {name: item for name, item in value.items() if name not in _SECRETS}
        return {name: _without_secrets(item) for name, item in kept.items()}
    if isinstance(value, list):
        return [_without_secrets(item) for item in value]
    return value
