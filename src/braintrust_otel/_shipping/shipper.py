"""The front of shipping: put, flush, shutdown, stats."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace

from braintrust_otel._model.attachments import AttachmentStatus, Uploadable
from braintrust_otel._shipping import wording
from braintrust_otel._shipping.options import ShippingOptions
from braintrust_otel._shipping.pipeline import Pipeline
from braintrust_otel._shipping.progress import FlushMarker
from braintrust_otel._shipping.senders import Router, RowSource, Sender
from braintrust_otel._shipping.stats import ShippingStats
from braintrust_otel._shipping.surroundings import Surroundings
from braintrust_otel._shipping.worker import Crew, Worker
from braintrust_otel.errors import FlushError

__all__ = ["Shipper"]


class Shipper:
    """Takes what is logged and delivers it, in the background or when flushed.

    One for each endpoint, organisation, key and process. Every method may be called from any
    thread, also from inside a delivery, from a finalizer or from a signal handler; what cannot
    wait there does not. Nothing that is put is lost unsaid: see ``ShippingStats``.

    A full buffer makes ``put`` wait for room as long as deliveries make progress; after
    ``stall_timeout`` seconds without any acknowledgement, or with ``block_when_full`` off, what is
    put is dropped instead. What is in the buffer stays, rows that are held included, with one
    exception: rows that alone cannot be delivered give way while others can.

    Args:
        sender: Delivers batches.
        router: Finds out where containers' rows go.
        surroundings: Time, threads, chance, and who is told what.
        options: Bounds and periods.
    """

    __slots__ = (
        "_crew",
        "_heard_at",
        "_is_ending",
        "_is_open",
        "_lock",
        "_offer",
        "_options",
        "_pipeline",
        "_router",
        "_seconds_left",
        "_sender",
        "_surroundings",
        "_worker",
    )

    def __init__(
        self,
        sender: Sender,
        router: Router,
        surroundings: Surroundings,
        options: ShippingOptions | None = None,
    ) -> None:
        self._sender = sender
        self._router = router
        self._surroundings = surroundings
        self._options = options or ShippingOptions()
        self._is_ending = False
        self._seconds_left: Callable[[], float] | None = None
        self._build()

    def put(self, source: RowSource) -> None:
        """Take *source* for delivery. Never raises; waits only when the buffer is full."""
        if not (self._is_open and self._offer(source)):
            self._put_slowly(source)

    def flush(self, timeout: float | None = None) -> bool:
        """Deliver everything put so far, by any thread, and upload the attachments in it.

        Rows that are held are tried once more; what cannot be delivered now is given up for now,
        not lost. Called from inside a delivery or a masking function, it does not wait.

        Args:
            timeout: Seconds to wait at most; None waits as long as deliveries take.

        Returns:
            Whether all of it was acknowledged.

        Raises:
            FlushError: With sync flush only: something was not delivered.
        """
        pipeline = self._pipeline
        if pipeline.is_inside or pipeline.is_closed:
            return pipeline.is_idle
        clock = self._surroundings.clock
        deadline = None if timeout is None else clock() + timeout

        def seconds_left() -> float | None:
            return None if deadline is None else deadline - clock()

        refusals = pipeline.uploads.refusals
        with pipeline.inside():
            marker = pipeline.mark()
            self._await(marker, seconds_left)
        # All that these rows refer to was queued before them.
        errors = [*marker.errors, *pipeline.uploads.flush(seconds_left, refusals)]
        if errors and self._options.sync_flush:
            raise FlushError(wording.flush_failed(errors), errors) from errors[0]
        return marker.is_done and not errors

    def shutdown(self, timeout: float | None = None) -> bool:
        """Deliver what can be delivered soon, then end: what is put later is counted as lost.

        Waits as long as the server gives signs of life, ``exit_idle`` seconds for each, and not
        longer than *timeout* in all. Starts no thread, so that it works at interpreter exit; where
        no worker runs, the calling thread delivers. What remains is counted as lost, or left to a
        lasting spool, and said in one line. Called again, or from inside a delivery, it does
        nothing.

        Args:
            timeout: Seconds in all; None takes ``exit_timeout`` from the options.

        Returns:
            Whether nothing was left.
        """
        pipeline, clock = self._pipeline, self._surroundings.clock
        with self._lock:
            if self._is_ending or pipeline.is_inside:
                return pipeline.is_idle
            self._is_ending = True
            self._is_open = False
        begun = clock()
        total = self._options.exit_timeout if timeout is None else timeout

        def seconds_left() -> float:
            if not self._surroundings.is_ready():
                self.heard()
            sign_of_life = max(begun, pipeline.acknowledged_at, self._heard_at)
            return min(begun + total, sign_of_life + self._options.exit_idle) - clock()

        self._seconds_left = seconds_left
        self._crew.close()
        with pipeline.inside():
            pipeline.hurry()
            self._await(pipeline.mark(), seconds_left)
        pipeline.uploads.wait(pipeline.uploads.pending(), seconds_left, is_last=True)
        return self._end(clock() - begun)

    def stats(self) -> ShippingStats:
        """Return what became of everything that was put so far."""
        pipeline = self._pipeline
        return replace(pipeline.stats(), attachments=pipeline.uploads.stats())

    def upload(self, attachment: Uploadable) -> AttachmentStatus:
        """Upload *attachment* in this thread, unless that is done; return how it went.

        A passing trouble is tried a few times; the attachment then stays queued.

        Raises:
            SendError: The upload is over, but that could not be reported.
        """
        return self._pipeline.uploads.upload(attachment)

    def heard(self) -> None:
        """Note a sign of life of the server other than an acknowledgement, such as a login."""
        self._heard_at = self._surroundings.clock()

    def time_left(self) -> float | None:
        """Return the seconds that a shutdown under way leaves for a request; None without one.

        For the transport to cap its deadline with: a request that the shutting thread makes itself
        must not outlast the shutdown. Never negative.
        """
        seconds_left = self._seconds_left
        return None if seconds_left is None else max(0.0, seconds_left())

    def after_fork_in_child(self) -> None:
        """Start empty, with new locks and no threads: what was put is the parent's to deliver.

        Takes no lock, because a thread that is not there any more may hold it. After a shutdown
        the child stays shut down, as its parent is.
        """
        if not self._pipeline.is_closed:
            self._is_ending = False
            self._build()

    def _build(self) -> None:
        options, surroundings = self._options, self._surroundings
        self._lock = threading.RLock()
        self._pipeline = Pipeline(self._sender, self._router, options, surroundings)
        self._crew = Crew(self._pipeline, options.max_in_flight, surroundings)
        self._worker = Worker(self._pipeline, self._crew, surroundings)
        self._offer = self._pipeline.offer
        self._seconds_left = None
        self._heard_at = float("-inf")
        self._pipeline.uploads.heard = self.heard
        self._pipeline.uploads.time_left = self.time_left
        self._is_open = options.sync_flush

    def _put_slowly(self, source: RowSource) -> None:
        if self._is_ending:
            total = self._pipeline.drop()
            self._say_dropped("late", wording.dropped_late(total))
            return
        if not self._is_open:
            self._is_open = self._worker.start()
        if self._offer(source) or self._wait_for_room(source):
            return
        self._pipeline.ask_for_room()
        total = self._pipeline.drop()
        self._say_dropped("full", wording.dropped_full(total))

    def _say_dropped(self, topic: str, text: str) -> None:
        self._surroundings.notices.say_at_most(topic, text, self._options.drop_notice_period)

    def _wait_for_room(self, source: RowSource) -> bool:
        pipeline, is_helping = self._pipeline, not self._worker.is_running
        if not self._options.block_when_full or pipeline.is_inside:
            return False
        with pipeline.inside():
            pipeline.begin_waiting()
            while not pipeline.is_closed:
                left = self._options.stall_timeout - pipeline.seconds_since_progress()
                if left <= 0:
                    return False
                pipeline.ask_for_room()
                if is_helping and pipeline.step(is_urgent=True):
                    left = 0.0
                if pipeline.wait(left, until=lambda: self._offer(source), is_helping=is_helping):
                    return True
        return False

    def _await(self, marker: FlushMarker, seconds_left: Callable[[], float | None]) -> None:
        pipeline, is_helping = self._pipeline, not self._worker.is_running
        while not pipeline.is_done(marker):
            left = seconds_left()
            if left is not None and left <= 0:
                return
            if not (is_helping and pipeline.step(is_urgent=True)):
                pipeline.wait(left, until=lambda: pipeline.is_done(marker), is_helping=is_helping)

    def _end(self, seconds: float) -> bool:
        remains = self._pipeline.close()
        self._crew.stop()
        stats = self._pipeline.stats()
        if stats.lost or stats.rejected or remains.kept:
            self._surroundings.notices.say(wording.ended(remains, stats, seconds))
        is_all_uploaded = self._pipeline.uploads.close()
        return is_all_uploaded and not (remains.lost or remains.kept)
