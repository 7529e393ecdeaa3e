"""Turns lists of message events, as the GenAI conventions had them up to 1.36, into messages.

pydantic-ai and Logfire wrote such lists into one attribute of the span.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from braintrust_otel._mapping.dialects.messages import conversation, output_choices

__all__ = ["split_events"]

_CHOICE: Final = "gen_ai.choice"
_ROLES: Final = {
    "gen_ai.assistant.message": "assistant",
    "gen_ai.system.message": "system",
    "gen_ai.tool.message": "tool",
    "gen_ai.user.message": "user",
}
_NO_MESSAGE: Final = frozenset({"event.name", "gen_ai.message.index", "gen_ai.system"})


def split_events(
    events: object,
) -> tuple[list[dict[str, Any]] | None, list[dict[str, Any]] | None]:
    """Return the messages that were sent and the choices that came back.

    Args:
        events: Plain JSON: the list of events, each with the event's name among its members.

    Returns:
        Both; None for either where there is none.
    """
    if not isinstance(events, list):
        return None, None
    entries = [entry for entry in events if isinstance(entry, dict)]
    sent = conversation(_messages(entries))
    answers = [_choice(entry) for entry in entries if entry.get("event.name") == _CHOICE]
    return sent or None, output_choices(answers) if answers else None


def _messages(entries: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    messages: list[dict[str, Any]] = []
    for entry in entries:
        if entry.get("event.name") == _CHOICE:
            continue
        message = {key: value for key, value in entry.items() if key not in _NO_MESSAGE}
        message.setdefault("role", _ROLES.get(str(entry.get("event.name"))))
        if message["role"] is None:
            del message["role"]
        if message.get("role") == "tool" and "id" in message:
            message["tool_call_id"] = message.pop("id")
        messages.append(message)
    return messages


def _choice(entry: Mapping[str, Any]) -> dict[str, Any]:
    message = entry.get("message")
    told = message if isinstance(message, dict) else {"content": message}
    return {"message": {"role": "assistant", **told}, "finish_reason": entry.get("finish_reason")}
