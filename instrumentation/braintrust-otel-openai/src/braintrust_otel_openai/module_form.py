"""Traces calls that are made on the module: ``openai.chat.completions.create(...)``.

From version 1 on, the module makes a client of its own when it is first used, and anew whenever it
is reset. Before that, it had classes whose class methods were the calls.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import Any
from urllib.parse import urlsplit

from braintrust_otel.instrument import (
    AsyncMethodWrapper,
    Calls,
    MethodWrapper,
    Reading,
    Wrapper,
    patch_object,
)
from braintrust_otel_openai.completions import COMPLETION
from braintrust_otel_openai.embeddings import EMBEDDING
from braintrust_otel_openai.moderations import MODERATION
from braintrust_otel_openai.operations import CHAT

__all__ = ["wrap_module"]

_LOADER = "_load_client"

# The classes before version 1.
_CLASSES: Mapping[str, Reading] = {
    "ChatCompletion": CHAT,
    "Completion": COMPLETION,
    "Embedding": EMBEDDING,
    "Moderation": MODERATION,
}


def wrap_module(module: ModuleType, calls: Calls, wrap: Callable[[Any], Any]) -> None:
    """Trace the calls on *module*, of whatever version; one that is not the library's stays.

    Args:
        module: The module ``openai``.
        calls: Starts the calls.
        wrap: Traces the client that the module makes.
    """
    if isinstance(getattr(module, "OpenAI", None), type):
        loading = importlib.import_module(f"{module.__name__}._module_client")
        patch_object(loading, {_LOADER: _ClientWrapper(wrap)})
        return
    for name, reading in _CLASSES.items():
        owner = getattr(module, name, None)
        if isinstance(owner, type):
            traced: dict[str, Wrapper] = {
                "create": MethodWrapper(calls, reading),
                "acreate": AsyncMethodWrapper(calls, reading),
            }
            patch_object(owner, {key: _OnModule(each, module) for key, each in traced.items()})


class _ClientWrapper:
    """Goes around what loads the client of the module; each client is traced once."""

    __slots__ = ("_last", "_wrap")

    def __init__(self, wrap: Callable[[Any], Any]) -> None:
        self._wrap = wrap
        self._last: object = None

    def __call__(
        self, method: Callable[..., Any], instance: Any, args: tuple[Any, ...], kwargs: Any
    ) -> Any:
        client = method(*args, **kwargs)
        if client is not self._last:
            self._last = client
            self._wrap(client)
        return client


@dataclass(frozen=True, slots=True)
class _Url:
    host: str | None


@dataclass(frozen=True, slots=True)
class _Client:
    base_url: _Url


@dataclass(frozen=True, slots=True)
class _Part:
    """What a part of a client is in later versions: it knows where its requests go."""

    _client: _Client


class _OnModule:
    """Goes around a class method, and tells where its requests go."""

    __slots__ = ("_module", "_traced")

    def __init__(self, traced: Wrapper, module: ModuleType) -> None:
        self._traced = traced
        self._module = module

    def __call__(
        self,
        method: Callable[..., Any],
        instance: Any,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
    ) -> Any:
        address = kwargs.get("api_base") or getattr(self._module, "api_base", None)
        part = _Part(_Client(_Url(urlsplit(str(address)).hostname)))
        return self._traced(method, part, args, kwargs)
