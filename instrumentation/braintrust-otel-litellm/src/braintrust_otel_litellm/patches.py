"""What is patched: which functions of the library, and which methods of its router."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from braintrust_otel.instrument import (
    AsyncMethodWrapper,
    Calls,
    MethodWrapper,
    Patch,
    Reading,
    Wrapper,
)
from braintrust_otel_litellm.readings import (
    AEMBEDDING,
    ATEXT,
    CHAT,
    EMBEDDING,
    MODERATION,
    RESPONSES,
    TEXT,
)

__all__ = ["CALLS", "FUNCTIONS", "library_patches", "wrapper_of"]

CALLS = Calls("braintrust-otel-litellm")
"""Starts the calls of this package."""

FUNCTIONS: Mapping[str, Reading] = {
    "completion": CHAT,
    "acompletion": CHAT,
    "responses": RESPONSES,
    "aresponses": RESPONSES,
    "embedding": EMBEDDING,
    "aembedding": AEMBEDDING,
    "moderation": MODERATION,
    "amoderation": MODERATION,
    "text_completion": TEXT,
    "atext_completion": ATEXT,
}
"""The functions of the module that are traced, and how each is read."""

_LIBRARY = "litellm"
_ROUTER = "litellm.router"

# Methods of a router, which tries several deployments: all of that is one call.
_ROUTED: Mapping[str, Reading] = {
    "completion": CHAT,
    "acompletion": CHAT,
    "embedding": EMBEDDING,
    "aembedding": EMBEDDING,
    "text_completion": TEXT,
    "atext_completion": TEXT,
}
# Through these a router calls all other functions, which it is given.
_GENERIC = {"_generic_api_call_with_fallbacks": "", "_ageneric_api_call_with_fallbacks": "a"}


def library_patches(calls: Calls) -> tuple[Patch, ...]:
    """Return the patches of the library, whose calls *calls* starts."""
    functions = [Patch(_LIBRARY, name, wrapper_of(calls, name)) for name in FUNCTIONS]
    methods = [
        Patch(_ROUTER, f"Router.{name}", _wrapper(calls, name, reading))
        for name, reading in _ROUTED.items()
    ]
    generic = [
        Patch(_ROUTER, f"Router.{name}", _GenericWrapper(wrapper_of(calls, f"{prefix}responses")))
        for name, prefix in _GENERIC.items()
    ]
    return (*functions, *methods, *generic)


def wrapper_of(calls: Calls, name: str) -> Wrapper:
    """Return what goes around the function called *name*; its calls are started by *calls*."""
    return _wrapper(calls, name, FUNCTIONS[name])


def _wrapper(calls: Calls, name: str, reading: Reading) -> Wrapper:
    is_async = name.startswith("a")
    return AsyncMethodWrapper(calls, reading) if is_async else MethodWrapper(calls, reading)


class _GenericWrapper:
    """Goes around a router's way to call any function; those of the Responses API are traced."""

    __slots__ = ("_responses",)

    def __init__(self, responses: Wrapper) -> None:
        self._responses = responses

    def __call__(
        self,
        method: Callable[..., Any],
        instance: Any,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
    ) -> Any:
        name = getattr(kwargs.get("original_function"), "__name__", None)
        if name in ("responses", "aresponses"):
            return self._responses(method, instance, args, kwargs)
        return method(*args, **kwargs)
