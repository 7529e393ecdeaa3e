"""Decides what is sent next, and what an acknowledgement changes."""

from __future__ import annotations

from collections.abc import Iterable

from braintrust_otel._shipping import wording
from braintrust_otel._shipping.batches import Limits, Parcel
from braintrust_otel._shipping.entries import Entry, Route
from braintrust_otel._shipping.jobs import Delivered, Job, Outcome, Routed
from braintrust_otel._shipping.lanes import Lane
from braintrust_otel._shipping.progress import FlushMarker
from braintrust_otel._shipping.state import State
from braintrust_otel._shipping.triage import Triage
from braintrust_otel.errors import SendError

__all__ = ["Outbox"]


class Outbox:
    """Hands out jobs and takes their outcomes. Pure memory: it never waits, sends or says.

    While the server takes rows, jobs are handed out up to *max_in_flight*, parcels that wait for
    another try before new ones. While deliveries are held, one job at a time is handed out as a
    probe: new rows first, so that a parcel which is refused for its own sake cannot hold up
    the others for ever, else the parcel that has rested longest. The first acknowledgement
    releases everything.

    Not thread-safe: the pipeline's lock guards it. Times are monotonic seconds.

    Args:
        state: Rows, parcels, health and policies.
        max_in_flight: Jobs under way at the same time, at most.
    """

    __slots__ = ("_max_in_flight", "_state", "_triage", "asking", "sending")

    def __init__(self, state: State, max_in_flight: int) -> None:
        self._state = state
        self._triage = Triage(state)
        self._max_in_flight = max_in_flight
        self.sending: set[Parcel] = set()
        self.asking: set[Lane] = set()

    def take(self, now: float) -> Job | None:
        """Hand out the next job, or None when there is nothing to do at this time."""
        if self._is_busy or now < self._state.health.pause_until:
            return None
        lane = self._state.stock.lanes.ask(now)
        if lane is not None:
            self._state.stock.wake_lane(lane, now)
            self.asking.add(lane)
            return lane
        parcel = self._next_parcel(now)
        if parcel is not None:
            self._hand_out(parcel, now)
        return parcel

    def next_due(self, now: float) -> float | None:
        """Return when the next job can be handed out; None when only an outcome changes that."""
        if self._is_busy:
            return None
        times = [self._state.stock.lanes.next_due(), self._parcel_due(now)]
        due = min((time for time in times if time is not None), default=None)
        return None if due is None else max(due, self._state.health.pause_until)

    def add(self, entries: Iterable[Entry]) -> None:
        """Take in *entries*, in order."""
        for entry in entries:
            self._state.stock.add(entry)

    def note(self, outcome: Outcome, now: float) -> None:
        """Note how a job went, and decide what becomes of its rows."""
        match outcome:
            case Delivered(parcel, max_request_bytes):
                self.sending.discard(parcel)
                self._limit(max_request_bytes)
                self._acknowledge(parcel, now)
            case Routed(lane, route):
                self.asking.discard(lane)
                self._open(lane, route, now)
            case _:
                self._fail(outcome.job, outcome.error, now)
        self._finish_flushes()

    def interrupted(self, job: Job, now: float) -> None:
        """Take back a *job* that was broken off, to be handed out again."""
        if isinstance(job, Lane):
            self.asking.discard(job)
            job.is_asking = False
        else:
            self.sending.discard(job)
            self._state.health.is_probing = False
            self._state.shelf.put(job, now)

    def mark(self, marker: FlushMarker, now: float) -> None:
        """Let *marker* wait for all rows that are here, and try at once what rests."""
        state = self._state
        health = state.health
        wants_probe = health.cause is not None and not health.is_probing
        state.stock.progress.mark(marker, wants_probe=wants_probe)
        health.probe_at = min(health.probe_at, now)
        for parcel in state.shelf.clear():
            state.shelf.put(parcel, now if parcel.is_aside else parcel.due)
            state.stock.wake(parcel)
        for lane in state.stock.lanes.waiting:
            state.stock.wake_lane(lane, now)
        self._finish_flushes()

    def hurry(self, now: float) -> None:
        """Make everything due at once, whatever the server asked for: the last call."""
        self._state.health.pause_until = now
        for parcel in self._state.shelf.clear():
            self._state.shelf.put(parcel, now)
        for lane in self._state.stock.lanes.waiting:
            lane.due = now

    def _acknowledge(self, parcel: Parcel, now: float) -> None:
        state = self._state
        was_held = state.health.cause is not None
        state.health.acknowledge(now)
        state.counters.sent += state.settle(parcel.entries)
        if was_held:
            self._triage.release(now)
            state.effects.say("recovered", wording.delivered_again(state.stock.writes))

    def _fail(self, job: Job, error: SendError, now: float) -> None:
        if isinstance(job, Lane):
            self.asking.discard(job)
            self._triage.unrouted(job, error, now)
        else:
            self.sending.discard(job)
            self._triage.failed(job, error, now)

    def _limit(self, max_request_bytes: int) -> None:
        limits = self._state.limits
        self._state.limits = Limits(limits.rows, min(limits.size_bytes, max_request_bytes))

    def _open(self, lane: Lane, route: Route, now: float) -> None:
        stock = self._state.stock
        stock.open_lane(lane, route)
        # What kept other containers waiting, such as a refused key, may be over as well.
        for other in stock.lanes.waiting:
            other.due = min(other.due, now)

    @property
    def _is_busy(self) -> bool:
        return len(self.sending) + len(self.asking) >= self._max_in_flight

    def _next_parcel(self, now: float) -> Parcel | None:
        health, stock, shelf = self._state.health, self._state.stock, self._state.shelf
        if health.cause is None:
            return shelf.take(now) or stock.pack(self._state.limits)
        if self.sending or now < health.probe_at:
            return None
        parcel = stock.pack(self._state.limits) or shelf.take()
        health.is_probing = parcel is not None
        return parcel

    def _parcel_due(self, now: float) -> float | None:
        health, stock, shelf = self._state.health, self._state.stock, self._state.shelf
        if health.cause is None:
            return now if stock.ready else shelf.next_due()
        is_any = bool(stock.ready) or len(shelf) > 0
        return health.probe_at if is_any and not self.sending else None

    def _hand_out(self, parcel: Parcel, now: float) -> None:
        counters = self._state.counters
        self._state.stock.wake(parcel)
        self.sending.add(parcel)
        counters.requests += 1
        counters.retries += parcel.is_repeat
        parcel.is_repeat = True
        if parcel.first_try is None:
            parcel.first_try = now

    def _finish_flushes(self) -> None:
        is_given_up = self._state.health.cause is not None and not self.sending and not self.asking
        self._state.stock.progress.finish(is_given_up=is_given_up)
