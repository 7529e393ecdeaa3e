"""Turns tools and tool choices of any provider into the one form that rows hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from braintrust_otel.instrument.arguments import is_given
from braintrust_otel.instrument.plain import plain

__all__ = ["function_tool", "normalise_tool_choice", "normalise_tools"]

_FUNCTION_KEYS = ("name", "description", "parameters", "strict")
_CHOICES = {"auto": "auto", "none": "none", "required": "required", "any": "required"}


def normalise_tools(tools: Any) -> list[dict[str, object]]:
    """Return *tools* as function tools; tools that the provider runs keep their own settings.

    Accepted are function tools as chat completions and as Responses write them. Entries that are
    no tools, and members that are code, are left out.

    Returns:
        The tools; empty when there are none, and then nothing belongs on the row.
    """
    if not is_given(tools) or not isinstance(tools, Sequence) or isinstance(tools, (str, bytes)):
        return []
    normalised = (_normalise_tool(plain(tool)) for tool in tools)
    return [tool for tool in normalised if tool]


def function_tool(function: Any) -> dict[str, object] | None:
    """Return a function tool for a bare function definition, or None when it has no name."""
    definition = plain(function)
    if not isinstance(definition, Mapping) or not isinstance(definition.get("name"), str):
        return None
    kept = {key: definition[key] for key in _FUNCTION_KEYS if definition.get(key) is not None}
    return {"type": "function", "function": kept}


def normalise_tool_choice(choice: Any) -> object | None:
    """Return ``auto``, ``none``, ``required`` or the one function that must be called.

    Returns:
        The choice; None when nothing was chosen or it cannot be said in these terms.
    """
    chosen = plain(choice)
    if isinstance(chosen, str):
        return _CHOICES.get(chosen)
    if not isinstance(chosen, Mapping):
        return None
    kind = chosen.get("type")
    holder = chosen.get(kind) if isinstance(kind, str) else None
    if kind == "allowed_tools":
        return normalise_tool_choice((holder or chosen).get("mode"))
    name = holder.get("name") if isinstance(holder, Mapping) else chosen.get("name")
    if isinstance(name, str):
        return {"type": "function", "function": {"name": name}}
    return _CHOICES.get(kind) if isinstance(kind, str) else None


def _normalise_tool(tool: Any) -> dict[str, object] | None:
    if not isinstance(tool, Mapping):
        return None
    if tool.get("type", "function") == "function":
        return function_tool(tool.get("function", tool))
    return {str(key): value for key, value in tool.items() if not callable(value)}
