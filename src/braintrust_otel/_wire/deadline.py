"""The moment by which a whole request must be over."""

from __future__ import annotations

import time
from collections.abc import Callable

__all__ = ["Deadline"]


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
