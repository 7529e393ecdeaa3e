"""Writes the tools of a call, and the choice among them, in the form that rows have for them."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator, Mapping
from typing import Any

from braintrust_otel.instrument import function_tool, members, normalise_tools
from braintrust_otel_google_genai.config import config_members, given_tools
from braintrust_otel_google_genai.wire import camel_keys, wire

__all__ = ["json_schema", "tool_fields"]

_MODES = {"AUTO": "auto", "VALIDATED": "auto", "NONE": "none", "ANY": "required"}
_TRANSFORMERS = "google.genai._transformers"

# Members of a schema under which there are schemas: one, several, or several by name.
_ONE, _SEVERAL, _NAMED = ("items", "additionalProperties"), ("anyOf", "prefixItems"), "properties"


def tool_fields(config: Mapping[str, Any], resource: Any) -> dict[str, object]:
    """Return ``tools`` and ``tool_choice`` of the metadata, each if there is anything to say.

    Args:
        config: Members of the call's config.
        resource: The client's part whose method was called.
    """
    found: dict[str, object] = {}
    client = getattr(resource, "_api_client", None)
    offered = [shown for tool in given_tools(config) for shown in _shown(tool, client)]
    tools = normalise_tools(offered)
    if tools:
        found["tools"] = tools
    choice = _choice(config.get("toolConfig"))
    if choice is not None:
        found["tool_choice"] = choice
    return found


def json_schema(schema: Any) -> Any:
    """Return a schema of Google's, which writes types in capitals, as JSON Schema."""
    told = camel_keys(schema)
    return _lowered(told) if isinstance(told, dict) else told


def _lowered(schema: Mapping[str, Any]) -> dict[str, Any]:
    lowered = dict(schema)
    kind = lowered.get("type")
    if isinstance(kind, str):
        lowered["type"] = kind.lower()
    for name in _ONE:
        if isinstance(lowered.get(name), dict):
            lowered[name] = _lowered(lowered[name])
    for name in _SEVERAL:
        if isinstance(lowered.get(name), list):
            lowered[name] = [_lowered(s) if isinstance(s, dict) else s for s in lowered[name]]
    named = lowered.get(_NAMED)
    if isinstance(named, dict):
        lowered[_NAMED] = {n: _lowered(s) if isinstance(s, dict) else s for n, s in named.items()}
    return lowered


def _shown(tool: Any, client: Any) -> Iterator[Any]:
    """Return what *tool* stands for: functions, and tools that the provider runs by their type."""
    if not isinstance(tool, Mapping) and "function_declarations" not in members(tool):
        described = _described(tool, client)
        if described is None:
            yield _named(tool)
            return
        tool = described
    for name, settings in config_members(tool).items():
        if name == "functionDeclarations" and isinstance(settings, (list, tuple)):
            yield from [_declared(function) for function in settings]
        else:
            told = camel_keys(settings)
            yield {"type": _snake(name), **(told if isinstance(told, dict) else {name: told})}


def _described(function: Any, client: Any) -> Any:
    """Return a function as the library describes it to the model; None where it does not."""
    describe = getattr(sys.modules.get(_TRANSFORMERS), "t_tool", None)
    try:
        described = None if describe is None else describe(client, function)
    except Exception:  # noqa: BLE001  # a function that cannot be described is the call's to refuse
        return None
    return None if described is function else described


def _named(tool: Any) -> dict[str, object] | None:
    name = getattr(tool, "__name__", None)
    return function_tool({"name": name, "description": inspect.getdoc(tool)}) if name else None


def _declared(function: Any) -> dict[str, object] | None:
    told = config_members(function)
    schema = told.get("parametersJsonSchema")
    parameters = json_schema(told.get("parameters")) if schema is None else wire(schema)
    return function_tool({**told, "parameters": parameters})


def _choice(tool_config: Any) -> object | None:
    calling = config_members(config_members(tool_config).get("functionCallingConfig"))
    mode = wire(calling.get("mode"))
    choice = _MODES.get(mode.upper()) if isinstance(mode, str) else None
    allowed = calling.get("allowedFunctionNames")
    if choice == "required" and isinstance(allowed, (list, tuple)) and len(allowed) == 1:
        return {"type": "function", "function": {"name": str(allowed[0])}}
    return choice


def _snake(name: str) -> str:
    return "".join([f"_{letter.lower()}" if letter.isupper() else letter for letter in name])
