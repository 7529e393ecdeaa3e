"""The near side of the pipeline: from the buffer to encoded rows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from braintrust_otel._shipping.buffer import Buffer, Drained, Load
from braintrust_otel._shipping.conversion import Converted, Converter
from braintrust_otel._shipping.entries import Entry
from braintrust_otel._shipping.options import ShippingOptions
from braintrust_otel._shipping.pacing import Pacing
from braintrust_otel._shipping.progress import FlushMarker
from braintrust_otel._shipping.surroundings import Surroundings
from braintrust_otel._shipping.uploads import Uploads

__all__ = ["Intake", "Sealed"]


@dataclass(frozen=True, slots=True)
class Sealed:
    """What is ready for the outbox.

    Attributes:
        entries: Encoded rows, in order.
        marker: The flush marker behind them, if one was reached.
        lost: Row writes that could not be encoded.
    """

    entries: list[Entry]
    marker: FlushMarker | None
    lost: int


class Intake:
    """Takes what was put from the buffer, in order, and makes it into encoded rows.

    ``drain``, then ``convert`` and ``encode``, then ``finish``: the first and the last with the
    pipeline's lock held, those between without it. One thread at a time is between the first and
    the last, which keeps the order. All other methods want the lock held.

    Args:
        options: Bounds and periods.
        surroundings: Masker, spool and notices.
        load: What has left the buffer and still counts against its bounds.
        uploads: Takes the attachments of rows.
        alarm: Wakes the worker.
    """

    __slots__ = (
        "_converter",
        "_converting",
        "_gathered",
        "_gathered_writes",
        "_is_adopted",
        "_load",
        "_marks",
        "_options",
        "_pacing",
        "buffer",
    )

    def __init__(
        self,
        options: ShippingOptions,
        surroundings: Surroundings,
        load: Load,
        uploads: Uploads,
        alarm: Callable[[], None],
    ) -> None:
        self.buffer = Buffer(options.queue_rows, options.queue_bytes, load, alarm)
        self._options = options
        self._converter = Converter(surroundings, uploads)
        self._pacing = Pacing(options)
        self._load = load
        self._gathered = Load()
        self._gathered_writes = 0
        self._converting: int | None = None
        self._is_adopted = False
        self._marks = 0

    @property
    def unseen(self) -> int:
        """Sources that were put and are not converted yet."""
        return max(0, len(self.buffer) - self._marks) + (self._converting or 0)

    @property
    def gathered_writes(self) -> int:
        """Row writes that wait for company."""
        return self._gathered_writes

    @property
    def is_resting(self) -> bool:
        """Whether nothing has been taken from the buffer that is not sealed."""
        return self._converting is None and not self._gathered_writes

    def mark(self, marker: FlushMarker) -> None:
        """Put *marker* behind everything that was put so far; it makes the intake hurry."""
        self._marks += 1
        self.buffer.mark(marker)

    def arm(self) -> None:
        """Have the alarm raised by the next row, or, if there are some, by a batch of them."""
        if len(self.buffer):
            self.buffer.wake_at(self._options.max_rows_per_batch, self._options.max_batch_bytes)
        else:
            self.buffer.wake_at(1)

    def next_due(self) -> float | None:
        """Return when ``is_time`` will hold if nothing is put until then."""
        return self._pacing.next_due()

    def is_time(self, now: float, *, is_urgent: bool) -> bool:
        """Tell whether to drain or seal now; starts the deadlines of what has come."""
        if self._converting is not None:
            return False
        waiting = len(self.buffer)
        if waiting:
            self._pacing.notice(now)
        elif not self._gathered_writes:
            return False
        is_due = self._pacing.is_drain_due(now) or self._pacing.is_seal_due(now)
        return is_urgent or is_due or self._marks > 0 or self._is_crowded(waiting)

    def drain(self, now: float) -> Drained:
        """Take from the buffer what is converted next."""
        options = self._options
        # In parts of a batch, because what is being converted takes memory twice.
        drained = self.buffer.drain(options.max_rows_per_batch, options.max_batch_bytes // 4)
        self._pacing.drain_at = now if len(self.buffer) else None
        self._converting = len(drained.sources)
        self._marks -= drained.marker is not None
        self._count(drained, 1)
        return drained

    def convert(self, drained: Drained, converted: Converted) -> None:
        """Convert *drained*, without the lock.

        Raises:
            BaseException: What interrupted the conversion and is no ``Exception``.
        """
        if not self._is_adopted:
            self._is_adopted = True
            converted.adopted = self._converter.adopt()
        self._converter.convert(drained.sources, converted)

    def encode(
        self, drained: Drained, converted: Converted, now: float, *, is_urgent: bool
    ) -> Sealed | None:
        """Gather the rows, without the lock; return them encoded if it is time to send."""
        self._converter.gather(converted.rows)
        is_full = (
            len(self._converter) >= self._options.max_rows_per_batch
            or self._gathered.size_bytes >= self._options.max_batch_bytes
        )
        is_marked = drained.marker is not None and converted.taken == len(drained.sources)
        if not (is_urgent or is_full or is_marked or self._pacing.is_seal_due(now)):
            return None
        entries, lost = self._converter.seal()
        return Sealed(entries, drained.marker if is_marked else None, lost)

    def finish(self, drained: Drained, converted: Converted, sealed: Sealed | None) -> None:
        """Note that *drained* became *converted*, and perhaps *sealed*; put back the rest."""
        if converted.taken < len(drained.sources):
            rest = Drained(drained.sources[converted.taken :], drained.marker)
            self.buffer.restore(rest)
            self._marks += rest.marker is not None
            self._count(rest, -1)
        self._converting = None
        self._gathered_writes += converted.writes
        if sealed is not None or not self._gathered_writes:
            self._load.rows -= self._gathered.rows
            self._load.size_bytes -= self._gathered.size_bytes
            self._gathered = Load()
            self._gathered_writes = 0
            self._pacing.seal_at = None

    def abandon(self) -> tuple[int, int]:
        """Give up everything; return the sources not converted, and the row writes gathered."""
        left = self.unseen, self._gathered_writes
        while len(self.buffer):
            self.buffer.drain(len(self.buffer))
        self._marks, self._gathered_writes, self._converting = 0, 0, None
        return left

    def _is_crowded(self, waiting: int) -> bool:
        options = self._options
        return (
            waiting >= options.max_rows_per_batch
            or self.buffer.size_bytes >= options.max_batch_bytes
        )

    def _count(self, drained: Drained, sign: int) -> None:
        for load in (self._load, self._gathered):
            load.rows += sign * len(drained.sources)
            load.size_bytes += sign * drained.size_bytes
