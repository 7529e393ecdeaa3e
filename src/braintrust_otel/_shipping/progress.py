"""What flushes wait for: which rows still have a delivery ahead of them."""

from __future__ import annotations

from collections.abc import Iterable

from braintrust_otel._shipping.entries import Entry

__all__ = ["FlushMarker", "Progress"]


class FlushMarker:
    """One flush: travels through the buffer behind everything it waits for.

    Attributes:
        is_done: Everything put before it was acknowledged, or given up for now.
        errors: Why rows put before it were not delivered.
        generation: The last generation of rows that it waits for; None while it is in the buffer.
        wants_probe: It came while deliveries were held, and no probe has ended since.
    """

    __slots__ = ("errors", "generation", "is_done", "wants_probe")

    def __init__(self) -> None:
        self.is_done = False
        self.errors: list[Exception] = []
        self.generation: int | None = None
        self.wants_probe = False


class Progress:
    """Counts the rows on their way, by generation; each flush marker ends a generation.

    A row is on its way from the moment it may be sent until it is settled or set aside. Rows that
    wait behind another write of the same row are not counted: that one is as old as they are, and
    is counted itself, or set aside, as they are then.
    """

    __slots__ = ("_active", "_markers", "generation")

    def __init__(self) -> None:
        self.generation = 0
        self._active: dict[int, int] = {}
        self._markers: list[FlushMarker] = []

    @property
    def is_any_active(self) -> bool:
        """Whether any row is on its way."""
        return bool(self._active)

    def enter(self, entries: Iterable[Entry]) -> None:
        """Count *entries* as on their way."""
        active = self._active
        for entry in entries:
            active[entry.generation] = active.get(entry.generation, 0) + 1

    def leave(self, entries: Iterable[Entry]) -> None:
        """Count *entries* as settled or set aside."""
        active = self._active
        for entry in entries:
            left = active[entry.generation] - 1
            if left:
                active[entry.generation] = left
            else:
                del active[entry.generation]

    def mark(self, marker: FlushMarker, *, wants_probe: bool) -> None:
        """Let *marker* wait for everything counted so far."""
        marker.generation = self.generation
        marker.wants_probe = wants_probe
        self.generation += 1
        self._markers.append(marker)

    def blame(self, entries: Iterable[Entry], error: Exception) -> None:
        """Tell the markers that wait for one of *entries* why it was not delivered."""
        oldest = min(entry.generation for entry in entries)
        for marker in self._markers:
            if marker.generation is not None and oldest <= marker.generation:
                marker.errors.append(error)

    def blame_all(self, error: Exception) -> None:
        """Tell every marker that nothing is delivered for now, and why."""
        for marker in self._markers:
            marker.errors.append(error)
            marker.wants_probe = False

    def finish(self, *, is_given_up: bool) -> bool:
        """Finish the markers that have nothing left to wait for; return whether there were any.

        Args:
            is_given_up: Deliveries are held and none is under way, so that only markers that
                still want a probe go on waiting.
        """
        oldest = min(self._active, default=None)
        waiting: list[FlushMarker] = []
        for marker in self._markers:
            is_clear = oldest is None or (marker.generation or 0) < oldest
            if is_clear or (is_given_up and not marker.wants_probe):
                marker.is_done = True
            else:
                waiting.append(marker)
        is_any = len(waiting) < len(self._markers)
        self._markers = waiting
        return is_any

    def release(self, error: Exception) -> None:
        """Finish every marker because shipping has ended."""
        self.blame_all(error)
        for marker in self._markers:
            marker.is_done = True
        self._markers = []
