"""Turns messages made of a provider's content blocks into messages of chat completions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from braintrust_otel._mapping.dialects.parts import messages_of

__all__ = ["chat_messages"]


def chat_messages(message: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return *message* as one message, and a further one for each tool result that it holds.

    Calls of tools, their results and reasoning take the form that rows have for them, and a single
    text becomes the content. What has no such form stays as it is, media among it.

    Args:
        message: Plain JSON, as Anthropic and others write messages: a role, and a ``content`` that
            is a text or a list of blocks.
    """
    return messages_of(message)
