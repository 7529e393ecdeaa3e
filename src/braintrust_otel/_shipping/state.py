"""What the decisions about deliveries are made on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from braintrust_otel._shipping.batches import Limits
from braintrust_otel._shipping.effects import Effects
from braintrust_otel._shipping.entries import Entry
from braintrust_otel._shipping.health import Health
from braintrust_otel._shipping.policy import ProbePolicy, RetryPolicy
from braintrust_otel._shipping.shelf import Shelf
from braintrust_otel._shipping.stats import Counters
from braintrust_otel._shipping.stock import Stock

__all__ = ["State"]


@dataclass(slots=True)
class State:
    """Rows, parcels, health and policies. Not thread-safe: the pipeline's lock guards it.

    Attributes:
        stock: Every row that is not settled.
        limits: How large a request may be; shrinks when the server says so.
        retry: When one delivery is tried again.
        probe: When held rows are tried again.
        chance: Draws a number from 0 (included) to 1.
        counters: Running totals.
        health: Whether the server takes anything.
        shelf: Parcels that wait for their time.
        effects: What the latest decisions ask to be done once the lock is released.
    """

    stock: Stock
    limits: Limits
    retry: RetryPolicy
    probe: ProbePolicy
    chance: Callable[[], float]
    counters: Counters = field(default_factory=Counters)
    health: Health = field(default_factory=Health)
    shelf: Shelf = field(default_factory=Shelf)
    effects: Effects = field(default_factory=Effects)

    def interval(self, failures: int) -> float:
        """Return how long something that failed *failures* probes rests."""
        return self.probe.interval(failures, self.chance())

    def settle(self, entries: Sequence[Entry]) -> int:
        """Let go of *entries*, in the spool too; return how many row writes they stood for."""
        for entry in entries:
            self.effects.tickets.extend(entry.tickets)
        return self.stock.settle(entries)
