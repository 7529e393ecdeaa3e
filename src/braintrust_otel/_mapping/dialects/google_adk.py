"""The dialect of Google's Agent Development Kit: ``gcp.vertex.agent.*``, beside the conventions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from braintrust_otel._mapping.dialects.messages import (
    conversation,
    output_choices,
    with_instructions,
)
from braintrust_otel._mapping.dialects.native_usage import usage_findings
from braintrust_otel._mapping.dialects.reading import plain, structure
from braintrust_otel._mapping.dialects.tools import tool_definitions
from braintrust_otel._mapping.findings import Finding, nothing
from braintrust_otel._mapping.values import native
from braintrust_otel._mapping.view import SpanView

__all__ = ["google_adk_dialect"]

_PREFIX: Final = "gcp.vertex.agent."
_REQUEST: Final = "gcp.vertex.agent.llm_request"
_RESPONSE: Final = "gcp.vertex.agent.llm_response"
_RUNS: Final = (
    ("input", "gcp.vertex.agent.tool_call_args"),
    ("output", "gcp.vertex.agent.tool_response"),
)
_SETTINGS: Final = {
    "frequency_penalty": "frequency_penalty",
    "max_output_tokens": "max_tokens",
    "presence_penalty": "presence_penalty",
    "seed": "seed",
    "stop_sequences": "stop",
    "temperature": "temperature",
    "top_k": "top_k",
    "top_p": "top_p",
}
_ANSWER: Final = frozenset({"content", "finish_reason", "usage_metadata"})


def google_adk_dialect(view: SpanView) -> Iterable[Finding]:
    """Return what the ``gcp.vertex.agent.*`` attributes of *view* say."""
    if not any(name.startswith(_PREFIX) for name in view.attributes):
        return ()
    return _findings(view.attributes)


def _findings(attributes: Mapping[str, object]) -> Iterator[Finding]:
    for field, name in _RUNS:
        if name in attributes:
            yield Finding("span_attributes", "tool", (), "type")
            found = structure(attributes[name])
            value = plain(attributes[name]) if found is None else found
            yield Finding(field, native(value), (name,))
    request, response = structure(attributes.get(_REQUEST)), structure(attributes.get(_RESPONSE))
    # The spans of tools have both, as empty objects.
    yield nothing(*[name for name in (_REQUEST, _RESPONSE) if attributes.get(name) in _EMPTY])
    if isinstance(request, dict) and request:
        yield Finding("span_attributes", "llm", (), "type")
        yield from _asked(request)
    if isinstance(response, dict) and response:
        yield from _answered(response)


_EMPTY: Final = ("{}", "null", "")


def _asked(request: Mapping[str, Any]) -> Iterator[Finding]:
    told = request.get("config")
    config: dict[str, Any] = dict(told) if isinstance(told, dict) else {}
    messages = conversation(request.get("contents"))
    if messages is None:
        yield Finding("input", native(plain(request)), (_REQUEST,))
        return
    asked = with_instructions(_parts(config.pop("system_instruction", None)), messages)
    yield Finding("input", native(asked), (_REQUEST,))
    model = request.get("model")
    if isinstance(model, str):
        yield Finding("metadata", model, (), "model")
    tools = tool_definitions(list(_declared(config.pop("tools", None))))
    if tools:
        yield Finding("metadata", native(tools), (_REQUEST,), "tools")
    for name, member in _SETTINGS.items():
        value = config.pop(name, None)
        if value is not None:
            yield Finding("metadata", native(value), (_REQUEST,), member)
    rest = {key: value for key, value in config.items() if value not in (None, [], {})}
    if rest:
        yield Finding("metadata", native(rest), (_REQUEST,), _REQUEST)


def _parts(instruction: Any) -> Any:
    """Return the parts of an instruction that may be a text, a content, or parts."""
    parts = instruction.get("parts") if isinstance(instruction, dict) else None
    return instruction if parts is None else parts


def _declared(tools: Any) -> Iterator[dict[str, Any]]:
    """Return the tools one by one, as Google declares several functions in one."""
    for tool in tools if isinstance(tools, list) else ():
        if not isinstance(tool, dict):
            continue
        functions = tool.get("function_declarations") or tool.get("functionDeclarations")
        if not isinstance(functions, list):
            yield {"type": next(iter(tool), "unknown"), **tool}
            continue
        for function in functions:
            if isinstance(function, dict):
                schema = function.get("parameters_json_schema") or function.get("parameters")
                yield {**function, "parameters": schema}


def _answered(response: Mapping[str, Any]) -> Iterator[Finding]:
    content, reason = response.get("content"), response.get("finish_reason")
    if isinstance(content, dict):
        reasons = (reason,) if isinstance(reason, str) else ()
        said = output_choices(content, reasons)
        yield Finding("output", native(said), (_RESPONSE,))
    elif isinstance(response.get("candidates"), list):
        yield Finding("output", native({"candidates": response["candidates"]}), (_RESPONSE,))
    yield from usage_findings(response.get("usage_metadata"), _RESPONSE)
    rest = {key: value for key, value in response.items() if _is_rest(key, value)}
    if rest:
        yield Finding("metadata", native(rest), (_RESPONSE,), _RESPONSE)


def _is_rest(key: str, value: Any) -> bool:
    return key not in _ANSWER and key != "candidates" and value is not None
