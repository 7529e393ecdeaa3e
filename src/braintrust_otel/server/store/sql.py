"""Small pieces that statements over many values are made of."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeVar

__all__ = ["ID_CHUNK", "chunks", "marks"]

ID_CHUNK = 500
"""Values in one ``IN (...)``; older SQLite takes 999."""

_T = TypeVar("_T")


def chunks(values: Sequence[_T], size: int) -> Iterator[Sequence[_T]]:
    """Cut *values* into pieces of at most *size*."""
    return (values[start : start + size] for start in range(0, len(values), size))


def marks(values: Sequence[object]) -> str:
    """Return one question mark for each of *values*, for ``IN (...)``."""
    return ", ".join("?" * len(values))
