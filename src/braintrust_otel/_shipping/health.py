"""Whether the receiver takes anything at all, and when to find out."""

from __future__ import annotations

from dataclasses import dataclass

from braintrust_otel.errors import SendError

__all__ = ["Health"]


@dataclass(slots=True)
class Health:
    """The state of the receiver as the latest deliveries showed it. Times are monotonic seconds.

    Attributes:
        cause: Why deliveries are held, or None while they go on.
        probe_at: When one delivery is to be tried while the others are held.
        failures: How often deliveries failed since they are held.
        is_probing: Whether a probe is under way.
        pause_until: No request is made before this time.
        acknowledged_at: When a delivery was last acknowledged.
        busy_since: When rows last began to wait after there had been none.
        refusals: Rows refused one after the other without any acknowledgement in between.
        untold: The latest failure that is to be tried again soon, and so was not told; None once
            something was acknowledged or told.
    """

    cause: SendError | None = None
    probe_at: float = 0.0
    failures: int = 0
    is_probing: bool = False
    pause_until: float = 0.0
    acknowledged_at: float = float("-inf")
    busy_since: float = float("-inf")
    refusals: int = 0
    untold: SendError | None = None

    @property
    def progressed_at(self) -> float:
        """When there was last a sign of life, or nothing to give one for."""
        return max(self.acknowledged_at, self.busy_since)

    def acknowledge(self, now: float) -> None:
        """Note an acknowledgement: deliveries go on."""
        self.acknowledged_at = now
        self.refusals = 0
        self.untold = None
        self.open()

    def open(self) -> None:
        """End the hold."""
        self.cause = None
        self.failures = 0
        self.is_probing = False

    def hold(self, cause: SendError, probe_at: float) -> bool:
        """Hold deliveries because of *cause*; return whether that is news.

        What was under way when the hold began may fail after it: only a failed probe counts as
        one and puts the next one off.
        """
        known = self.cause
        if known is None or self.is_probing:
            self.probe_at = probe_at
            self.failures += 1
        self.is_probing = False
        self.cause = cause
        return known is None or (type(known), known.status) != (type(cause), cause.status)
