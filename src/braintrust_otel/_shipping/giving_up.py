"""Rows that are given up: to make room for others, or because shipping ends."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from braintrust_otel._shipping import wording
from braintrust_otel._shipping.batches import Parcel, pack
from braintrust_otel._shipping.entries import Entry, wire
from braintrust_otel._shipping.senders import Batch
from braintrust_otel._shipping.state import State
from braintrust_otel.errors import SendError

__all__ = ["Remains", "abandon", "give_way"]


@dataclass(frozen=True, slots=True)
class Remains:
    """What was left when shipping ended, in row writes.

    Attributes:
        lost: Gone.
        in_flight: Those among the lost ones whose request was under way.
        kept: Kept by a spool for the next start.
        cause: Why rows are left, where that was not told before.
    """

    lost: int
    in_flight: int
    kept: int
    cause: str = ""


def give_way(state: State) -> None:
    """Lose the oldest rows that rest on their own, about one request's worth.

    For a full buffer while deliveries go on: what rests would otherwise take the room of rows
    that can be delivered.
    """
    parcel = _oldest_aside(state)
    if parcel is not None:
        state.stock.wake(parcel)
        _lose(state, parcel.entries, state.settle(parcel.entries))
        return
    lane = next((lane for lane in state.stock.lanes.waiting if lane.is_aside), None)
    if lane is not None:
        entries = state.stock.drop_oldest(lane, state.limits.rows)
        for entry in entries:
            state.effects.tickets.extend(entry.tickets)
        _lose(state, entries, sum(entry.writes for entry in entries))


def abandon(state: State, sending: Iterable[Parcel], *, is_lasting: bool) -> Remains:
    """Give up every row that is left, because shipping ends.

    Args:
        state: Rows, parcels, health and policies; not to be used for anything but counts after.
        sending: The parcels whose requests are under way.
        is_lasting: Whether the spool keeps rows for the next start.
    """
    under_way = [entry for parcel in sending for entry in parcel.entries]
    entries = deque((*under_way, *state.stock.leave(), *_shelved(state)))
    kept = sum(entry.writes for entry in entries if is_lasting and entry.tickets)
    lost = sum(entry.writes for entry in entries) - kept
    health = state.health
    cause = health.cause or health.untold or SendError(wording.ENDED_BEFORE)
    while entries:
        state.effects.dumps.append((_batch(pack(entries, state.limits)), cause))
    state.counters.lost += lost
    state.counters.kept += kept
    state.stock.progress.release(cause)
    doubtful = sum(entry.writes for entry in under_way if not (is_lasting and entry.tickets))
    return Remains(lost, doubtful, kept, "" if health.untold is None else str(health.untold))


def _oldest_aside(state: State) -> Parcel | None:
    oldest: Parcel | None = None
    for parcel in state.shelf.clear():
        if oldest is None and parcel.is_aside:
            oldest = parcel
        else:
            state.shelf.put(parcel, parcel.due)
    return oldest


def _lose(state: State, entries: Sequence[Entry], writes: int) -> None:
    text = wording.gave_way(writes)
    state.counters.lost += writes
    state.effects.say("gave way", text)
    state.effects.dumps.append((_batch(entries), SendError(text)))


def _batch(entries: Iterable[Entry]) -> Batch:
    return Batch(tuple(wire(entry) for entry in entries))


def _shelved(state: State) -> list[Entry]:
    return [entry for parcel in state.shelf.clear() for entry in parcel.entries]
