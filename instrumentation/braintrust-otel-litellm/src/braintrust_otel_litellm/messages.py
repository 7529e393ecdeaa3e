"""Takes out of choices what LiteLLM put into them on this side."""

from __future__ import annotations

from typing import Any

__all__ = ["as_answered"]

_EXTRAS = "provider_specific_fields"

# What providers say that has no member of its own in every version.
_KEPT_EXTRAS = ("refusal", "citations")

# Members that are told although they are empty: there was no text, and no refusal.
_TOLD_EMPTY = frozenset({"content", "refusal"})


def as_answered(choice: Any) -> Any:
    """Return *choice* as the provider answered it, in OpenAI's form.

    LiteLLM has a member for each thing that any provider may say, empty where it says nothing. All
    that is peculiar to one stands apart, most of it a second time.

    Args:
        choice: A choice of an answer as plain data, put together out of its chunks or not.
    """
    if not isinstance(choice, dict):
        return choice
    told = _without_empty(choice)
    if isinstance(told.get("message"), dict):
        told["message"] = _message(told["message"])
    return told


def _message(message: dict[str, Any]) -> dict[str, Any]:
    extras = message.get(_EXTRAS) or {}
    told: dict[str, Any] = {"content": None, **_without_empty(message)}
    for name in _KEPT_EXTRAS:
        if name in extras and (name in _TOLD_EMPTY or extras[name] is not None):
            told.setdefault(name, extras[name])
    if told.get("tool_calls"):
        told["content"] = told["content"] or None
        told["tool_calls"] = [_without_index(call) for call in told["tool_calls"]]
    if told.get("thinking_blocks"):
        told["thinking_blocks"] = _joined(told["thinking_blocks"])
    return told


def _without_empty(told: dict[str, Any]) -> dict[str, Any]:
    return {
        name: value
        for name, value in told.items()
        if name != _EXTRAS and (value is not None or name in _TOLD_EMPTY)
    }


def _without_index(call: Any) -> Any:
    return {k: v for k, v in call.items() if k != "index"} if isinstance(call, dict) else call


def _joined(blocks: list[Any]) -> list[Any]:
    """Return the blocks of thought, each of which may have come in pieces and ends signed."""
    joined: list[Any] = []
    for block in blocks:
        if joined and _goes_on(joined[-1], block):
            last: dict[str, Any] = joined[-1]
            last["thinking"] = (last.get("thinking") or "") + (block.get("thinking") or "")
            last.update({k: v for k, v in block.items() if k != "thinking" and v})
        else:
            joined.append(dict(block) if isinstance(block, dict) else block)
    return joined


def _goes_on(last: Any, block: Any) -> bool:
    if not isinstance(last, dict) or not isinstance(block, dict):
        return False
    return last.get("type") == block.get("type") == "thinking" and not last.get("signature")
