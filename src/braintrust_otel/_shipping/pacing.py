"""When the worker looks at what was put, and when it sends what it gathered."""

from __future__ import annotations

from dataclasses import dataclass

from braintrust_otel._shipping.options import ShippingOptions

__all__ = ["Pacing"]


@dataclass(slots=True)
class Pacing:
    """Two deadlines, both counted from the first row after a rest. Times are monotonic seconds.

    Waking the worker for each row would take the interpreter away from the program that logs;
    looking rarely would leave rows in memory only for long. So what was put is converted within
    the drain period, and sent within the linger.

    Attributes:
        options: The two periods.
        drain_at: When the buffer is looked at; None while it was empty.
        seal_at: When what was gathered is sent; None while there is nothing.
    """

    options: ShippingOptions
    drain_at: float | None = None
    seal_at: float | None = None

    def notice(self, now: float) -> None:
        """Start the deadlines: something is waiting."""
        if self.drain_at is None:
            self.drain_at = now + self.options.drain_period
        if self.seal_at is None:
            self.seal_at = now + self.options.linger

    def is_drain_due(self, now: float) -> bool:
        """Tell whether it is time to look at the buffer."""
        return self.drain_at is not None and self.drain_at <= now

    def is_seal_due(self, now: float) -> bool:
        """Tell whether it is time to send what was gathered."""
        return self.seal_at is not None and self.seal_at <= now

    def next_due(self) -> float | None:
        """Return the earlier of the deadlines, or None when nothing waits."""
        return min((at for at in (self.drain_at, self.seal_at) if at is not None), default=None)
