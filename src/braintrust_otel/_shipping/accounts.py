"""Where every row write stands, as numbers."""

from __future__ import annotations

from collections.abc import Collection

from braintrust_otel._shipping.batches import Parcel
from braintrust_otel._shipping.intake import Intake
from braintrust_otel._shipping.state import State
from braintrust_otel._shipping.stats import ShippingStats

__all__ = ["take_stock"]


def take_stock(
    state: State, intake: Intake, sending: Collection[Parcel], *, is_closed: bool
) -> ShippingStats:
    """Count what became of everything so far.

    Args:
        state: Rows, parcels and running totals.
        intake: What is not encoded yet.
        sending: Parcels whose requests are under way.
        is_closed: Whether shipping has ended, so that what is in the buffer came too late.
    """
    counters = state.counters
    late = intake.unseen if is_closed else 0
    in_flight = sum(parcel.writes for parcel in sending)
    held = 0 if is_closed else _held_writes(state, sending)
    underway = state.stock.writes - in_flight - held
    return ShippingStats(
        logged=counters.converted + intake.unseen,
        sent=counters.sent,
        rejected=counters.rejected,
        lost=counters.lost + late,
        held=held + counters.kept,
        queued=intake.unseen - late + intake.gathered_writes + underway,
        in_flight=in_flight,
        size_bytes=intake.buffer.size_bytes + state.stock.load.size_bytes,
        requests=counters.requests,
        retries=counters.retries,
    )


def _held_writes(state: State, sending: Collection[Parcel]) -> int:
    """Return the row writes that are kept because their delivery failed."""
    stock = state.stock
    if state.health.cause is not None:
        return stock.writes - sum(parcel.writes for parcel in sending)
    asides = [parcel for parcel in state.shelf if parcel.is_aside]
    held = sum(_with_followers(state, parcel) for parcel in asides)
    for lane in stock.lanes.waiting:
        if lane.is_aside:
            held += sum(entry.writes for entry in lane.entries)
    return held


def _with_followers(state: State, parcel: Parcel) -> int:
    behind = state.stock.behind(parcel.entries)
    return parcel.writes + sum(entry.writes for entry in behind)
