"""The bounded buffer between the threads that log and the one that converts."""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from braintrust_otel._shipping.progress import FlushMarker
from braintrust_otel._shipping.senders import RowSource

__all__ = ["Buffer", "Drained", "Load"]

_NEVER = sys.maxsize


@dataclass(slots=True)
class Load:
    """What has left the buffer and is not settled yet. Changed under the pipeline's lock only.

    Attributes:
        rows: Sources being converted, and rows waiting, in flight or held.
        size_bytes: Roughly the memory they take.
    """

    rows: int = 0
    size_bytes: int = 0


@dataclass(frozen=True, slots=True)
class Drained:
    """What was taken from the buffer at once.

    Attributes:
        sources: What was put, in order, each with its size in bytes.
        marker: The flush marker that followed them, if one did.
    """

    sources: list[tuple[RowSource, int]]
    marker: FlushMarker | None = None

    @property
    def size_bytes(self) -> int:
        """Bytes of the sources together."""
        return sum(size for _, size in self.sources)


class Buffer:
    """Holds what was logged until the worker takes it; decides whether there is room.

    ``offer`` takes no lock. It may run anywhere, also in a garbage collection or a signal handler
    that interrupts a thread in the middle of shipping, where a lock could never be released. It
    relies on ``deque.append`` being atomic; the byte count may drift when two threads collide,
    and is set right whenever the buffer runs empty.

    The bounds count everything that is not settled, so that rows held during an outage cannot
    pile up behind an empty buffer. What is larger than a whole bound is taken when there is any
    room at all.

    Args:
        max_rows: Bound in rows, or 0 for none, which lifts the byte bound too.
        max_bytes: Bound in bytes.
        load: What has left the buffer and still counts.
        alarm: Wakes the worker; must be safe to call from anywhere.
    """

    __slots__ = ("_alarm", "_bytes", "_items", "_load", "_max_bytes", "_max_rows", "_wake_at")

    def __init__(
        self, max_rows: int, max_bytes: int, load: Load, alarm: Callable[[], None]
    ) -> None:
        self._items: deque[tuple[RowSource | FlushMarker, int]] = deque()
        self._bytes = 0
        self._max_rows = max_rows if max_rows > 0 else _NEVER
        self._max_bytes = max_bytes if max_rows > 0 else _NEVER
        self._load = load
        self._alarm = alarm
        self._wake_at = (_NEVER, _NEVER)

    def __len__(self) -> int:
        return len(self._items)

    @property
    def size_bytes(self) -> int:
        """Roughly the memory of what is in the buffer."""
        return self._bytes

    def offer(self, source: RowSource) -> bool:
        """Take *source* if there is room; return whether it was taken. Never waits."""
        load = self._load
        rows = len(self._items) + 1
        size = self._bytes
        if rows + load.rows > self._max_rows or size + load.size_bytes >= self._max_bytes:
            return False
        added = source.size_bytes
        self._items.append((source, added))
        self._bytes += added
        wake_rows, wake_bytes = self._wake_at
        if rows >= wake_rows or size >= wake_bytes:
            self._wake_at = (_NEVER, _NEVER)
            self._alarm()
        return True

    def mark(self, marker: FlushMarker) -> None:
        """Put *marker* behind everything that was put so far."""
        self._items.append((marker, 0))

    def wake_at(self, rows: int = _NEVER, size_bytes: int = _NEVER) -> None:
        """Raise the alarm, once, when the buffer has grown to *rows* or *size_bytes*."""
        self._wake_at = (rows, size_bytes)

    def drain(self, max_rows: int, max_bytes: int = _NEVER) -> Drained:
        """Take up to *max_rows* sources, stopping behind the first flush marker.

        No more are taken once they have *max_bytes*: while they are converted, what was logged is
        there twice, as it was put and as the rows made of it.
        """
        items = self._items
        sources: list[tuple[RowSource, int]] = []
        marker: FlushMarker | None = None
        taken = 0
        while items and marker is None and len(sources) < max_rows and taken < max_bytes:
            item, size = items.popleft()
            if isinstance(item, FlushMarker):
                marker = item
            else:
                sources.append((item, size))
                taken += size
        self._bytes = self._bytes - taken if items else 0
        return Drained(sources, marker)

    def restore(self, rest: Drained) -> None:
        """Put back in front what an interruption kept from being converted."""
        if rest.marker is not None:
            self._items.appendleft((rest.marker, 0))
        self._items.extendleft(reversed(rest.sources))
        self._bytes += rest.size_bytes
