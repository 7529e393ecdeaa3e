"""Finds the tools that Anthropic ran itself, by the blocks of an answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from braintrust_otel.instrument import Child

__all__ = ["server_tool_spans"]

_USES = frozenset({"server_tool_use", "mcp_tool_use"})
_REDACTED = "<redacted>"


def server_tool_spans(blocks: Any) -> list[Child]:
    """Return a tool span for each use of a tool that ran at the provider, in their order.

    Args:
        blocks: Content blocks of an answer, as plain data. Uses and results are matched by id; a
            use without a result, as in an answer that pauses, has no output.
    """
    if not isinstance(blocks, Sequence):
        return []
    known = [block for block in blocks if isinstance(block, Mapping)]
    results = {str(block["tool_use_id"]): block for block in known if "tool_use_id" in block}
    return [
        _tool_span(block, results.get(str(block.get("id"))))
        for block in known
        if str(block.get("type")) in _USES
    ]


def _tool_span(use: Mapping[str, Any], result: Mapping[str, Any] | None) -> Child:
    metadata = {"tool_use_id": use.get("id")}
    if isinstance(use.get("server_name"), str):
        metadata["server_name"] = use["server_name"]
    fields: dict[str, object] = {"input": use.get("input"), "metadata": metadata}
    if result is not None:
        fields["output"] = _without_secrets(result.get("content"))
        error = _error_of(result)
        if error is not None:
            fields["error"] = error
    return Child(str(use.get("name") or use.get("type")), fields)


def _error_of(result: Mapping[str, Any]) -> str | None:
    content = result.get("content")
    if isinstance(content, Mapping) and str(content.get("type", "")).endswith("_error"):
        return str(content.get("error_code") or content.get("type"))
    if result.get("is_error") is not True:
        return None
    texts = content if isinstance(content, list) else [content]
    told = [text.get("text") if isinstance(text, Mapping) else text for text in texts]
    return "\n".join(str(text) for text in told if text) or "error"


def _without_secrets(value: Any) -> Any:
    """Return *value* with what only the provider can read, and nobody wants to, replaced."""
    if isinstance(value, Mapping):
        return {
            key: _REDACTED if str(key).startswith("encrypted_") and item else _without_secrets(item)
            for key, item in value.items()
        }
    if isinstance(value, list):
        return [_without_secrets(item) for item in value]
    return value
