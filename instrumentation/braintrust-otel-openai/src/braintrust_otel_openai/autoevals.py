"""Lets the scorers of autoevals call their model through a client that is traced.

autoevals asks for a pair, once: the class of traced clients, and what traces one that is not. It
finds one in another package, or makes do with a pair that traces nothing. Ours is put in its place.
What such a client calls is marked as a scorer's, by the ``span_info`` that autoevals then adds.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any

import wrapt

from braintrust_otel_openai.clients import wrap_openai

__all__ = ["ScorerClients", "TracedClient"]

_MODULE = "autoevals.oai"
_PAIR = ("_named_wrapper", "_wrap_openai")


class TracedClient(wrapt.ObjectProxy):  # type: ignore[type-arg]  # generic in stubs only
    """By its class autoevals tells that a client is traced; in all else it is the client.

    Of chat completions and embeddings autoevals says itself that a scorer asks. Of Responses it
    does not, so that is said here.
    """

    @property
    def responses(self) -> Any:
        """The part for Responses, where the client has one."""
        part = self.__wrapped__.responses
        part.create  # noqa: B018  # a part that is only loaded at its first use is patched then
        loaded = self.__wrapped__.responses
        return _ScorerResponses(loaded) if _is_traced(loaded) else loaded


class _ScorerResponses(wrapt.ObjectProxy):  # type: ignore[type-arg]  # generic in stubs only
    """The part of a client for Responses, whose calls are marked as a scorer's."""

    def create(self, *args: Any, **kwargs: Any) -> Any:
        """Make the call as a scorer's."""
        kwargs.setdefault("span_info", {"span_attributes": {"purpose": "scorer"}})
        return self.__wrapped__.create(*args, **kwargs)


class ScorerClients:
    """Puts our pair into autoevals while it is switched on, whenever autoevals is imported.

    Args:
        watch: Calls a function with a module, now or as soon as it is imported.
        modules: The modules that are imported.
    """

    def __init__(
        self,
        watch: Callable[..., None] = wrapt.register_post_import_hook,
        modules: dict[str, ModuleType] = sys.modules,
    ) -> None:
        self._watch = watch
        self._modules = modules
        self._is_on = False
        self._is_watching = False
        self._original: tuple[Any, ...] | None = None

    def switch_on(self) -> None:
        """Have autoevals trace the clients that it makes or is given from now on."""
        self._is_on = True
        if _MODULE in self._modules:
            self._put(self._modules[_MODULE])
        elif not self._is_watching:
            self._is_watching = True
            self._watch(self._put, _MODULE)

    def switch_off(self) -> None:
        """Leave autoevals as it was; a client that it has wrapped stays wrapped."""
        self._is_on = False
        module = self._modules.get(_MODULE)
        if module is None or self._original is None:
            return
        if getattr(module, _PAIR[1]) is _trace:
            for name, value in zip(_PAIR, self._original, strict=True):
                setattr(module, name, value)
        self._original = None

    def _put(self, module: Any) -> None:
        if not self._is_on or not all(hasattr(module, name) for name in _PAIR):
            return  # an older version, whose clients are traced as all others are
        if getattr(module, _PAIR[1]) is not _trace:
            self._original = tuple(getattr(module, name) for name in _PAIR)
            for name, value in zip(_PAIR, (TracedClient, _trace), strict=True):
                setattr(module, name, value)


def _trace(client: Any) -> Any:
    """Return *client*, traced, for autoevals; as it is where it cannot be traced.

    The client is wrapped by itself, so that it goes on taking ``span_info`` when the instrumentor
    is switched off.
    """
    traced = wrap_openai(client)
    completions = getattr(getattr(traced, "chat", None), "completions", None)
    return TracedClient(traced) if _is_traced(completions) else traced


def _is_traced(part: Any) -> bool:
    return "create" in getattr(part, "__dict__", {})
