"""Traces one client: ``wrap_openai``."""

from __future__ import annotations

import inspect
from functools import partial
from types import ModuleType
from typing import Any, TypeVar

from braintrust_otel.instrument import Calls, patch_object, renew_raw
from braintrust_otel_openai.background import PendingAnswers
from braintrust_otel_openai.lazy import when_loaded
from braintrust_otel_openai.module_form import wrap_module
from braintrust_otel_openai.patches import PARTS, calls_for, object_wrappers

__all__ = ["wrap_client", "wrap_openai"]

T = TypeVar("T")

_COPIERS = ("copy", "with_options")

# A part has one of them, which tells whether the part is asynchronous.
_ASKING = ("create", "parse", "generate")

# Every client has it, and nothing that is none.
_MARK = "chat.completions"


def wrap_openai(openai: T, *, request_stream_usage: bool | None = None) -> T:
    """Trace the calls of *openai*: a client, synchronous or not, of OpenAI, Azure or alike.

    The client is patched in place; other clients of its class are not touched. Wrapping twice,
    or wrapping where ``OpenAIInstrumentor`` is active too, still gives one span for a call.
    Clients made from it by ``with_options`` or ``copy`` are traced as well.

    Args:
        openai: The client, or the module ``openai`` itself for calls that are made on it.
        request_stream_usage: Whether streams that do not tell their token counts are asked for
            them, out of the user's sight; None leaves that to ``BRAINTRUST_OPENAI_STREAM_USAGE``.

    Returns:
        The same client. Anything that has none of the expected parts comes back unchanged.
    """
    return wrap_client(openai, calls_for(request_stream_usage))


def wrap_client(client: T, calls: Calls, pending: PendingAnswers | None = None) -> T:
    """Trace the calls of *client*, started by *calls*; see ``wrap_openai``.

    Args:
        client: The client.
        calls: Starts the calls.
        pending: Where calls in the background wait for their answers: a place that the client
            shares with those made from it.
    """
    waiting = PendingAnswers() if pending is None else pending
    try:
        if isinstance(client, ModuleType):
            wrap_module(client, calls, partial(wrap_client, calls=calls, pending=waiting))
        elif _wrap_part(client, _MARK, calls, waiting):
            _wrap_copies(client, calls, waiting)
            for name in dict.fromkeys(path.partition(".")[0] for path in PARTS):
                when_loaded(client, name, partial(_wrap_parts, client, name, calls, waiting))
    except Exception as bug:  # noqa: BLE001  # a client of another make must work on as it is
        calls.report("wrapping a client", bug)
    return client


def _wrap_parts(client: object, name: str, calls: Calls, pending: PendingAnswers) -> None:
    for path in PARTS:
        if path.partition(".")[0] == name:
            _wrap_part(client, path, calls, pending)


def _wrap_part(client: object, path: str, calls: Calls, pending: PendingAnswers) -> bool:
    owners = _along(client, path)
    part = owners[-1]
    asynchronous = _is_asynchronous(part)
    wrappers = object_wrappers(calls, PARTS[path], pending, asynchronous=asynchronous)
    wrapped = patch_object(part, wrappers)
    if wrapped:
        for owner in reversed(owners):
            renew_raw(owner)
    return wrapped


def _along(client: object, path: str) -> list[Any]:
    """Return the client, and each part of it on the way along *path*."""
    parts: list[Any] = [client]
    for name in path.split("."):
        parts.append(getattr(parts[-1], name, None))
    return parts


def _is_asynchronous(part: object) -> bool:
    methods = (getattr(part, name, None) for name in _ASKING)
    method = next(filter(callable, methods), None)
    return inspect.iscoroutinefunction(inspect.unwrap(method)) if method else False


def _wrap_copies(client: object, calls: Calls, pending: PendingAnswers) -> None:
    def wrap_copy(method: Any, instance: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        return wrap_client(method(*args, **kwargs), calls, pending)

    patch_object(client, dict.fromkeys(_COPIERS, wrap_copy))
