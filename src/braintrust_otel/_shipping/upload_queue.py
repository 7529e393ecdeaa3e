"""Decides which attachment is uploaded next, and what a failure changes."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from braintrust_otel._model.attachments import AttachmentStatus, Uploadable, failed_upload
from braintrust_otel._shipping import wording
from braintrust_otel._shipping.effects import Notice
from braintrust_otel._shipping.policy import ProbePolicy, RetryPolicy
from braintrust_otel._shipping.stats import UploadStats
from braintrust_otel.errors import IsolateError, RetryError, SendError

__all__ = ["Pending", "UploadQueue", "Watch"]

_REMEMBERED = 10_000
"""Uploads that are known to be over; one that is logged again after so many others is repeated."""


@dataclass(slots=True, eq=False)
class Pending:
    """An attachment that is not settled.

    Attributes:
        attachment: What is to be uploaded.
        status: How the upload went, once that is known; it is then still to be reported.
        due: When it is tried (again), on the monotonic clock.
        tries: Failed tries of this round.
        rounds: Rounds that used up their quick tries.
        began: When this round began; None before its first try.
        error: Why the last try failed.
        counted_bytes: The memory that it was counted with.
        is_busy: Whether a thread is at it.
        is_settled: Whether it is over.
    """

    attachment: Uploadable
    status: AttachmentStatus | None = None
    due: float = 0.0
    tries: int = 0
    rounds: int = 0
    began: float | None = None
    error: SendError | None = None
    counted_bytes: int = 0
    is_busy: bool = False
    is_settled: bool = False


@dataclass(slots=True)
class Watch:
    """What somebody waits for.

    Attributes:
        left: What is not known to be over, each with its rounds at the beginning.
        give_ups: Rounds that had been given up then.
    """

    left: deque[tuple[Pending, int]]
    give_ups: int

    @property
    def pending(self) -> Iterator[Pending]:
        """What is not known to be over."""
        return (each for each, _ in self.left)

    def is_first_over(self) -> bool:
        """Tell whether the first one is settled, or was given up for now since."""
        first, rounds = self.left[0]
        return first.is_settled or first.rounds > rounds


class UploadQueue:
    """Attachments on their way, oldest first. Pure memory; the stage's lock guards it.

    A failure that may pass is tried again quickly, a bounded number of times. An attachment that
    used these up rests: alone if others were uploaded since, else with all others, of which one
    at a time is then tried at growing intervals. Only an attachment that cannot be read, or is
    refused for what it is, is given up; that is reported to the server. Times are monotonic
    seconds.

    Args:
        retry: When an upload is tried again.
        probe: When resting ones are tried again.
        chance: Draws a number from 0 (included) to 1.
        max_bytes: Memory that the bytes may take; 0 has no bound.
        max_count: How many may wait; 0 has no bound.

    Attributes:
        size_bytes: Memory that the bytes take now.
        refusals: Attachments that were given up for what they are.
        last_refusal: Why the last of them was.
        notices: What is to be said once the lock is released.
    """

    def __init__(
        self,
        retry: RetryPolicy,
        probe: ProbePolicy,
        chance: Callable[[], float],
        *,
        max_bytes: int,
        max_count: int,
    ) -> None:
        self._retry = retry
        self._probe = probe
        self._chance = chance
        self._max_bytes = max_bytes
        self._max_count = max_count
        self._pending: dict[str, Pending] = {}
        self._settled: dict[str, AttachmentStatus] = {}
        self._acknowledged_at = 0.0
        self._cause: SendError | None = None
        self._probe_at = 0.0
        self._failed_probes = 0
        self._logged = self._uploaded = self._failed = self._lost = self._tries = 0
        self.size_bytes = 0
        self._give_ups = 0
        self.refusals = 0
        self.last_refusal: SendError | None = None
        self.notices: list[Notice] = []

    def __len__(self) -> int:
        """Return how many are not settled."""
        return len(self._pending)

    def pending(self) -> list[Pending]:
        """Return what is not settled."""
        return list(self._pending.values())

    def status_of(self, key: str) -> AttachmentStatus | None:
        """Return how an upload ended that is over; None if it is not, or was forgotten."""
        return self._settled.get(key)

    def has_room(self, count: int, size_bytes: int) -> bool:
        """Tell whether there is room for so many more."""
        fits = not self._max_bytes or self.size_bytes + size_bytes <= self._max_bytes
        return fits and not (self._max_count and len(self._pending) + count > self._max_count)

    def news(self, attachments: Iterable[Uploadable]) -> list[Uploadable]:
        """Return those of *attachments* that are not known yet, each once."""
        unknown = {each.key: each for each in attachments}
        known = self._pending.keys() | self._settled.keys()
        return [each for key, each in unknown.items() if key not in known]

    def add(self, attachment: Uploadable, now: float) -> Pending:
        """Take in *attachment*, or return what is pending for it; room is the caller's concern."""
        found = self._pending.get(attachment.key)
        if found is None:
            found = Pending(attachment, due=now, counted_bytes=attachment.memory_bytes)
            self._pending[attachment.key] = found
            self._logged += 1
            self.size_bytes += found.counted_bytes
        return found

    def drop(self) -> int:
        """Count an attachment for which there is no room; return how many are lost in all."""
        self._logged += 1
        self._lost += 1
        return self._lost

    def take(self, now: float, among: Iterable[Pending] | None = None) -> Pending | None:
        """Hand out what is tried next, or None when nothing is due.

        Args:
            now: The time.
            among: What may be handed out; None means everything.
        """
        if self._cause is not None and (self._is_probing or now < self._probe_at):
            return None
        candidates = self._pending.values() if among is None else among
        found = next((each for each in candidates if self._is_due(each, now)), None)
        if found is not None:
            found.is_busy = True
            self._tries += 1
            found.began = now if found.began is None else found.began
        return found

    def next_due(self, among: Iterable[Pending] | None = None) -> float | None:
        """Return when something can be handed out; None when only an outcome changes that.

        Args:
            among: What may be handed out; None means everything.
        """
        candidates = self._pending.values() if among is None else among
        free = [each.due for each in candidates if not each.is_busy and not each.is_settled]
        if self._cause is None or not free:
            return min(free, default=None)
        return None if self._is_probing else self._probe_at

    def watch(self, among: Iterable[Pending]) -> Watch:
        """Return what tells whether *among* are settled, or were given up for now since."""
        return Watch(deque((each, each.rounds) for each in among), self._give_ups)

    def is_over(self, watch: Watch) -> bool:
        """Tell whether there is nothing left to wait for; forgets what *watch* has seen the end of.

        True also when nothing can be uploaded for now, which was tried since.
        """
        if self._cause is not None and self._give_ups > watch.give_ups:
            return True
        while watch.left and watch.is_first_over():
            watch.left.popleft()
        return not watch.left

    def stored(self, pending: Pending, status: AttachmentStatus, now: float) -> None:
        """Note how the upload of *pending*, which is being tried, went; to be reported next."""
        pending.status = status
        self._acknowledge(now)

    def settle(self, pending: Pending, now: float) -> None:
        """Note that the end of *pending* was reported."""
        self._acknowledge(now)
        self._finish(pending)

    def interrupted(self, pending: Pending, due: float) -> None:
        """Take back *pending*, whose try was broken off; it is tried again when it is *due*."""
        pending.is_busy = False
        pending.due = due

    def failed(self, pending: Pending, error: SendError, now: float) -> None:
        """Decide what becomes of *pending* after its try failed."""
        pending.is_busy = False
        pending.error = error
        if isinstance(error, IsolateError):
            self._refused(pending, error, now)
            return
        pending.tries += 1
        if isinstance(error, RetryError) and self._cause is None:
            delay = self._retry.delay(pending.tries, error, self._chance())
            if delay is not None:
                pending.due = now + delay
                return
        self._rest(pending, error, now)

    def hurry(self, now: float, among: Iterable[Pending], *, is_last: bool = False) -> None:
        """Let what rests be tried at once.

        Args:
            now: The time.
            among: What somebody waits for.
            is_last: Do not keep to the pauses between quick tries either.
        """
        self._probe_at = min(self._probe_at, now)
        for each in among:
            if is_last or not each.tries:
                each.due = min(each.due, now)

    def abandon(self) -> tuple[int, int]:
        """Give up everything; return how many were lost, and how many of them were busy."""
        left = self.pending()
        busy = sum(each.is_busy for each in left)
        self._lost += len(left)
        self._pending.clear()
        self.size_bytes = 0
        return len(left), busy

    def stats(self) -> UploadStats:
        """Return what became of everything so far."""
        in_flight = sum(each.is_busy for each in self._pending.values())
        resting = [each for each in self._pending.values() if each.rounds and not each.is_busy]
        held = len(self._pending) - in_flight if self._cause is not None else len(resting)
        return UploadStats(
            logged=self._logged,
            uploaded=self._uploaded,
            failed=self._failed,
            lost=self._lost,
            held=held,
            queued=len(self._pending) - in_flight - held,
            in_flight=in_flight,
            size_bytes=self.size_bytes,
            tries=self._tries,
        )

    @property
    def _is_probing(self) -> bool:
        return any(each.is_busy for each in self._pending.values())

    def _is_due(self, pending: Pending, now: float) -> bool:
        is_free = not pending.is_busy and not pending.is_settled
        return is_free and (self._cause is not None or pending.due <= now)

    def _acknowledge(self, now: float) -> None:
        self._acknowledged_at = now
        if self._cause is not None:
            self._cause = None
            self._failed_probes = 0
            self.hurry(now, self._pending.values(), is_last=True)
            self._say("uploads again", wording.uploads_again(len(self._pending)))

    def _refused(self, pending: Pending, error: SendError, now: float) -> None:
        if pending.status is not None:  # the report was refused: there is nobody to tell
            self._finish(pending)
            return
        self.refusals += 1
        self.last_refusal = error
        pending.status = failed_upload(str(error))
        pending.due, pending.tries, pending.began = now, 0, None
        self._say(f"upload refused {error.status}", wording.upload_refused(error))

    def _rest(self, pending: Pending, error: SendError, now: float) -> None:
        asked = self._retry.asked(error)
        is_alone = self._cause is None and self._acknowledged_at > (pending.began or 0.0)
        pending.tries, pending.began = 0, None
        pending.rounds += 1
        self._give_ups += 1
        # To the back: one that fails for its own sake must not keep the others from being tried.
        self._pending[pending.attachment.key] = self._pending.pop(pending.attachment.key)
        if is_alone:
            pause = self._probe.interval(pending.rounds - 1, self._chance())
            pending.due = now + max(pause, asked)
            self._say("upload rests", wording.upload_rests(error))
            return
        pause = self._probe.interval(self._failed_probes, self._chance())
        self._probe_at = now + max(pause, asked)
        self._failed_probes += 1
        if self._cause is None or str(self._cause) != str(error):
            topic = f"uploads held {type(error).__name__} {error.status}"
            self._say(topic, wording.uploads_held(error, len(self._pending)))
        self._cause = error

    def _finish(self, pending: Pending) -> None:
        # What was abandoned meanwhile was counted then.
        if self._pending.pop(pending.attachment.key, None) is None or pending.status is None:
            return
        pending.is_busy, pending.is_settled = False, True
        is_done = pending.status["upload_status"] == "done"
        self._uploaded += is_done
        self._failed += not is_done
        self.size_bytes -= pending.counted_bytes
        self._settled[pending.attachment.key] = pending.status
        if len(self._settled) > _REMEMBERED:
            del self._settled[next(iter(self._settled))]

    def _say(self, topic: str, text: str) -> None:
        self.notices.append(Notice(topic, text))
