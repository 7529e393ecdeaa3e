"""A part of a client that is only loaded, and patched, when somebody uses it."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from typing_extensions import override

__all__ = ["when_loaded"]


def when_loaded(client: Any, name: str, patch: Callable[[], None]) -> None:
    """Run *patch* as soon as the part *name* of *client* is there: now, or at its first use.

    Loading some parts takes the better part of a second, which wrapping a client must not cost.
    """
    attributes = getattr(client, "__dict__", {})
    loader = inspect.getattr_static(type(client), name, None)
    is_pending = name not in attributes and hasattr(loader, "__get__")
    if is_pending and not hasattr(loader, "__set__"):
        attributes[name] = _Pending(client, name, patch)
    elif not is_pending:
        patch()


class _Pending:
    """Holds the place of a part until one of its attributes is asked for, then makes way."""

    def __init__(self, client: Any, name: str, patch: Callable[[], None]) -> None:
        self._client = client
        self._name = name
        self._patch = patch

    def __getattr__(self, attribute: str) -> Any:
        return getattr(self._load(), attribute)

    @property  # type: ignore[misc]  # so that isinstance sees the part that will be here
    @override
    def __class__(self) -> type[Any]:  # pyright: ignore[reportIncompatibleMethodOverride] - read only
        return type(self._load())

    def _load(self) -> Any:
        if vars(self._client).get(self._name) is self:
            del vars(self._client)[self._name]
            self._patch()
        return getattr(self._client, self._name)
