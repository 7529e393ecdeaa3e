"""Counts of what became of every row that was logged."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, cast

__all__ = ["Counters", "LogEventStats", "SamplingStats", "ShippingStats", "UploadStats"]


@dataclass(slots=True)
class Counters:
    """Running totals; changed under the pipeline's lock only.

    Attributes:
        converted: Row writes that sources yielded, and 1 for each source that was lost unread.
        sent: Row writes that were acknowledged.
        rejected: Row writes that the server refused for their content.
        lost: Row writes that are gone.
        kept: Row writes that were left to the spool when shipping ended.
        requests: Requests made for rows.
        retries: Those among them that repeated an earlier one.
    """

    converted: int = 0
    sent: int = 0
    rejected: int = 0
    lost: int = 0
    kept: int = 0
    requests: int = 0
    retries: int = 0


@dataclass(frozen=True, slots=True)
class UploadStats:
    """What became of every attachment that was logged so far.

    ``logged == uploaded + failed + lost + held + queued + in_flight`` at any time. An attachment
    that is logged several times counts once.

    Attributes:
        logged: All attachments.
        uploaded: Taken by the server, and reported so.
        failed: Unreadable, or refused for what they are; reported to the server as failed.
        lost: Without room in the queue, or not uploaded when the process ended.
        held: Kept after their upload failed; tried again from time to time.
        queued: On their way, not in a request.
        in_flight: Being uploaded.
        size_bytes: The memory that the bytes of those not settled take.
        tries: Uploads and reports begun, repeats included.
    """

    logged: int = 0
    uploaded: int = 0
    failed: int = 0
    lost: int = 0
    held: int = 0
    queued: int = 0
    in_flight: int = 0
    size_bytes: int = 0
    tries: int = 0

    def __add__(self, other: UploadStats) -> UploadStats:
        """Return the sums of both."""
        return UploadStats(**_sums(self, other))


@dataclass(frozen=True, slots=True)
class LogEventStats:
    """What became of every log event with the content of a model call.

    ``logged == joined + lost + waiting`` at any time.

    Attributes:
        logged: All events.
        joined: Those that are in the row of their span.
        lost: Those that are in no row: without a span, or evicted before the span ended.
        waiting: Those whose span has not ended yet, or not been converted.
        size_bytes: The memory that events and the spans remembered for them take.
    """

    logged: int = 0
    joined: int = 0
    lost: int = 0
    waiting: int = 0
    size_bytes: int = 0

    def __add__(self, other: LogEventStats) -> LogEventStats:
        """Return the sums of both."""
        return LogEventStats(**_sums(self, other))


@dataclass(frozen=True, slots=True)
class SamplingStats:
    """What tail sampling did.

    Attributes:
        kept: Traces that were kept.
        dropped: Traces that were not.
        held: Traces that wait for their end.
        held_bytes: Roughly the memory that those take.
        dropped_rows: Row writes that were dropped with their trace, or came later for it.
        early: Traces that were judged before they ended, because there was no room.
        failed: Sources of traces that were spoilt by a fault while they were converted.
    """

    kept: int = 0
    dropped: int = 0
    held: int = 0
    held_bytes: int = 0
    dropped_rows: int = 0
    early: int = 0
    failed: int = 0

    def __add__(self, other: SamplingStats) -> SamplingStats:
        """Return the sums of both."""
        return SamplingStats(**_sums(self, other))


_NO_UPLOADS = UploadStats()
_NO_SAMPLING = SamplingStats()
_NO_LOG_EVENTS = LogEventStats()


@dataclass(frozen=True, slots=True)
class ShippingStats:
    """What became of every row write that was logged so far.

    ``logged == sent + rejected + lost + held + queued + in_flight`` at any time; when everything
    has come to rest the last two are 0. A row write is one row as its source yielded it: two that
    were joined before sending count as two when they are acknowledged. A source that was not
    converted yet counts as one.

    Attributes:
        logged: All row writes.
        sent: Acknowledged by the server.
        rejected: Refused by the server for their content, and given to the failed-payload
            directory; every other row of their request was delivered.
        lost: Dropped because there was no room, or undelivered when the process ended, or too
            large for the server, or spoilt by a fault while they were converted.
        held: Kept after their delivery failed; tried again from time to time.
        queued: On their way, not in a request.
        in_flight: In a request under way.
        size_bytes: Roughly the memory that everything not settled takes.
        requests: Requests made for rows.
        retries: Those among them that repeated an earlier one.
        attachments: What became of the attachments.
        log_events: What became of the log events that belong to spans.
        sampling: What tail sampling did; what it holds or dropped is in none of the other counts.
    """

    logged: int = 0
    sent: int = 0
    rejected: int = 0
    lost: int = 0
    held: int = 0
    queued: int = 0
    in_flight: int = 0
    size_bytes: int = 0
    requests: int = 0
    retries: int = 0
    attachments: UploadStats = _NO_UPLOADS
    log_events: LogEventStats = _NO_LOG_EVENTS
    sampling: SamplingStats = _NO_SAMPLING

    def __add__(self, other: ShippingStats) -> ShippingStats:
        """Return the sums of both."""
        return ShippingStats(**_sums(self, other))


def _sums(one: object, other: object) -> dict[str, Any]:
    """Return the sum of each field of two counts of one kind."""
    names = [field.name for field in fields(cast("Any", one))]
    return {name: getattr(one, name) + getattr(other, name) for name in names}
