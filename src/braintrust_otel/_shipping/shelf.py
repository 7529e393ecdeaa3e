"""Parcels that wait for their time."""

from __future__ import annotations

import heapq
from collections.abc import Iterator

from braintrust_otel._shipping.batches import Parcel

__all__ = ["Shelf"]


class Shelf:
    """Keeps parcels in the order in which they are due; equal times keep the order of arrival."""

    __slots__ = ("_heap", "_serial")

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, Parcel]] = []
        self._serial = 0

    def __len__(self) -> int:
        return len(self._heap)

    def __iter__(self) -> Iterator[Parcel]:
        return (parcel for _, _, parcel in self._heap)

    def put(self, parcel: Parcel, due: float) -> None:
        """Let *parcel* wait until *due*."""
        self._serial += 1
        parcel.due = due
        heapq.heappush(self._heap, (due, self._serial, parcel))

    def next_due(self) -> float | None:
        """Return when the first parcel is due, or None when there is none."""
        return self._heap[0][0] if self._heap else None

    def take(self, now: float = float("inf")) -> Parcel | None:
        """Take the first parcel that is due by *now*, or return None."""
        if self._heap and self._heap[0][0] <= now:
            return heapq.heappop(self._heap)[2]
        return None

    def clear(self) -> list[Parcel]:
        """Take all parcels, in the order in which they are due."""
        heap, self._heap = sorted(self._heap), []
        return [parcel for _, _, parcel in heap]
