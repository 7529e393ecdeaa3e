"""Reads conversations and tools in the form of Cohere's Command R."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from braintrust_otel_bedrock.blocks import json_text

__all__ = ["cohere_calls", "cohere_conversation", "cohere_tools"]

_ROLES: Final = {"CHATBOT": "assistant", "SYSTEM": "system", "TOOL": "tool", "USER": "user"}


def cohere_conversation(body: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the messages: the preamble, what was said before, what is said, what tools found."""
    told = [{"role": "system", "content": body["preamble"]}] if body.get("preamble") else []
    told += [_turn(turn) for turn in body.get("chat_history") or ()]
    told.append({"role": "user", "content": body["message"]})
    for result in body.get("tool_results") or ():
        told.append({"role": "tool", "content": json_text(result.get("outputs"))})
    return told


def cohere_tools(body: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the tools as function tools."""
    return [_tool(tool) for tool in body.get("tools") or ()]


def cohere_calls(calls: Any) -> list[dict[str, Any]]:
    """Return calls of tools as chat completions have them; Cohere gives them no ids."""
    return [
        {
            "id": None,
            "type": "function",
            "function": {
                "name": call.get("name"),
                "arguments": json_text(call.get("parameters") or {}),
            },
        }
        for call in calls or ()
    ]


def _turn(turn: Mapping[str, Any]) -> dict[str, Any]:
    role = turn.get("role")
    message = {"role": _ROLES.get(str(role), role), "content": turn.get("message")}
    calls = cohere_calls(turn.get("tool_calls"))
    return {**message, "tool_calls": calls} if calls else message


def _tool(tool: Mapping[str, Any]) -> dict[str, Any]:
    defined: Mapping[str, Any] = tool.get("parameter_definitions") or {}
    properties = {
        name: {key: value for key, value in told.items() if key != "required"}
        for name, told in defined.items()
    }
    schema: dict[str, Any] = {"type": "object", "properties": properties}
    required = [name for name, told in defined.items() if told.get("required")]
    if required:
        schema["required"] = required
    function = {"name": tool.get("name"), "description": tool.get("description")}
    return {"type": "function", "function": {**function, "parameters": schema}}
