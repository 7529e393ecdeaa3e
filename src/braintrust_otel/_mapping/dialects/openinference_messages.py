"""Turns the flattened messages of OpenInference into the input and the output of a row."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from braintrust_otel._mapping.dialects.flattened import Branch, has_gaps
from braintrust_otel._mapping.dialects.messages import choice
from braintrust_otel._mapping.dialects.parts import messages_of
from braintrust_otel._mapping.dialects.reading import structure

__all__ = ["flattened_choices", "flattened_messages", "lacks_parts"]

_OTHERS: Final = ("id", "signature", "data", "encrypted_content")
_LINKS: Final = (("image", "image"), ("audio", "audio"), ("video", "video"))


def flattened_messages(entries: Iterable[tuple[int, Branch]]) -> list[dict[str, Any]]:
    """Return the messages that *entries* hold."""
    told: list[dict[str, Any]] = []
    for _, entry in entries:
        message = entry.at("message")
        if message:
            told.extend(messages_of(_message(message)))
    return told


def flattened_choices(
    entries: Iterable[tuple[int, Branch]], reason: str | None
) -> list[dict[str, Any]]:
    """Return the choices of an output.

    Args:
        entries: The messages.
        reason: Why the model stopped, if the span says it.
    """
    messages = flattened_messages(entries)
    if reason is None:
        # Of a call that failed there may be an answer with a role and nothing else.
        messages = [message for message in messages if message.keys() - {"role"}]
    return [choice(index, message, reason) for index, message in enumerate(messages)]


def lacks_parts(entries: Iterable[tuple[int, Branch]]) -> bool:
    """Tell whether parts were left out of the content of any message."""
    contents = (entry.at("message").entries("contents") for _, entry in entries)
    return any(has_gaps([number for number, _ in numbered]) for numbered in contents)


def _message(branch: Branch) -> dict[str, Any]:
    message: dict[str, Any] = {"role": branch.text("role")}
    for name in ("name", "tool_call_id"):
        value = branch.text(name)
        if value is not None:
            message[name] = value
    calls = [_call(call.at("tool_call")) for _, call in branch.entries("tool_calls")]
    calls.extend(_function_call(branch))
    content: Any = branch.value("content")
    parts = [_part(part) for _, part in branch.entries("contents")]
    if parts:
        content = parts if content is None else [{"type": "text", "text": content}, *parts]
    if content is not None:
        message["content"] = content
    if calls:
        message["tool_calls"] = calls
    return message


def _call(branch: Branch) -> dict[str, Any]:
    function = {
        name: value
        for name in ("name", "arguments")
        if (value := branch.value(f"function.{name}")) is not None
    }
    call: dict[str, Any] = {"function": function}
    call_id = branch.text("id")
    if call_id is not None:
        call["id"] = call_id
    return call


def _function_call(branch: Branch) -> Iterable[dict[str, Any]]:
    name = branch.text("function_call_name")
    arguments = branch.value("function_call_arguments_json")
    if name is None and arguments is None:
        return ()
    function = {"name": name, "arguments": arguments}
    return ({"function": {key: value for key, value in function.items() if value is not None}},)


def _part(branch: Branch) -> dict[str, Any]:
    """Return one part of a content, in the terms of the GenAI conventions."""
    content = branch.at("message_content")
    kind = content.text("type")
    if branch.at("tool_call"):
        return {**_call(branch.at("tool_call")), "type": "tool_call"}
    for name, modality in _LINKS:
        linked = _linked(content.at(f"{name}.{name}"), modality)
        if linked is not None:
            return linked
    document = _document(content.at("document.document"))
    if document is not None:
        return document
    return _written(content, kind)


def _written(content: Branch, kind: str | None) -> dict[str, Any]:
    text = content.value("text")
    others = {name: value for name in _OTHERS if (value := content.value(name)) is not None}
    if kind in (None, "text", "reasoning"):
        told = {} if text is None else {"content": text}
        return {"type": kind or "text", **told, **others}
    whole = structure(text)
    if isinstance(whole, dict) and whole.get("type") == kind:
        return whole  # a block that the conventions have no words for, as the client sent it
    return {"type": kind, **({} if text is None else {"text": text}), **others}


def _linked(media: Branch, modality: str) -> dict[str, Any] | None:
    url = media.text("url")
    if url is None:
        return None
    part: dict[str, Any] = {"type": "uri", "modality": modality, "uri": url}
    for name in ("mime_type", "transcript"):
        value = media.text(name)
        if value is not None:
            part[name] = value
    return part


def _document(document: Branch) -> dict[str, Any] | None:
    url = document.text("url")
    name = document.text("name")
    if url is None:
        return None
    return {"type": "uri", "uri": url, **({} if name is None else {"filename": name})}
