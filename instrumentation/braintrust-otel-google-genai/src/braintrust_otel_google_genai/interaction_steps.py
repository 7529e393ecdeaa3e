"""The steps of an interaction: as plain data, with media attached, and the tools among them."""

from __future__ import annotations

import binascii
from base64 import b64decode
from collections.abc import Iterator, Mapping
from typing import Any

from braintrust_otel.instrument import Child, attach_bytes, plain

__all__ = ["told", "tool_spans"]

# No set: what is compared may be anything.
_MEDIA = ("image", "audio", "document", "video")
_OPAQUE = frozenset({"arguments", "parameters", "schema"})
_CALL, _RESULT, _FUNCTION = "_call", "_result", "function"


def told(value: Any) -> Any:
    """Return models as plain data, media in them as attachments in its place."""
    return _shown(plain(value))


def tool_spans(steps: Any) -> list[Child]:
    """Return a span for each tool that ran at the provider, in their order.

    Functions are called by the user's program, so they are none.

    Args:
        steps: Steps of an answer, as plain data.
    """
    known = [step for step in steps if isinstance(step, Mapping)] if isinstance(steps, list) else []
    results = {
        (_tool(step, _RESULT), str(step.get("call_id"))): step
        for step in known
        if _tool(step, _RESULT)
    }
    return list(_spans(known, results))


def _spans(
    steps: list[Mapping[str, Any]], results: Mapping[tuple[str, str], Mapping[str, Any]]
) -> Iterator[Child]:
    for step in steps:
        tool = _tool(step, _CALL)
        result = results.get((tool, str(step.get("id"))))
        if not tool or tool == _FUNCTION or result is None:
            continue
        fields: dict[str, object] = {"input": step.get("arguments"), "output": result.get("result")}
        if result.get("is_error") is True:
            fields["error"] = "The tool answered with an error."
        about = {name: step[name] for name in ("id", "server_name") if step.get(name) is not None}
        name = step.get("name")
        named = name if isinstance(name, str) and name else tool
        yield Child(named, {**fields, **({"metadata": about} if about else {})})


def _tool(step: Mapping[str, Any], ending: str) -> str:
    """Return the tool of a step whose type has *ending*; nothing for other steps."""
    kind = step.get("type")
    return kind.removesuffix(ending) if isinstance(kind, str) and kind.endswith(ending) else ""


def _shown(value: Any) -> Any:
    if isinstance(value, (list, tuple)):
        return [_shown(item) for item in value]
    if not isinstance(value, Mapping):
        return value
    if value.get("is_unknown") is True and "raw" in value:
        return value["raw"]  # the library keeps what it does not know in a model of its own
    shown = {
        name: item if name in _OPAQUE else _shown(item)
        for name, item in value.items()
        if item is not None
    }
    return _attached(shown) if value.get("type") in _MEDIA else shown


def _attached(content: dict[str, Any]) -> dict[str, Any]:
    kind, data = content.get("mime_type"), _bytes(content.get("data"))
    if not data or not isinstance(kind, str):
        return content
    attachment = attach_bytes(data, "attachment", kind)
    if attachment is None:
        return content
    rest = {name: item for name, item in content.items() if name not in {"data", "mime_type"}}
    if content["type"] == "image":
        return {**rest, "image_url": {"url": attachment}}
    return {**rest, "file": {"file_data": attachment}}


def _bytes(data: Any) -> bytes | None:
    if isinstance(data, (bytes, bytearray)):
        return bytes(data)
    if not isinstance(data, str):
        return None
    try:
        return b64decode(data, validate=True)
    except (binascii.Error, ValueError):
        return None
