"""The road from the buffer to the server: each step decides under the lock and acts outside."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from braintrust_otel._shipping import giving_up, wording
from braintrust_otel._shipping.accounts import take_stock
from braintrust_otel._shipping.batches import Limits
from braintrust_otel._shipping.buffer import Drained, Load
from braintrust_otel._shipping.conversion import Converted
from braintrust_otel._shipping.delivery import Delivery
from braintrust_otel._shipping.effects import Effects
from braintrust_otel._shipping.giving_up import Remains
from braintrust_otel._shipping.intake import Intake, Sealed
from braintrust_otel._shipping.jobs import Job, Outcome
from braintrust_otel._shipping.options import ShippingOptions
from braintrust_otel._shipping.outbox import Outbox
from braintrust_otel._shipping.policy import ProbePolicy, RetryPolicy
from braintrust_otel._shipping.progress import FlushMarker
from braintrust_otel._shipping.senders import Router, Sender
from braintrust_otel._shipping.state import State
from braintrust_otel._shipping.stats import ShippingStats
from braintrust_otel._shipping.stock import Stock
from braintrust_otel._shipping.surroundings import Signal, Surroundings
from braintrust_otel._shipping.uploads import Uploads

__all__ = ["Pipeline"]


class Pipeline:
    """Everything between ``put`` and the acknowledgement, for one process.

    Any thread may ``step``: the worker does, and where there is none, the thread that flushes. A
    step decides under the lock what is to be done next, does it without the lock, and notes the
    outcome under the lock again. Converting is one thread's role at a time, which keeps the order
    of what was put; requests are made by several.

    A thread that is inside shipping must never wait for it. That can happen: a sender or a masking
    function logs, or a garbage collection in the middle of a step ends a span. So the threads
    inside are known, and what they put waits for no room, and what they flush for nothing.

    Args:
        sender: Delivers batches.
        router: Finds out where containers' rows go.
        options: Bounds and periods.
        surroundings: Time, threads, chance, and who is told what.
    """

    def __init__(
        self, sender: Sender, router: Router, options: ShippingOptions, surroundings: Surroundings
    ) -> None:
        load = Load()
        limits = Limits(options.max_rows_per_batch, options.max_batch_bytes)
        retry, chance = RetryPolicy(retries=options.retries), surroundings.chance
        self.signal = Signal()
        self.changed = threading.Condition(threading.RLock())
        self.is_closed = False
        self._options = options
        self._surroundings = surroundings
        self.uploads = Uploads(options, surroundings, self.inside)
        self._intake = Intake(options, surroundings, load, self.uploads, self.signal.notify)
        self._delivery = Delivery(sender, router, surroundings)
        self._state = State(Stock(load), limits, retry, ProbePolicy(), chance)
        self._outbox = Outbox(self._state, options.max_in_flight)
        self._inside: set[int] = set()
        self._needs_room = False
        self._acting = 0
        self.offer = self._intake.buffer.offer

    @property
    def is_inside(self) -> bool:
        """Whether the calling thread is inside shipping, and so must not wait for it."""
        return threading.get_ident() in self._inside

    @contextmanager
    def inside(self) -> Iterator[None]:
        """Note that the calling thread is inside shipping."""
        ident = threading.get_ident()
        if ident in self._inside:
            yield
            return
        self._inside.add(ident)
        try:
            yield
        finally:
            self._inside.discard(ident)

    def step(self, *, is_urgent: bool, give: Callable[[Job], bool] | None = None) -> bool:
        """Do the next thing there is to do; return whether there was one.

        Args:
            is_urgent: Do not wait for company.
            give: Hands a job to another thread; returns False if there is none for it.

        Raises:
            BaseException: What interrupted the step and is no ``Exception``; nothing is lost.
        """
        with self.inside():
            if self._needs_room:
                self._make_room()
                is_urgent = True  # somebody waits, so what is here must not wait for company
            work = self._decide(is_urgent=is_urgent)
            if work is None:
                return False
            if isinstance(work, Drained):
                self._convert(work, is_urgent=is_urgent)
            elif give is None or not give(work):
                self.perform(work)
            return True

    def perform(self, job: Job) -> None:
        """Make the request for *job* and note its outcome."""
        with self.inside():
            try:
                outcome = self._delivery.attempt(job)
            except BaseException:
                with self._changing() as now:
                    self._outbox.interrupted(job, now)
                raise
            self._note(outcome)

    def rest(self) -> float | None:
        """Prepare to be woken; return the seconds to rest, or None to rest until woken."""
        with self.changed:
            now = self._surroundings.clock()
            self._intake.arm()
            # Looked at after the alarm was set: what came before it is seen here.
            is_time = self._intake.is_time(now, is_urgent=False)
            if is_time or self._needs_room or self.is_closed:
                return 0.0
            times = (self._intake.next_due(), self._outbox.next_due(now))
            due = min((time for time in times if time is not None), default=None)
            return None if due is None else max(0.0, due - now)

    def mark(self) -> FlushMarker:
        """Put a flush marker behind everything that was put so far."""
        marker = FlushMarker()
        with self.changed:
            self._intake.mark(marker)
        self.signal.notify()
        return marker

    def is_done(self, marker: FlushMarker) -> bool:
        """Tell whether *marker*'s flush is over, what there was to dump and to say included."""
        with self.changed:
            return marker.is_done and not self._acting

    def hurry(self) -> None:
        """Try at once what waits for another try: the last call."""
        with self._changing() as now:
            self._outbox.hurry(now)

    @property
    def is_idle(self) -> bool:
        """Whether everything that was put has been settled."""
        with self.changed:
            return self._is_empty

    @property
    def acknowledged_at(self) -> float:
        """When a delivery was last acknowledged, on the monotonic clock."""
        return self._state.health.acknowledged_at

    def begin_waiting(self) -> None:
        """Note that somebody waits for room: counts as a beginning if nothing is on its way yet."""
        with self.changed:
            if self._intake.unseen and self._is_resting:
                self._state.health.busy_since = self._surroundings.clock()

    def seconds_since_progress(self) -> float:
        """Return how long nothing was acknowledged although something was waiting."""
        with self.changed:
            return self._surroundings.clock() - self._state.health.progressed_at

    def wait(self, timeout: float | None, *, until: Callable[[], bool], is_helping: bool) -> bool:
        """Wait until something has changed, unless *until* is true already; for threads inside.

        Args:
            timeout: Seconds to wait at most; None for no limit.
            until: Looks whether what is waited for has happened; called with the lock held.
            is_helping: The calling thread steps itself, so it waits only until a step is due.

        Returns:
            What *until* said before the wait.
        """
        with self.changed:
            if until():
                return True
            now = self._surroundings.clock()
            due = self._outbox.next_due(now) if is_helping else None
            if due is not None:
                rest = max(0.0, due - now)
                timeout = rest if timeout is None else min(timeout, rest)
            with self._outside():
                self._surroundings.wait(self.changed, timeout)
            return False

    def ask_for_room(self) -> None:
        """Let rows that rest on their own give way, if others are delivered."""
        self._needs_room = True
        self.signal.notify()

    def drop(self) -> int:
        """Count something that was put as lost; return how many are lost in all."""
        with self.changed:
            self._state.counters.converted += 1
            self._state.counters.lost += 1
            return self._state.counters.lost

    def close(self) -> Remains:
        """End shipping: give up what is left. What is put or comes back later is not looked at."""
        with self._changing():
            state = self._state
            self.is_closed = True
            unseen, gathered = self._intake.abandon()
            state.counters.converted += unseen
            state.counters.lost += unseen + gathered
            is_lasting = self._surroundings.spool.is_lasting
            is_unanswered = bool(self._outbox.sending or self._outbox.asking)
            rest = giving_up.abandon(state, self._outbox.sending, is_lasting=is_lasting)
            self._outbox.sending.clear()
            cause = rest.cause or (wording.UNANSWERED if is_unanswered else "")
            return Remains(rest.lost + unseen + gathered, rest.in_flight, rest.kept, cause)

    def stats(self) -> ShippingStats:
        """Return what became of everything so far."""
        with self.changed:
            sending = self._outbox.sending
            return take_stock(self._state, self._intake, sending, is_closed=self.is_closed)

    @property
    def _is_empty(self) -> bool:
        return not self._intake.unseen and self._intake.is_resting and not self._state.stock.writes

    @property
    def _is_resting(self) -> bool:
        return self._intake.is_resting and not self._state.stock.progress.is_any_active

    @contextmanager
    def _outside(self) -> Iterator[None]:
        # A thread that waits has let go of the lock and is in the middle of nothing. What runs in
        # it then, a signal handler that flushes before it exits, may wait in its turn.
        self._inside.discard(threading.get_ident())
        try:
            yield
        finally:
            self._inside.add(threading.get_ident())

    @contextmanager
    def _changing(self) -> Iterator[float]:
        with self.changed:
            yield self._surroundings.clock()
            effects, self._state.effects = self._state.effects, Effects()
            self._acting += 1
        try:
            self._delivery.carry_out(effects)
        finally:
            with self.changed:
                self._acting -= 1
                self.changed.notify_all()
            self.signal.notify()

    def _decide(self, *, is_urgent: bool) -> Job | Drained | None:
        with self.changed:
            now = self._surroundings.clock()
            if self.is_closed:
                return None
            job = self._outbox.take(now)
            if job is not None:
                return job
            if not self._intake.is_time(now, is_urgent=is_urgent):
                return None
            if self._is_resting:
                self._state.health.busy_since = now
            return self._intake.drain(now)

    def _convert(self, drained: Drained, *, is_urgent: bool) -> None:
        converted = Converted()
        try:
            self._intake.convert(drained, converted)
        finally:
            now = self._surroundings.clock()
            sealed = self._intake.encode(drained, converted, now, is_urgent=is_urgent)
            self._take_in(drained, converted, sealed)

    def _take_in(self, drained: Drained, converted: Converted, sealed: Sealed | None) -> None:
        with self._changing() as now:
            if self.is_closed:
                return
            self._intake.finish(drained, converted, sealed)
            counters = self._state.counters
            counters.converted += converted.writes + converted.lost
            counters.lost += converted.lost
            if sealed is not None:
                counters.lost += sealed.lost
                self._outbox.add(sealed.entries)
                if sealed.marker is not None:
                    self._outbox.mark(sealed.marker, now)

    def _note(self, outcome: Outcome) -> None:
        with self._changing() as now:
            if not self.is_closed:
                self._outbox.note(outcome, now)

    def _make_room(self) -> None:
        with self._changing() as now:
            self._needs_room = False
            health = self._state.health
            is_alive = now - health.acknowledged_at < self._options.stall_timeout
            if health.cause is None and is_alive:
                giving_up.give_way(self._state)
