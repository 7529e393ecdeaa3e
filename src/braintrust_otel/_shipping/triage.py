"""Decides what becomes of rows whose delivery failed."""

from __future__ import annotations

from collections.abc import Sequence

from braintrust_otel._shipping import wording
from braintrust_otel._shipping.batches import Limits, Parcel, halves
from braintrust_otel._shipping.entries import Entry, turn_into_merge
from braintrust_otel._shipping.lanes import Lane
from braintrust_otel._shipping.state import State
from braintrust_otel.errors import IsolateError, RetryError, SendError, SplitError

__all__ = ["Triage"]

_MAX_REFUSALS = 20
"""Rows refused one after the other before the address is suspected instead of the rows."""

_NOT_TAKEN = range(300, 500)
"""Statuses that say for sure that nothing was stored."""

_ASKS_TO_WAIT = frozenset({408, 429})
"""Statuses that smaller requests cannot avoid."""


class Triage:
    """Reads the type of a failure and moves the rows accordingly.

    - *retry*: the parcel waits and is tried again, a bounded number of times. Unless others were
      acknowledged meanwhile, everything waits with it. Then it is treated like *hold*.
    - *split*: the parcel is halved and the smaller size remembered. A single row is lost.
    - *isolate*: the parcel is halved until the bad row is alone; that one is rejected.
    - *hold*: nothing is sent until a probe gets through; a probe that fails is halved for the next
      time, so that one bad row in it cannot keep the others back. But if others were acknowledged
      since the parcel was first tried, the server is well and the parcel is to blame: it is
      halved, so that its good rows get out, and a single row rests alone while all else goes on.

    A repeat of a delivery has the same bytes, also where the outcome of the first one is unknown
    because the answer was lost: the second one then replaces the row by itself, and as nothing
    later for the row is sent before it is settled, nothing of ours can get lost between the two.
    What rests for longer is turned into a merge first, unless it is known that the server did
    not take it: in the meantime somebody else may have written to the row.

    Args:
        state: Rows, parcels, health and policies.
    """

    __slots__ = ("_state",)

    def __init__(self, state: State) -> None:
        self._state = state

    def failed(self, parcel: Parcel, error: SendError, now: float) -> None:
        """Decide what becomes of a *parcel* that failed with *error*."""
        match error:
            case SplitError():
                self._end_hold(now)
                self._split(parcel, error, now)
            case IsolateError():
                self._isolate(parcel, error, now)
            case RetryError():
                self._retry(parcel, error, now)
            case _:
                self._stop(parcel, error, now)

    def unrouted(self, lane: Lane, error: SendError, now: float) -> None:
        """Decide what becomes of a *lane* whose container could not be routed."""
        state = self._state
        lane.is_asking = False
        lane.tries += 1
        if isinstance(error, RetryError):
            delay = state.retry.delay(lane.tries, error, state.chance())
            if delay is not None:
                lane.due = now + delay
                state.health.untold = error
                return
        lane.due = now + max(state.interval(lane.rests), state.retry.asked(error))
        lane.rests += 1
        state.stock.progress.blame(lane.entries, error)
        state.stock.rest_lane(lane)
        state.health.untold = None
        if lane.cause != str(error):
            lane.cause = str(error)
            name = wording.container_name(lane.container)
            writes = sum(entry.writes for entry in lane.entries)
            state.effects.say(f"unrouted {error}", wording.unrouted(error, name, writes))

    def release(self, now: float) -> None:
        """Make every parcel that was held due at once, with all its quick tries."""
        for parcel in self._state.shelf.clear():
            if not parcel.is_aside:
                parcel.tries, parcel.due = 0, now
            self._state.shelf.put(parcel, parcel.due)

    def _end_hold(self, now: float) -> None:
        if self._state.health.cause is not None:
            self._state.health.open()
            self.release(now)

    def _split(self, parcel: Parcel, error: SendError, now: float) -> None:
        state = self._state
        if len(parcel.entries) > 1:
            half = parcel.wire_bytes // 2
            state.limits = Limits(state.limits.rows, min(state.limits.size_bytes, half))
            self._halve(parcel, now)
            return
        state.effects.say("too large", wording.too_large(error, parcel.wire_bytes))
        self._dump(parcel, error)
        state.stock.progress.blame(parcel.entries, error)
        state.counters.lost += state.settle(parcel.entries)

    def _isolate(self, parcel: Parcel, error: SendError, now: float) -> None:
        state, health = self._state, self._state.health
        if len(parcel.entries) > 1 and not isinstance(health.cause, IsolateError):
            self._end_hold(now)
            self._halve(parcel, now)
            return
        if health.refusals >= _MAX_REFUSALS:
            self._stop(parcel, error, now)
            return
        self._end_hold(now)
        health.refusals += 1
        state.counters.rejected += parcel.writes
        state.effects.say("refused", wording.refused_row(error, state.counters.rejected))
        self._dump(parcel, error)
        state.stock.progress.blame(parcel.entries, error)
        state.settle(parcel.entries)

    def _retry(self, parcel: Parcel, error: SendError, now: float) -> None:
        state, health = self._state, self._state.health
        parcel.tries += 1
        delay = state.retry.delay(parcel.tries, error, state.chance())
        if delay is None or health.cause is not None:
            self._stop(parcel, error, now)
            return
        state.shelf.put(parcel, now + delay)
        health.untold = error
        if state.retry.asked(error) or not self._is_alive(parcel):
            health.pause_until = max(health.pause_until, now + delay)

    def _stop(self, parcel: Parcel, error: SendError, now: float) -> None:
        if isinstance(error, RetryError) and not parcel.is_dumped:
            parcel.is_dumped = True
            self._dump(parcel, error)
        if self._state.health.cause is not None:
            self._hold(parcel, error, now)
        elif len(parcel.entries) > 1 and self._is_alive(parcel) and _is_about_content(error):
            self._halve(parcel, now, is_suspect=True)
        elif self._is_alive(parcel) or self._is_known_bad(parcel):
            self._rest(parcel, error, now)
        else:
            self._hold(parcel, error, now)

    def _hold(self, parcel: Parcel, error: SendError, now: float) -> None:
        state, health = self._state, self._state.health
        _prepare_for_rest(parcel.entries, error)
        pause = max(state.interval(health.failures), state.retry.asked(error))
        was_probe = health.is_probing
        health.untold = None
        if health.hold(error, now + pause):
            topic = f"held {type(error).__name__} {error.status}"
            state.effects.say(topic, wording.held(error, state.stock.writes))
        state.stock.progress.blame_all(error)
        if was_probe and len(parcel.entries) > 1 and _is_about_content(error):
            self._halve(parcel, now)
        else:
            state.shelf.put(parcel, now)

    def _rest(self, parcel: Parcel, error: SendError, now: float) -> None:
        state = self._state
        _prepare_for_rest(parcel.entries, error)
        pause = max(state.interval(parcel.rests), state.retry.asked(error))
        if not parcel.rests:
            state.effects.say("rested", wording.rested(error, parcel.writes))
        parcel.rests += 1
        state.stock.progress.blame(parcel.entries, error)
        state.stock.rest(parcel)
        state.shelf.put(parcel, now + pause)

    def _halve(self, parcel: Parcel, now: float, *, is_suspect: bool = False) -> None:
        for part in halves(parcel.entries):
            half = Parcel(part, is_repeat=True, is_suspect=is_suspect, is_dumped=parcel.is_dumped)
            half.tries = parcel.tries if is_suspect else 0
            self._state.shelf.put(half, now)

    def _dump(self, parcel: Parcel, error: SendError) -> None:
        self._state.effects.dumps.append((parcel.batch(), error))

    def _is_alive(self, parcel: Parcel) -> bool:
        first_try = parcel.first_try
        return first_try is not None and self._state.health.acknowledged_at > first_try

    def _is_known_bad(self, parcel: Parcel) -> bool:
        return len(parcel.entries) == 1 and (parcel.is_suspect or parcel.rests > 0)


def _is_about_content(error: SendError) -> bool:
    is_wait = error.status in _ASKS_TO_WAIT or getattr(error, "retry_after", None) is not None
    return not is_wait


def _prepare_for_rest(entries: Sequence[Entry], error: SendError) -> None:
    is_known_not_taken = error.status in _NOT_TAKEN
    if not is_known_not_taken:
        for entry in entries:
            turn_into_merge(entry)
