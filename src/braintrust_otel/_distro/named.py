"""A wrapper that answers for what it wraps."""

from __future__ import annotations

from typing import Any

__all__ = ["NamedWrapper"]


class NamedWrapper:
    """Something that stands in for another object and answers for it.

    ``wrap_openai`` needs none, as it traces a client in place. It is here to derive wrappers from.

    Args:
        wrapped: The object that unknown attributes come from.
    """

    def __init__(self, wrapped: Any) -> None:
        self.__wrapped = wrapped

    def __getattr__(self, name: str) -> Any:
        if name == "_NamedWrapper__wrapped":  # not there yet, as while an object is being copied
            raise AttributeError(name)
        return getattr(self.__wrapped, name)
