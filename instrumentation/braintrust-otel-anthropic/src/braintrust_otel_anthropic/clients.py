"""Traces one client: ``wrap_anthropic``."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from braintrust_otel.instrument import Calls, Wrapper, patch_object, renew_raw
from braintrust_otel_anthropic.patches import (
    BATCHES,
    CALLS,
    MESSAGES,
    batches_wrappers,
    messages_wrappers,
)

__all__ = ["wrap_anthropic", "wrap_client"]

T = TypeVar("T")

_COPIERS = ("copy", "with_options")


def wrap_anthropic(client: T) -> T:
    """Trace the calls of *client*: synchronous or not, of Anthropic, Bedrock, Vertex AI or alike.

    The client is patched in place; other clients of its class are not touched. Wrapping twice,
    or wrapping where ``AnthropicInstrumentor`` is active too, still gives one span for a call.
    Clients made from it by ``with_options`` or ``copy`` are traced as well.

    Returns:
        The same client. Anything that has none of the expected parts comes back unchanged.
    """
    return wrap_client(client, CALLS)


def wrap_client(client: T, calls: Calls) -> T:
    """Trace the calls of *client*, started by *calls*; see ``wrap_anthropic``."""
    try:
        messages = [_wrap_part(_part(client, path), calls, messages_wrappers) for path in MESSAGES]
        if any(messages):
            for path in BATCHES:
                _wrap_part(_part(client, path), calls, batches_wrappers)
            renew_raw(client)
            _wrap_copies(client, calls)
    except Exception as bug:  # noqa: BLE001  # a client of another make must work on as it is
        calls.report("wrapping a client", bug)
    return client


def _part(client: object, path: str) -> object | None:
    part: object = client
    for name in path.split("."):
        part = getattr(part, name, None)
    return part


def _wrap_part(part: Any, calls: Calls, wrappers: Callable[..., Mapping[str, Wrapper]]) -> bool:
    method = getattr(part, "create", None)
    if not callable(method):
        return False
    asynchronous = inspect.iscoroutinefunction(inspect.unwrap(method))
    wrapped = patch_object(part, wrappers(calls, asynchronous=asynchronous))
    if wrapped:
        renew_raw(part)
    return wrapped


def _wrap_copies(client: object, calls: Calls) -> None:
    def wrap_copy(method: Any, instance: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        return wrap_client(method(*args, **kwargs), calls)

    patch_object(client, dict.fromkeys(_COPIERS, wrap_copy))
