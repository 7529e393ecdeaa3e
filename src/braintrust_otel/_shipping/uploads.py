"""Uploads attachments beside the rows: threads of their own, which rows never wait for."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress

from braintrust_otel._diagnostics import guard
from braintrust_otel._model.attachments import DONE, AttachmentStatus, Uploadable, failed_upload
from braintrust_otel._shipping import wording
from braintrust_otel._shipping.options import ShippingOptions
from braintrust_otel._shipping.policy import ProbePolicy, RetryPolicy
from braintrust_otel._shipping.stats import UploadStats
from braintrust_otel._shipping.surroundings import Surroundings
from braintrust_otel._shipping.upload_queue import Pending, UploadQueue
from braintrust_otel.errors import IsolateError, SendError

__all__ = ["Uploads"]

_PAUSE_AFTER_BUG = 1.0


def no_limit() -> float | None:
    """Leave all the time there is."""
    return None


def say_nothing() -> None:
    """Leave it at that."""


class Uploads:
    """The stage of attachments, for one process. Every method may be called from any thread.

    Bytes are queued before the row that refers to them, and uploaded by up to ``upload_threads``
    threads, which are started when there is something to upload. Where none runs (with sync
    flush, or because Python starts none at exit) the thread that waits for uploads makes them.

    Args:
        options: Bounds and periods.
        surroundings: Uploader, time, threads, chance, and who is told what.
        inside: Notes for a block that the calling thread is inside shipping.

    Attributes:
        heard: Called for each piece that was taken: a sign of life of the server.
        time_left: Returns the seconds that a shutdown under way leaves, or None without one.
    """

    def __init__(
        self,
        options: ShippingOptions,
        surroundings: Surroundings,
        inside: Callable[[], AbstractContextManager[None]] = nullcontext,
    ) -> None:
        self._options = options
        self._inside = inside
        self._surroundings = surroundings
        self._changed = threading.Condition(threading.RLock())
        self._queue = UploadQueue(
            RetryPolicy(retries=options.retries),
            ProbePolicy(),
            surroundings.chance,
            max_bytes=options.upload_queue_bytes,
            max_count=options.upload_queue_count,
        )
        self._threads = 0
        self._is_closed = False
        self.heard: Callable[[], None] = say_nothing
        self.time_left: Callable[[], float | None] = no_limit

    def has_room(self, attachments: Sequence[Uploadable]) -> bool:
        """Tell whether all of *attachments* would be taken."""
        with self._changed:
            news = self._queue.news(attachments)
            size_bytes = sum(each.memory_bytes for each in news)
            return not self._is_closed and self._queue.has_room(len(news), size_bytes)

    def put(self, attachments: Sequence[Uploadable]) -> None:
        """Queue those of *attachments* that are new; what has no room is counted and said."""
        dropped = 0
        with self._telling() as now:
            for each in self._queue.news(attachments):
                if not self._is_closed and self._queue.has_room(1, each.memory_bytes):
                    self._queue.add(each, now)
                else:
                    dropped = self._queue.drop()
        self._start_threads()
        if dropped:
            text, period = wording.uploads_dropped(dropped), self._options.drop_notice_period
            self._surroundings.notices.say_at_most("uploads full", text, period)

    def upload(self, attachment: Uploadable) -> AttachmentStatus:
        """Upload *attachment* in this thread, unless that is done; return how it went.

        A passing trouble is tried a few times; the attachment then stays in the queue.

        Raises:
            SendError: The upload is over, but that could not be reported.
        """
        with self._changed:
            settled = self._queue.status_of(attachment.key)
            if settled is not None:
                return settled
            if self._is_closed:
                return failed_upload("Shipping has ended.")
            pending = self._queue.add(attachment, self._surroundings.clock())
        failures = self.wait([pending], no_limit, is_helping=True)
        if pending.is_settled and pending.status is not None:
            return pending.status
        if pending.status is not None:
            raise failures[0]
        return failed_upload(str(failures[0]))

    def pending(self) -> list[Pending]:
        """Return what a flush has to wait for."""
        with self._changed:
            return self._queue.pending()

    @property
    def refusals(self) -> int:
        """How many attachments were given up so far for what they are."""
        return self._queue.refusals

    def flush(self, seconds_left: Callable[[], float | None], refusals: int) -> list[SendError]:
        """Wait until all that was put is uploaded, or given up for now.

        Args:
            seconds_left: Returns how long to wait at most, None for no limit.
            refusals: How many had been given up when the flush began.

        Returns:
            Why anything is not uploaded; empty when all is.
        """
        failures = self.wait(self.pending(), seconds_left)
        last = self._queue.last_refusal
        return failures or ([] if last is None or self.refusals == refusals else [last])

    def wait(
        self,
        among: Sequence[Pending],
        seconds_left: Callable[[], float | None],
        *,
        is_helping: bool = False,
        is_last: bool = False,
    ) -> list[SendError]:
        """Wait until *among* are uploaded, or given up for now.

        What rests is tried at once. Where no thread uploads, the calling one does.

        Args:
            among: What is waited for.
            seconds_left: Returns how long to wait at most, None for no limit.
            is_helping: Upload in the calling thread even if others do, too.
            is_last: Do not keep to the pauses between tries: the last call.

        Returns:
            Why any of them is not uploaded; empty when all are.
        """
        with self._changed:
            self._queue.hurry(self._surroundings.clock(), among, is_last=is_last)
            watch = self._queue.watch(among)
            self._changed.notify_all()
        while True:
            left = seconds_left()
            with self._changed:
                if (
                    self._is_closed
                    or self._queue.is_over(watch)
                    or (left is not None and left <= 0)
                ):
                    return [_failure(each) for each in among if _is_missing(each)]
                is_mine = is_helping or not self._threads
                now = self._surroundings.clock()
                pending = self._queue.take(now, watch.pending) if is_mine else None
                if pending is None:
                    self._rest(self._queue.next_due(watch.pending) if is_mine else None, left)
                    continue
            with self._inside():
                self._perform(pending)

    def step(self) -> bool:
        """Upload or report the next attachment, if one is due; return whether there was one."""
        with self._changed:
            pending = self._queue.take(self._surroundings.clock())
        if pending is None:
            return False
        with self._inside():
            self._perform(pending)
        return True

    def close(self) -> bool:
        """End the stage: what is left is lost, which is said; return whether nothing was left."""
        with self._telling():
            self._is_closed = True
            lost, in_flight = self._queue.abandon()
        if lost:
            self._surroundings.notices.say(wording.uploads_lost_at_exit(lost, in_flight))
        return not lost

    def stats(self) -> UploadStats:
        """Return what became of everything so far."""
        with self._changed:
            return self._queue.stats()

    def run(self) -> None:
        """Upload until the stage is closed; rests when nothing is due."""
        while not self._is_closed:
            # Not even an exit that somebody's adapter asks for may end the thread.
            with suppress(BaseException):
                self.turn()

    def turn(self) -> None:
        """Do one step, or rest until the next one is due."""
        is_well = False
        with guard("uploading attachments", self._surroundings.notices):
            if self.step():
                return
            is_well = True
        with self._changed:
            if not self._is_closed:
                self._rest(self._queue.next_due(), None if is_well else _PAUSE_AFTER_BUG)

    def _perform(self, pending: Pending) -> None:
        try:
            if pending.status is None:
                status = self._store(pending.attachment)
                with self._telling() as now:
                    self._queue.stored(pending, status, now)
            self._surroundings.uploader.report(pending.attachment, pending.status or DONE)
        except SendError as error:
            with self._telling() as now:
                self._queue.failed(pending, error, now)
        except BaseException:
            with self._telling() as now:
                self._queue.interrupted(pending, now + _PAUSE_AFTER_BUG)
            raise
        else:
            with self._telling() as now:
                self._queue.settle(pending, now)

    def _store(self, attachment: Uploadable) -> AttachmentStatus:
        try:
            self._surroundings.uploader.store(attachment, self._progressed)
        except SendError:
            raise
        except Exception as error:
            # Our own bug, or a class of the user's: it costs this attachment, and no other.
            self._surroundings.notices.bug("uploading an attachment", error)
            text = f"{attachment.filename!r} was not uploaded because of a bug of braintrust-otel."
            raise IsolateError(text) from error
        return DONE

    def _progressed(self) -> None:
        self.heard()
        left = self.time_left()
        if left is not None and left <= 0:
            raise TimeoutError("The process ends.")

    def _rest(self, due: float | None, most: float | None) -> None:
        if due is not None:
            rest = max(0.0, due - self._surroundings.clock())
            most = rest if most is None else min(most, rest)
        if most != 0.0:
            self._surroundings.wait(self._changed, most)

    def _start_threads(self) -> None:
        with self._changed:
            most = 0 if self._options.sync_flush else self._options.upload_threads
            wanted = max(0, min(most, len(self._queue)) - self._threads)
            self._threads += wanted
        for started in range(wanted):
            try:
                self._surroundings.start_thread(self.run, "braintrust-otel uploader")
            except RuntimeError:  # noqa: PERF203 - two threads at most. Python starts no more: whoever waits uploads
                with self._changed:
                    self._threads -= wanted - started
                return

    @contextmanager
    def _telling(self) -> Iterator[float]:
        with self._changed:
            yield self._surroundings.clock()
            notices, self._queue.notices = self._queue.notices, []
            self._changed.notify_all()
        for notice in notices:
            self._surroundings.notices.say_at_most(notice.topic, notice.text)


def _is_missing(pending: Pending) -> bool:
    return not pending.is_settled or pending.status != DONE


def _failure(pending: Pending) -> SendError:
    if pending.error is not None:
        return pending.error
    return SendError(f"{pending.attachment.filename!r} is not uploaded yet.")
