"""Marks callables that return coroutines without being coroutine functions."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any

__all__ = ["MarkAsyncWrapper", "is_marked_async"]


class MarkAsyncWrapper:
    """A callable whose result is to be awaited, though Python cannot see that.

    Args:
        callable: What is called.
    """

    def __init__(self, callable: Callable[..., Any]) -> None:  # noqa: A002  # the public name
        functools.update_wrapper(self, callable)
        self.callable = callable

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call it."""
        return self.callable(*args, **kwargs)


def is_marked_async(function: object) -> bool:
    """Tell whether *function* was marked by us, by ``inspect`` (Python 3.12) or by asyncio."""
    return (
        isinstance(function, MarkAsyncWrapper)
        or inspect.iscoroutinefunction(function)
        # The marker of asyncio's old decorator, which libraries still put on their wrappers.
        or getattr(function, "_is_coroutine", None) is not None
    )
