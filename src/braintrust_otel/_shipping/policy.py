"""When to try a delivery again: immutable policies that never sleep."""

from __future__ import annotations

from dataclasses import dataclass

from braintrust_otel.errors import SendError

__all__ = ["ProbePolicy", "RetryPolicy"]

_LARGEST_EXPONENT = 60
"""Keeps ``2.0 ** n`` finite after any number of tries."""


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """Decides on the quick tries of one delivery.

    Attributes:
        retries: Tries after the first one.
        first_delay: Seconds before the first retry; it doubles with each further one.
        max_delay: Seconds that the doubling stops at.
        max_retry_after: Seconds that a server can make us wait.
    """

    retries: int = 2
    first_delay: float = 1.0
    max_delay: float = 30.0
    max_retry_after: float = 60.0

    def delay(self, tries: int, error: SendError, chance: float) -> float | None:
        """Return the seconds to wait after *tries* failed tries, or None to give up.

        Half of the pause is fixed and half is drawn, so that many processes which failed together
        do not come back together; a server's ``Retry-After`` is a lower limit, not drawn from.

        Args:
            tries: Tries made so far, at least 1.
            error: The failure of the last one.
            chance: A random number from 0 (included) to 1.
        """
        if tries > self.retries:
            return None
        backoff = _doubled(self.first_delay, tries - 1, self.max_delay)
        return max(backoff * (1.0 + chance) / 2.0, self.asked(error))

    def asked(self, error: SendError) -> float:
        """Return the seconds that the server asked to wait, capped; 0 when it did not ask."""
        seconds = getattr(error, "retry_after", None)
        return 0.0 if seconds is None else max(0.0, min(self.max_retry_after, seconds))


@dataclass(frozen=True, slots=True)
class ProbePolicy:
    """Decides how long rows that could not be delivered rest before they are tried again.

    Attributes:
        first_interval: Seconds before the first probe; it doubles with each one that fails.
        max_interval: Seconds that the doubling stops at.
    """

    first_interval: float = 2.0
    max_interval: float = 60.0

    def interval(self, failures: int, chance: float) -> float:
        """Return the seconds to wait after *failures* failed probes (0 before the first one)."""
        pause = _doubled(self.first_interval, failures, self.max_interval)
        return pause * (1.0 + chance) / 2.0


def _doubled(first: float, times: int, largest: float) -> float:
    return min(largest, first * 2.0 ** min(times, _LARGEST_EXPONENT))
