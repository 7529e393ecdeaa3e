"""What is patched: which method of which class, and on one client which method of which part."""

from __future__ import annotations

from collections.abc import Mapping

from braintrust_otel.instrument import Calls, Patch, Wrapper
from braintrust_otel_openai.helpers import StreamHelperWrapper
from braintrust_otel_openai.operations import CHAT, RESPONSES_CREATE, RESPONSES_PARSE, Operation
from braintrust_otel_openai.wrappers import AsyncMethodWrapper, MethodWrapper

__all__ = ["CALLS", "PARTS", "class_patches", "object_wrappers"]

CALLS = Calls("braintrust-otel-openai")
"""Starts the calls of this package."""

PARTS: Mapping[str, str] = {
    "chat.completions": "Completions",
    "responses": "Responses",
    "beta.chat.completions": "Completions",
    "beta.responses": "Responses",
}
"""The parts of a client that hold traced methods, and their kind: the class, without ``Async``."""

_CHAT_MODULE = "openai.resources.chat.completions"
_BETA_CHAT_MODULE = "openai.resources.beta.chat.completions"
_RESPONSES_MODULE = "openai.resources.responses.responses"
_BETA_RESPONSES_MODULE = "openai.resources.beta.responses.responses"

# From this version on, ``beta.chat.completions`` is ``chat.completions``, which has ``parse`` and
# ``stream`` too.
_PARSE_LEFT_BETA = (1, 92)
_RESPONSES = (1, 66)
_BETA_RESPONSES = (2, 45)

Version = tuple[int, ...]

# Module, class, method, the first version that has it, and the first that has it no longer.
_METHODS: tuple[tuple[str, str, str, Version, Version | None], ...] = (
    (_CHAT_MODULE, "Completions", "create", (), None),
    (_CHAT_MODULE, "Completions", "parse", _PARSE_LEFT_BETA, None),
    (_CHAT_MODULE, "Completions", "stream", _PARSE_LEFT_BETA, None),
    (_BETA_CHAT_MODULE, "Completions", "parse", (), _PARSE_LEFT_BETA),
    (_BETA_CHAT_MODULE, "Completions", "stream", (), _PARSE_LEFT_BETA),
    (_RESPONSES_MODULE, "Responses", "create", _RESPONSES, None),
    (_RESPONSES_MODULE, "Responses", "parse", _RESPONSES, None),
    (_RESPONSES_MODULE, "Responses", "stream", _RESPONSES, None),
    (_BETA_RESPONSES_MODULE, "Responses", "create", _BETA_RESPONSES, None),
)
_OPERATIONS: Mapping[str, Mapping[str, Operation]] = {
    "Completions": {"create": CHAT, "parse": CHAT, "stream": CHAT},
    "Responses": {
        "create": RESPONSES_CREATE,
        "parse": RESPONSES_PARSE,
        "stream": RESPONSES_CREATE,
    },
}


def class_patches(calls: Calls) -> tuple[Patch, ...]:
    """Return the patches of the library's classes, whose calls *calls* starts."""
    patches = []
    for asynchronous, prefix in ((False, ""), (True, "Async")):
        for module, kind, method, since, until in _METHODS:
            wrapper = object_wrappers(calls, kind, asynchronous=asynchronous)[method]
            path = f"{prefix}{kind}.{method}"
            patches.append(Patch(module, path, wrapper, since=since, until=until))
    return tuple(patches)


def object_wrappers(calls: Calls, kind: str, *, asynchronous: bool) -> Mapping[str, Wrapper]:
    """Return the wrappers for the methods of a part, by method.

    Args:
        calls: Starts the calls.
        kind: Name of the part's class, without ``Async``.
        asynchronous: Whether the part's methods are.
    """
    wrap = AsyncMethodWrapper if asynchronous else MethodWrapper
    return {
        method: StreamHelperWrapper(calls, operation)
        if method == "stream"
        else wrap(calls, operation)
        for method, operation in _OPERATIONS.get(kind, {}).items()
    }
