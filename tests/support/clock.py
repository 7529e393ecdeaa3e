"""A clock that moves only when it is told to."""

from __future__ import annotations

import threading

__all__ = ["FixedClock"]


class FixedClock:
    """Stands in for ``time.monotonic`` and for waiting.

    Attributes:
        now: The time in seconds.
        waited: The seconds of each wait, in order; None for one without a limit.
    """

    def __init__(self, now: float = 1000.0) -> None:
        self.now = now
        self.waited: list[float | None] = []

    def __call__(self) -> float:
        return self.now

    def advance(self, seconds: float) -> None:
        """Let *seconds* pass."""
        self.now += seconds

    def wait(self, condition: threading.Condition, timeout: float | None) -> None:
        """Pass a wait on *condition* at once: nobody else is there who could end it earlier."""
        self.waited.append(timeout)
        if timeout is None:
            raise AssertionError("This would wait for ever.")
        self.now += timeout
