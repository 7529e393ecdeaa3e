"""How a call's arguments become a span's input, decided once for each function."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any

__all__ = ["ArgumentCapture"]

_POSITIONAL_ONLY = inspect.Parameter.POSITIONAL_ONLY
_KEYWORD_ONLY = inspect.Parameter.KEYWORD_ONLY
_VAR_POSITIONAL = inspect.Parameter.VAR_POSITIONAL
_VAR_KEYWORD = inspect.Parameter.VAR_KEYWORD


class ArgumentCapture:
    """Names the arguments of one function's calls, without binding a signature each time.

    Args:
        function: The function; a wrapped one is read through to what it wraps.
    """

    __slots__ = (
        "_enough",
        "_has_receiver",
        "_keywords",
        "_names",
        "_readable",
        "_required",
        "_rest",
        "_rest_keywords",
    )

    def __init__(self, function: Callable[..., Any]) -> None:
        self._names: tuple[str, ...] = ()
        self._keywords: frozenset[str] = frozenset()
        self._rest: str | None = None
        self._rest_keywords: str | None = None
        self._readable = True
        try:
            parameters = inspect.signature(function).parameters.values()
        except (TypeError, ValueError):  # C functions without a signature
            self._readable, parameters = False, ()  # type: ignore[assignment]  # empty either way
        names, keywords, required = [], [], []
        for parameter in parameters:
            if parameter.kind is _VAR_POSITIONAL:
                self._rest = parameter.name
            elif parameter.kind is _VAR_KEYWORD:
                self._rest_keywords = parameter.name
            else:
                if parameter.kind is not _KEYWORD_ONLY:
                    names.append(parameter.name)
                if parameter.kind is not _POSITIONAL_ONLY:
                    keywords.append(parameter.name)
                if parameter.default is inspect.Parameter.empty:
                    required.append(parameter.name)
        self._names, self._keywords = tuple(names), frozenset(keywords)
        self._required = frozenset(required)
        # With this many positional arguments nothing that is required can be missing.
        self._enough = len(names) + 1 if self._required - {*names} else len(self._required)
        self._has_receiver = bool(names) and names[0] in {"self", "cls"}

    def __call__(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> dict[str, Any] | None:
        """Return ``{parameter: value}`` for one call.

        Defaults that were not passed are absent. ``*args`` and ``**kwargs`` stand under their own
        names. A receiver (``self``, ``cls``) is given as text.

        Returns:
            None when the arguments do not fit, so that the call itself raises its own error.
        """
        if not self._readable:
            return {"args": list(args), "kwargs": dict(kwargs)}
        names = self._names
        named: dict[str, Any] = dict(zip(names, args))  # noqa: B905  # either may be longer
        if len(args) > len(names):
            if self._rest is None:
                return None
            named[self._rest] = list(args[len(names) :])
        if kwargs and not self._add_keywords(named, kwargs):
            return None
        if len(args) < self._enough and not named.keys() >= self._required:
            return None
        if self._has_receiver and args:
            named[names[0]] = _text_of(args[0])
        return named

    def _add_keywords(self, named: dict[str, Any], kwargs: Mapping[str, Any]) -> bool:
        extra = {}
        for key, value in kwargs.items():
            if key in self._keywords:
                if key in named:
                    return False
                named[key] = value
            else:
                extra[key] = value
        if extra:
            if self._rest_keywords is None:
                return False
            named[self._rest_keywords] = extra
        return True


def _text_of(receiver: object) -> str:
    """Return the receiver as text: an object's fields are not what a method was called with."""
    try:
        return str(receiver)
    except Exception:  # noqa: BLE001  # the object's own __str__ may raise anything
        return f"<{type(receiver).__name__}>"
