"""The names that other packages look for under this module path.

autoevals imports both from here, to tell a traced client from one that it has to wrap.
"""

from __future__ import annotations

from typing import Any

from braintrust_otel._distro.clients import wrap_openai

__all__ = ["NamedWrapper", "wrap_openai"]


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
