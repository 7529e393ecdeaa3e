"""Turns lists of messages in any provider's form into the input and the output of a row."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from braintrust_otel._mapping.dialects.parts import messages_of

__all__ = ["choice", "conversation", "finish_reason", "output_choices", "with_instructions"]

_REASONS: Final = {
    "end_turn": "stop",
    "content-filter": "content_filter",
    "content_filter": "content_filter",
    "length": "length",
    "max_tokens": "length",
    "stop": "stop",
    "tool-calls": "tool_calls",
    "tool_call": "tool_calls",
    "tool_calls": "tool_calls",
    "tool_use": "tool_calls",
}
_SYSTEM_ROLES: Final = ("system", "developer")


def finish_reason(seen: object) -> str | None:
    """Return why a model stopped, as chat completions say it; an unknown reason stays."""
    if not isinstance(seen, str) or not seen:
        return None
    return _REASONS.get(seen.lower(), seen)


def conversation(value: object) -> list[dict[str, Any]] | None:
    """Return the messages of an input.

    Args:
        value: Plain JSON: a list of messages, or one message. An entry that is a text is what the
            user said.

    Returns:
        The messages; None when *value* is no such thing.
    """
    entries = [value] if isinstance(value, dict) else value
    if not isinstance(entries, list):
        return None
    told: list[dict[str, Any]] = []
    for entry in entries:
        if isinstance(entry, dict):
            told.extend(messages_of(entry))
        elif isinstance(entry, str):
            told.append({"role": "user", "content": entry})
        else:
            return None
    return told


def with_instructions(parts: object, told: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return *told* with the system instructions first, unless it opens with some.

    Args:
        parts: Plain JSON: a list of parts, one part, or a text.
        told: The messages.
    """
    if not parts or (told and told[0].get("role") in _SYSTEM_ROLES):
        return told
    entries = parts if isinstance(parts, list) else [parts]
    return [*messages_of({"role": "system", "parts": entries}), *told]


def output_choices(value: object, reasons: Sequence[str] = ()) -> list[dict[str, Any]] | None:
    """Return the choices of an output.

    Args:
        value: Plain JSON: a list of messages or of choices, or one of them.
        reasons: Why the model stopped, for the messages that do not say it themselves.

    Returns:
        The choices; None when *value* is no such thing.
    """
    entries = value if isinstance(value, list) else [value]
    choices: list[dict[str, Any]] = []
    for entry in entries:
        if isinstance(entry, str):
            messages = [{"role": "assistant", "content": entry}]
        elif isinstance(entry, dict):
            inner = entry.get("message")
            messages = messages_of(inner if isinstance(inner, dict) else entry)
        else:
            return None
        reason = entry.get("finish_reason") if isinstance(entry, dict) else None
        choices.extend(_numbered(messages, reason, reasons, len(choices)))
    return choices


def choice(index: int, message: Mapping[str, Any], reason: object = None) -> dict[str, Any]:
    """Return one choice of an output; a reason that nobody told is left out."""
    told: dict[str, Any] = {"index": index}
    normal = finish_reason(reason)
    if normal is not None:
        told["finish_reason"] = normal
    role = message.get("role") or "assistant"
    told["message"] = {"role": role, "content": None, **message}
    return told


def _numbered(
    messages: Iterable[Mapping[str, Any]], reason: object, reasons: Sequence[str], start: int
) -> list[dict[str, Any]]:
    return [
        choice(index, message, reason or _reason_of(index, reasons))
        for index, message in enumerate(messages, start)
    ]


def _reason_of(index: int, reasons: Sequence[str]) -> str | None:
    if len(reasons) == 1:
        return reasons[0]
    return reasons[index] if index < len(reasons) else None
