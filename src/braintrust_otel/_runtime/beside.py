"""Keeps values of spans that cannot carry them, by the spans' ids."""

from __future__ import annotations

from collections.abc import Collection
from typing import Generic, TypeVar

__all__ = ["SideTable", "SpanKey"]

SpanKey = tuple[int, int]
"""Trace id and span id."""

T = TypeVar("T")


class SideTable(Generic[T]):
    """Values by span; of a span that is done only the key is kept, and that for a while.

    Bounded, because some spans never end, or nobody hears of it: there are two generations, and
    when the young one is full it takes the place of the old one. Not locked: each step is one
    operation on a dict or a set, so threads at the same moment can at most forget sooner.

    Args:
        capacity: At least so many values, and so many keys of spans that are done, are kept; at
            most twice as many.

    Attributes:
        is_used: Whether anything was ever kept: nearly no program needs the table.
    """

    __slots__ = ("_capacity", "_done", "_old", "_old_done", "_young", "is_used")

    def __init__(self, capacity: int = 50_000) -> None:
        self._capacity = capacity
        self._young: dict[SpanKey, T] = {}
        self._old: dict[SpanKey, T] = {}
        self._done: set[SpanKey] = set()
        self._old_done: set[SpanKey] = set()
        self.is_used = False

    def __bool__(self) -> bool:
        """Whether anything is known."""
        return bool(self._young or self._done or self._old or self._old_done)

    def keep(self, key: SpanKey, value: T) -> Collection[T]:
        """Keep *value* until the span is done.

        Returns:
            The values that had to be forgotten for it; almost always none.
        """
        self.is_used = True
        forgotten: dict[SpanKey, T] = {}
        if len(self._young) >= self._capacity:
            forgotten, self._old, self._young = self._old, self._young, {}
        self._young[key] = value
        return forgotten.values()

    def get(self, key: SpanKey) -> T | None:
        """Return the value, or None."""
        found = self._young.get(key)
        return self._old.get(key) if found is None else found

    def finish(self, key: SpanKey) -> None:
        """Forget the value, if there is one, and remember that the span is done."""
        if self._young.pop(key, None) is None and self._old.pop(key, None) is None:
            return
        if len(self._done) >= self._capacity:
            self._old_done, self._done = self._done, set()
        self._done.add(key)

    def is_done(self, key: SpanKey) -> bool:
        """Tell whether the span had a value and is done."""
        return key in self._done or key in self._old_done
