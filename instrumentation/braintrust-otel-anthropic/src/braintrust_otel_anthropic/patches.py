"""What is patched: which method of which class, and on one client which method of which part."""

from __future__ import annotations

from collections.abc import Mapping

from braintrust_otel.instrument import (
    AsyncMethodWrapper,
    Calls,
    MethodWrapper,
    Patch,
    Reading,
    StreamHelperWrapper,
    Wrapper,
)
from braintrust_otel_anthropic.operations import (
    BATCH_CREATE,
    BATCH_RESULTS,
    CREATE,
    PARSE,
    STREAM,
)

__all__ = ["BATCHES", "CALLS", "MESSAGES", "batches_wrappers", "class_patches", "messages_wrappers"]

CALLS = Calls("braintrust-otel-anthropic")
"""Starts the calls of this package."""

MESSAGES = ("messages", "beta.messages")
"""Parts of a client that hold the methods for messages."""

BATCHES = ("messages.batches", "beta.messages.batches")
"""Parts of a client that hold the methods for message batches."""

_STABLE = "anthropic.resources.messages"
_BETA = "anthropic.resources.beta.messages"
# The clients of these two take the functions of the class above into classes of their own.
_BEDROCK = "anthropic.lib.bedrock._beta_messages"
_VERTEX = "anthropic.lib.vertex._beta_messages"

Version = tuple[int, ...]

# Module, method, and the first version that has it.
_MESSAGES_METHODS: tuple[tuple[str, str, Version], ...] = (
    (f"{_STABLE}.messages", "create", ()),
    (f"{_STABLE}.messages", "parse", (0, 77)),
    (f"{_STABLE}.messages", "stream", ()),
    (f"{_BETA}.messages", "create", ()),
    (f"{_BETA}.messages", "parse", (0, 73)),
    (f"{_BETA}.messages", "stream", ()),
    (_BEDROCK, "create", ()),
    (_BEDROCK, "parse", (0, 122)),
    (_BEDROCK, "stream", (0, 122)),
    (_VERTEX, "create", ()),
    (_VERTEX, "parse", (0, 122)),
    (_VERTEX, "stream", (0, 60)),
)
_BATCHES_METHODS: tuple[tuple[str, str, Version], ...] = (
    (f"{_STABLE}.batches", "create", ()),
    (f"{_STABLE}.batches", "results", ()),
    (f"{_BETA}.batches", "create", ()),
    (f"{_BETA}.batches", "results", ()),
)


def class_patches(calls: Calls) -> tuple[Patch, ...]:
    """Return the patches of the library's classes, whose calls *calls* starts."""
    patches: list[Patch] = []
    for asynchronous, prefix in ((False, ""), (True, "Async")):
        tables = (
            ("Messages", _MESSAGES_METHODS, messages_wrappers(calls, asynchronous=asynchronous)),
            ("Batches", _BATCHES_METHODS, batches_wrappers(calls, asynchronous=asynchronous)),
        )
        patches += [
            Patch(module, f"{prefix}{kind}.{method}", wrappers[method], since=since)
            for kind, methods, wrappers in tables
            for module, method, since in methods
        ]
    return tuple(patches)


def messages_wrappers(calls: Calls, *, asynchronous: bool) -> Mapping[str, Wrapper]:
    """Return the wrappers for the methods of a part for messages."""
    return {
        "create": _wrapper(calls, CREATE, asynchronous=asynchronous),
        "parse": _wrapper(calls, PARSE, asynchronous=asynchronous),
        "stream": StreamHelperWrapper(calls, STREAM),
    }


def batches_wrappers(calls: Calls, *, asynchronous: bool) -> Mapping[str, Wrapper]:
    """Return the wrappers for the methods of a part for message batches."""
    return {
        "create": _wrapper(calls, BATCH_CREATE, asynchronous=asynchronous),
        "results": _wrapper(calls, BATCH_RESULTS, asynchronous=asynchronous),
    }


def _wrapper(calls: Calls, reading: Reading, *, asynchronous: bool) -> Wrapper:
    kind = AsyncMethodWrapper if asynchronous else MethodWrapper
    return kind(calls, reading)
