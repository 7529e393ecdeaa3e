"""Reads the arguments of calls into row fields."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from braintrust_otel.instrument import Fields, SpanInfo, plain, request_attributes
from braintrust_otel_litellm.providers import requested

__all__ = ["ReadShape", "reader"]

ReadShape = Callable[[Mapping[str, Any], SpanInfo, str], Fields]
"""Reads arguments in OpenAI's form, given what the prompt says and who answers."""

_NO_INFO = SpanInfo()


def reader(read: ReadShape, provider: str = "") -> Callable[[Mapping[str, Any], Any], Fields]:
    """Return what reads the arguments of a function whose form *read* knows.

    Args:
        read: Reads them in OpenAI's form.
        provider: Who answers where nothing says otherwise; "" if that cannot be told.
    """

    def read_request(asked: Mapping[str, Any], router: Any) -> Fields:
        model, named = _asked(asked, router)
        told = {**asked, "model": model, **_tools(asked)}
        fields = dict(read(told, _NO_INFO, named or provider))
        metadata: Any = fields["metadata"]
        if not metadata["provider"]:
            del metadata["provider"]
        return {**fields, "attributes": partial(request_attributes, asked)}

    return read_request


def _asked(asked: Mapping[str, Any], router: Any) -> tuple[str | None, str | None]:
    if router is not None:
        return asked.get("model"), None  # a name of its own, which may stand for several providers
    return requested(asked.get("model"), asked.get("custom_llm_provider"))


def _tools(asked: Mapping[str, Any]) -> dict[str, Any]:
    """Return the tools in OpenAI's form; LiteLLM takes those in Anthropic's, too."""
    tools = asked.get("tools")
    if not isinstance(tools, (list, tuple)):
        return {}
    return {"tools": [_tool(plain(tool)) for tool in tools]}


def _tool(tool: Any) -> Any:
    if not isinstance(tool, Mapping) or "input_schema" not in tool or "name" not in tool:
        return tool
    function = {key: value for key, value in tool.items() if key not in ("input_schema", "type")}
    return {"type": "function", "function": {**function, "parameters": tool["input_schema"]}}
