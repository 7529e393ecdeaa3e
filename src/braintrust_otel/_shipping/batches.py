"""Rows of one request: packed by count and bytes, halved when too large or when one is bad."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

from braintrust_otel._shipping.entries import Entry, wire
from braintrust_otel._shipping.senders import Batch

__all__ = ["Limits", "Parcel", "halves", "pack"]

_ENVELOPE_BYTES = 30
"""What a request holds besides its rows."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How large a request may be.

    Attributes:
        rows: Rows in it, at most.
        size_bytes: Bytes of its body, at most; a single larger row travels alone.
    """

    rows: int
    size_bytes: int

    def admits(self, rows: int, size_bytes: int) -> bool:
        """Tell whether one request can hold *rows* rows of *size_bytes* together."""
        return rows <= self.rows and size_bytes <= self.size_bytes - _ENVELOPE_BYTES + 1


@dataclass(slots=True, eq=False)
class Parcel:
    """A batch on its way, with what happened to it so far.

    Attributes:
        entries: Its rows, no two of one key.
        tries: Failed tries of this round.
        first_try: When its first try began, on the monotonic clock; None before it.
        due: When it may be tried (again).
        rests: How often it was set aside on its own.
        is_suspect: Whether it was cut from a parcel that failed while others were acknowledged.
        is_aside: Whether it is set aside on its own, while other rows are delivered.
        is_dumped: Whether it was given to the failed-payload directory.
        is_repeat: Whether it was sent before.
    """

    entries: Sequence[Entry]
    tries: int = 0
    first_try: float | None = None
    due: float = 0.0
    rests: int = 0
    is_suspect: bool = False
    is_aside: bool = False
    is_dumped: bool = False
    is_repeat: bool = False

    @property
    def wire_bytes(self) -> int:
        """Bytes of the rows' text, each with its separator."""
        return sum(entry.wire_bytes for entry in self.entries)

    @property
    def writes(self) -> int:
        """Row writes that its rows stand for."""
        return sum(entry.writes for entry in self.entries)

    def batch(self) -> Batch:
        """Return the rows as a sender takes them."""
        return Batch(tuple(wire(entry) for entry in self.entries))


def pack(ready: deque[Entry], limits: Limits) -> list[Entry]:
    """Take from the left of *ready* what fits into one request, and at least one row."""
    packed: list[Entry] = []
    size = 0
    while ready:
        size += ready[0].wire_bytes
        if packed and not limits.admits(len(packed) + 1, size):
            break
        packed.append(ready.popleft())
    return packed


def halves(entries: Sequence[Entry]) -> tuple[Sequence[Entry], Sequence[Entry]]:
    """Cut *entries*, at least two, where their bytes are halved; neither part is empty."""
    sizes = list(accumulate(entry.wire_bytes for entry in entries))
    middle = sum(size <= sizes[-1] / 2 for size in sizes)
    cut = min(max(middle, 1), len(entries) - 1)
    return entries[:cut], entries[cut:]
