"""Finds the line of the user's program that started a span."""

from __future__ import annotations

import sys

from braintrust_otel._model.records import Caller

__all__ = ["find_caller", "span_name"]

_OURS = ("braintrust_otel", "wrapt")
_MAX_FRAMES = 30
_new_tuple = tuple.__new__


def find_caller(depth: int = 1) -> Caller | None:
    """Return the first frame outside this package, at least *depth* frames above the caller."""
    try:
        # Far cheaper than the inspect module, and present in CPython and PyPy.
        frame = sys._getframe(depth + 1)  # noqa: SLF001
    except ValueError:
        return None
    for _ in range(_MAX_FRAMES):
        if frame is None:
            return None
        module = frame.f_globals.get("__name__")
        if type(module) is not str or not module.startswith(_OURS):
            code = frame.f_code
            return _new_tuple(Caller, (code.co_name, code.co_filename, frame.f_lineno))
        frame = frame.f_back  # type: ignore[assignment]  # None ends the loop
    return None


def span_name(caller: Caller | None) -> str:
    """Return the name of a child span that was given none: ``function:file.py:line``."""
    if caller is None:
        return "subspan"
    if not caller.filename:
        return caller.function
    filename = caller.filename.replace("\\", "/").rsplit("/", 1)[-1]
    return f"{caller.function}:{filename}:{caller.line}"
