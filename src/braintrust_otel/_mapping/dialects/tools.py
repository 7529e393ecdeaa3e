"""Turns the tools that a call offered, and the choice among them, into the form of rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from braintrust_otel._mapping.dialects.reading import structure

__all__ = ["tool_choice", "tool_definitions"]

_FUNCTION_KEYS: Final = ("name", "description", "parameters", "strict")
_SCHEMAS: Final = ("parameters", "input_schema", "inputSchema", "parameters_json_schema")
_FUNCTION_TYPES: Final = (None, "function", "custom")
_CHOICES: Final = {
    "any": "required",
    "auto": "auto",
    "none": "none",
    "required": "required",
}
_CHOSEN: Final = ("function", "tool")


def tool_definitions(value: object) -> list[dict[str, Any]]:
    """Return the tools in *value* as function tools.

    Understood are a list of tools, or JSON text of one, in which each tool may itself be JSON text:
    as chat completions, Responses, Anthropic, the AI SDK or the GenAI conventions write them. Tools
    that the provider runs keep their own type and settings. What is no tool is left out.
    """
    tools = structure(value)
    if isinstance(tools, dict):
        tools = [tools]
    opened = map(structure, tools or ())
    found = (_tool(tool) for tool in opened if isinstance(tool, dict))
    return [tool for tool in found if tool]


def tool_choice(value: object) -> object | None:
    """Return ``auto``, ``none``, ``required`` or the one function that must be called.

    Returns:
        The choice; None when *value* says nothing that can be told in these terms.
    """
    chosen = structure(value)
    if chosen is None:
        return _CHOICES.get(value.lower()) if isinstance(value, str) else None
    return _choice(chosen) if isinstance(chosen, dict) else None


def _choice(chosen: Mapping[str, Any]) -> object | None:
    kind = chosen.get("type")
    holder = chosen.get("function")
    named = holder if isinstance(holder, dict) else chosen
    name = named.get("name", named.get("toolName"))
    if isinstance(name, str) and (kind is None or kind in _CHOSEN):
        return {"type": "function", "function": {"name": name}}
    if kind == "allowed_tools":
        return _CHOICES.get(str(chosen.get("mode")))
    return _CHOICES.get(kind) if isinstance(kind, str) else None


def _tool(tool: dict[str, Any]) -> dict[str, Any] | None:
    function = tool.get("function")
    if isinstance(function, dict):
        return _function(function)
    if tool.get("type") in _FUNCTION_TYPES:
        return _function(tool)
    return tool


def _function(tool: Mapping[str, Any]) -> dict[str, Any] | None:
    if not isinstance(tool.get("name"), str):
        return None
    given = dict(tool)
    schema = next((tool[key] for key in _SCHEMAS if tool.get(key) is not None), None)
    given["parameters"] = structure(schema) if isinstance(schema, str) else schema
    kept = {key: given[key] for key in _FUNCTION_KEYS if given.get(key) is not None}
    return {"type": "function", "function": kept}
