"""Delivers what is left when a provider is shut down, without ending delivery for the process."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final, Protocol

from braintrust_otel._shipping.stats import ShippingStats
from braintrust_otel.errors import FlushError

__all__ = ["Settled", "settle"]

_IDLE: Final = 2.0
"""Seconds to wait for the next acknowledgement."""


class Settled(Protocol):
    """The part of a shipper that matters here."""

    def flush(self, timeout: float | None = None) -> bool:
        """Deliver everything; False when *timeout* seconds were not enough."""
        ...

    def stats(self) -> ShippingStats:
        """Return what became of everything so far."""
        ...


def settle(shipper: Settled, total: float, clock: Callable[[], float] = time.monotonic) -> bool:
    """Deliver what can be delivered soon, and leave the shipper open for what comes later.

    Waits as long as acknowledgements keep coming, and not longer than *total* seconds. What remains
    is kept, and tried again with whatever comes later or at the end of the process.

    Args:
        shipper: What delivers.
        total: Seconds in all.
        clock: Monotonic seconds.

    Returns:
        Whether everything was acknowledged.
    """
    deadline = clock() + total
    while True:
        before = shipper.stats().sent
        try:
            if shipper.flush(min(_IDLE, max(0.0, deadline - clock()))):
                return True
        except FlushError:
            return False
        if shipper.stats().sent == before or clock() >= deadline:
            return False
