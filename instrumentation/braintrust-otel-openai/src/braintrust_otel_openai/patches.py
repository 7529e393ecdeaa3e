"""What is patched: which method of which class, and on one client which method of which part."""

from __future__ import annotations

from collections.abc import Mapping

from braintrust_otel.instrument import Calls, Patch, Wrapper
from braintrust_otel_openai.chat import AsyncChatWrapper, ChatWrapper

__all__ = ["BETA_CHAT", "CALLS", "CHAT", "class_patches", "object_wrappers"]

CALLS = Calls("braintrust-otel-openai")
"""Starts the calls of this package."""

CHAT = "chat.completions"
BETA_CHAT = "beta.chat.completions"
"""Parts of a client that hold traced methods."""

_CHAT_MODULE = "openai.resources.chat.completions"
_BETA_CHAT_MODULE = "openai.resources.beta.chat.completions"

# From this version on, ``beta.chat.completions`` is ``chat.completions``, which has ``parse`` too.
_PARSE_LEFT_BETA = (1, 92)


def class_patches(calls: Calls) -> tuple[Patch, ...]:
    """Return the patches of the library's classes, whose calls *calls* starts."""
    chat, async_chat = ChatWrapper(calls), AsyncChatWrapper(calls)
    return (
        Patch(_CHAT_MODULE, "Completions.create", chat),
        Patch(_CHAT_MODULE, "AsyncCompletions.create", async_chat),
        Patch(_CHAT_MODULE, "Completions.parse", chat, since=_PARSE_LEFT_BETA),
        Patch(_CHAT_MODULE, "AsyncCompletions.parse", async_chat, since=_PARSE_LEFT_BETA),
        Patch(_BETA_CHAT_MODULE, "Completions.parse", chat, until=_PARSE_LEFT_BETA),
        Patch(_BETA_CHAT_MODULE, "AsyncCompletions.parse", async_chat, until=_PARSE_LEFT_BETA),
    )


def object_wrappers(calls: Calls, *, asynchronous: bool) -> Mapping[str, Wrapper]:
    """Return the wrappers for one client's part, by method."""
    chat: Wrapper = AsyncChatWrapper(calls) if asynchronous else ChatWrapper(calls)
    return {"create": chat, "parse": chat}
