"""The moment by which a whole request must be over."""

from __future__ import annotations

import time
from collections.abc import Callable

__all__ = ["UPLOAD_BYTES_PER_SECOND", "Deadline", "StreamDeadline"]

UPLOAD_BYTES_PER_SECOND = 128 * 1024
"""A body gets a second more for each of these, so that a slow line is no dead server."""


class Deadline:
    """A point on a clock that never jumps.

    Args:
        seconds: How long from now.
        clock: Monotonic seconds.
    """

    __slots__ = ("_clock", "_end")

    def __init__(self, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._end = clock() + seconds

    @property
    def left(self) -> float:
        """Seconds left; 0 when it has passed."""
        return max(0.0, self._end - self._clock())

    def remaining(self) -> float:
        """Return the seconds left, more than zero.

        Raises:
            TimeoutError: Nothing is left.
        """
        seconds = self.left
        if not seconds:
            raise TimeoutError("The deadline of the request has passed.")
        return seconds


_BUFFERED_BYTES = 4 * 1024 * 1024
"""What the system may have taken from us and not sent yet."""


class StreamDeadline(Deadline):
    """A deadline that moves on with a stream: it bounds each pause, and the whole by its size.

    Args:
        seconds: How long nothing may move.
        size_bytes: How much there is to send.
        clock: Monotonic seconds.
    """

    __slots__ = ("_buffered", "_last", "_pause")

    def __init__(
        self, seconds: float, size_bytes: int, clock: Callable[[], float] = time.monotonic
    ) -> None:
        super().__init__(seconds, clock)
        self._pause = seconds
        self._last = self._end + size_bytes / UPLOAD_BYTES_PER_SECOND
        self._buffered = min(size_bytes, _BUFFERED_BYTES) / UPLOAD_BYTES_PER_SECOND

    def renew(self) -> None:
        """Start the pause anew: a piece has been sent."""
        self._end = min(self._last, self._clock() + self._pause)

    def finish(self) -> None:
        """Leave time for the answer, and for what the system still has to send."""
        self._end = min(self._last, self._clock() + self._pause + self._buffered)
