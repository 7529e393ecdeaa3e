"""Looks at the ``config`` of a call: a mapping in snake or camel case, a model, or nothing."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

from braintrust_otel.instrument import is_given, members
from braintrust_otel_google_genai.wire import camel

__all__ = ["config_members", "given_tools", "runs_functions"]

_HELPERS = "google.genai._extra_utils"


def config_members(config: Any) -> dict[str, Any]:
    """Return what was given in *config*, under the names that JSON has for it."""
    told = config if isinstance(config, Mapping) else members(config)
    return {
        camel(str(name)): value
        for name, value in told.items()
        if value is not None and is_given(value)
    }


def given_tools(config: Mapping[str, Any]) -> list[Any]:
    """Return the tools of a config's members, one by one."""
    tools = config.get("tools")
    return list(tools) if isinstance(tools, (list, tuple)) else []


def runs_functions(config: Any, provider: str) -> bool:
    """Whether the library itself may call functions for the model, and ask it again.

    It does so for Python functions and MCP sessions among the tools, unless that was turned off or
    a function is declared beside them that only the caller can run.
    """
    told = config_members(config)
    tools = given_tools(told)
    if not tools or _is_turned_off(told):
        return False
    declared = any(_declares(tool) for tool in tools)
    if declared and hasattr(sys.modules.get(_HELPERS), "find_afc_incompatible_tool_indexes"):
        return False
    return any(_is_run_here(tool, provider) for tool in tools)


def _is_turned_off(told: Mapping[str, Any]) -> bool:
    automatic = config_members(told.get("automaticFunctionCalling"))
    rounds = automatic.get("maximumRemoteCalls")
    return bool(automatic.get("disable")) or (isinstance(rounds, int) and rounds <= 0)


def _declares(tool: Any) -> bool:
    return bool(config_members(tool).get("functionDeclarations"))


def _is_run_here(tool: Any, provider: str) -> bool:
    if isinstance(tool, Mapping) or hasattr(type(tool), "model_fields"):
        return provider == "vertex" and bool(config_members(tool).get("mcpServers"))
    return callable(tool) or _is_session(tool)


def _is_session(tool: Any) -> bool:
    """Whether *tool* is a session with a server of tools, by what it can do."""
    return all(callable(getattr(tool, name, None)) for name in ("list_tools", "call_tool"))
