"""What is said on standard error: one line for each change of state."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from braintrust_otel._model.containers import Container
from braintrust_otel.errors import SendError

if TYPE_CHECKING:
    from braintrust_otel._shipping.giving_up import Remains
    from braintrust_otel._shipping.stats import ShippingStats

__all__ = [
    "ENDED_BEFORE",
    "UNANSWERED",
    "container_name",
    "counted",
    "delivered_again",
    "dropped_full",
    "dropped_late",
    "ended",
    "flush_failed",
    "gave_way",
    "held",
    "refused_row",
    "rested",
    "too_large",
    "unrouted",
    "upload_refused",
    "upload_rests",
    "uploads_again",
    "uploads_dropped",
    "uploads_held",
    "uploads_lost_at_exit",
]

ENDED_BEFORE = "Shipping ended before these rows were delivered."
UNANSWERED = "The server did not answer in time."

_LATER = "kept in memory and tried again from time to time"


def counted(rows: int) -> str:
    """Return a number of rows in words."""
    return "1 row" if rows == 1 else f"{rows:,} rows"


def held(error: SendError, waiting: int) -> str:
    """Say that nothing is delivered for now."""
    return f"{error} Nothing is delivered for now: {counted(waiting)} {_LATER}."


def rested(error: SendError, writes: int) -> str:
    """Say that some rows alone could not be delivered."""
    return f"{error} Other rows are delivered, but {counted(writes)} could not be: {_LATER}."


def unrouted(error: SendError, name: str, waiting: int) -> str:
    """Say that a container cannot be found out."""
    return f"{error} {counted(waiting)} for {name}: {_LATER}."


def delivered_again(waiting: int) -> str:
    """Say that deliveries go on."""
    return f"Braintrust takes rows again; {counted(waiting)} that waited are on their way."


def refused_row(error: SendError, total: int) -> str:
    """Say that the server refused one row for its content."""
    return (
        f"{error} The row was left out ({counted(total)} so far in all); the rows around it are"
        " delivered. BRAINTRUST_FAILED_PUBLISH_PAYLOADS_DIR names a directory to keep such rows."
    )


def container_name(container: Container) -> str:
    """Return what a container is called in a line."""
    kind = container.kind.name.lower().replace("_", " ")
    return f"{kind} {container.name or container.id!r}"


def too_large(error: SendError, size_bytes: int) -> str:
    """Say that a single row was too large."""
    return f"{error} 1 row of {size_bytes:,} bytes was lost: log less in one span, or attach it."


def gave_way(writes: int) -> str:
    """Say that held rows made room for rows that can be delivered."""
    return (
        f"{counted(writes)} that could not be delivered were lost, because the buffer was full and"
        " newer rows can be. BRAINTRUST_QUEUE_SIZE sets its size."
    )


def dropped_full(total: int) -> str:
    """Say that rows are dropped because the buffer is full."""
    return (
        f"The buffer is full, so what is logged now is lost ({counted(total)} so far in all)."
        " BRAINTRUST_QUEUE_SIZE sets its size."
    )


def dropped_late(total: int) -> str:
    """Say that something was logged after the end."""
    return f"Logged after shutdown, and so not delivered ({counted(total)} lost in all)."


def flush_failed(errors: Sequence[Exception]) -> str:
    """Say why a synchronous flush raises."""
    more = f" ({len(errors):,} failures in all)" if len(errors) > 1 else ""
    return f"Not everything was delivered{more}: {errors[0]}"


def ended(remains: Remains, stats: ShippingStats, seconds: float) -> str:
    """Say what was not delivered: what the end of shipping left, and what was lost before."""
    parts: list[str] = []
    if remains.lost:
        in_flight = remains.in_flight
        doubt = f" ({in_flight:,} of them perhaps delivered)" if in_flight else ""
        parts.append(f"{counted(remains.lost)} undelivered and lost{doubt}")
    if remains.kept:
        parts.append(f"{counted(remains.kept)} kept on disk for the next start")
    if stats.lost > remains.lost:
        parts.append(f"{counted(stats.lost)} lost in all")
    if stats.rejected:
        parts.append(f"{counted(stats.rejected)} refused by the server in all")
    cause = f" {remains.cause}" if remains.cause else ""
    return f"Shipping ended after {seconds:.1f} s: {', '.join(parts)}.{cause}"


def uploads_held(error: SendError, waiting: int) -> str:
    """Say that no attachment is uploaded for now."""
    return (
        f"{error} No attachment is uploaded for now: {_attachments(waiting)} {_LATER}. Rows are not"
        " affected."
    )


def uploads_again(waiting: int) -> str:
    """Say that uploads go on."""
    return f"Attachments are uploaded again; {_attachments(waiting)} that waited are on their way."


def upload_rests(error: SendError) -> str:
    """Say that one attachment alone could not be uploaded."""
    return f"{error} Other attachments are uploaded; this one is {_LATER}."


def upload_refused(error: SendError) -> str:
    """Say that an attachment will never be uploaded."""
    return f"{error} The row stays, and shows the attachment as failed."


def uploads_dropped(total: int) -> str:
    """Say that attachments are dropped because there is no room for their bytes."""
    return (
        f"Too many attachments wait for their upload, so new ones are lost ({_attachments(total)}"
        " so far in all); their rows are sent. BRAINTRUST_ATTACHMENT_QUEUE_MAX_BYTES sets the room."
    )


def uploads_lost_at_exit(lost: int, in_flight: int) -> str:
    """Say what the end of shipping left of the uploads."""
    doubt = f" ({in_flight:,} of them perhaps complete)" if in_flight else ""
    return f"Shipping ended with {_attachments(lost)} not uploaded, and so lost{doubt}."


def _attachments(count: int) -> str:
    return "1 attachment" if count == 1 else f"{count:,} attachments"
