"""Knows which interactions belong to a client that is traced.

The library makes them when they are first used, and loading them takes the better part of a second,
which wrapping a client must not cost.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from braintrust_otel.instrument import AsyncMethodWrapper, Calls, MethodWrapper, patch_object
from braintrust_otel_google_genai.interactions import interaction_of

__all__ = ["InitWrapper", "InteractionWrapper", "trace_interactions"]

_Method = Callable[..., Any]

# What the interactions of a client are made from holds what traces them, and they hold that.
_MARK = "_braintrust_otel_calls"
_MADE_FROM = "_braintrust_otel_made_from"


class InteractionWrapper:
    """Goes around ``create``, synchronous or not.

    Args:
        calls: Starts the calls.
    """

    __slots__ = ("_calls",)

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    def __call__(
        self, method: _Method, instance: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> Any:
        """Call *method*, traced when anything is."""
        reading = interaction_of(_provider(instance))
        kind = AsyncMethodWrapper if inspect.iscoroutinefunction(method) else MethodWrapper
        return kind(self._calls, reading)(method, instance, args, kwargs)


class InitWrapper:
    """Goes around ``__init__``, which is told the connection of the client."""

    __slots__ = ()

    def __call__(
        self, method: _Method, instance: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> Any:
        """Call *method*, and trace the object where its client is traced."""
        method(*args, **kwargs)
        api_client = args[0] if args else kwargs.get("api_client")
        instance.__dict__[_MADE_FROM] = api_client
        calls = getattr(api_client, "__dict__", {}).get(_MARK)
        if calls is not None:
            patch_object(instance, {"create": InteractionWrapper(calls)})


def trace_interactions(client: Any, calls: Calls) -> None:
    """Trace the interactions of *client*, which are there already or will be."""
    for owner in (client, getattr(client, "aio", None)):
        api_client = getattr(owner, "_api_client", None)
        if hasattr(api_client, "__dict__"):
            api_client.__dict__.setdefault(_MARK, calls)
        made = getattr(owner, "__dict__", {}).get("_interactions")
        if made is not None:
            made.__dict__.setdefault(_MADE_FROM, api_client)
            patch_object(made, {"create": InteractionWrapper(calls)})


def _provider(interactions: Any) -> str:
    api_client = interactions.__dict__.get(_MADE_FROM)
    return "vertex" if getattr(api_client, "vertexai", None) is True else "google"
