"""Writes to rows that exist already, in this process or elsewhere."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from opentelemetry.context import get_current

from braintrust_otel._json import decode, encode
from braintrust_otel._model.merging import MERGE_PATHS
from braintrust_otel._model.rows import Row, stands_alone
from braintrust_otel._model.scores import validate_event
from braintrust_otel._model.slugs import decode_slug
from braintrust_otel._otel.sources import queue_news
from braintrust_otel._runtime import root
from braintrust_otel._runtime.ready import ReadyRows
from braintrust_otel._tracing.feedback import Feedback, feedback_rows
from braintrust_otel._tracing.masking import MASKING_KEY

if TYPE_CHECKING:
    from braintrust_otel._model.containers import Container
    from braintrust_otel._model.records import SpanRecord
    from braintrust_otel._runtime.pipeline import Pipeline

__all__ = ["give_feedback", "now_text", "put_rows", "put_update", "update_span"]


def update_span(exported: str, **event: Any) -> None:
    """Add fields to a span that was logged before, here or in another process.

    Dictionaries merge with what the span has, ``tags`` are united, everything else replaces. The
    span's times stay as they are. Nothing needs to be initialised: *exported* names the project.
    An update of a span that is still open in this process waits for its row, so that neither
    overwrites the other.

    Args:
        exported: What the span's ``export()`` returned.
        **event: Fields as ``Span.log`` takes them. ``span_id`` and ``root_span_id`` are ignored.

    Raises:
        SlugError: *exported* cannot be read.
        ValueError: *exported* names no span, an ``id`` is given, or a field has the wrong shape.
    """
    parent = decode_slug(exported)
    if "id" in event:
        raise ValueError("update_span() takes no id: the exported span says which row it is.")
    if not parent.row_id:
        raise ValueError(
            "update_span() was given an exported container. Export the span itself: its slug says "
            "which row to update."
        )
    ids = {"span_id": parent.span_id, "root_span_id": parent.root_span_id}
    put_update(parent.container, parent.row_id, {**event, **ids}, None)


def put_update(
    container: Container, row_id: str, event: Mapping[str, Any], pipeline: Pipeline | None
) -> None:
    """Merge *event* into the row *row_id*.

    Args:
        container: Where the row is.
        row_id: The row.
        event: Fields, unchecked; ``span_id`` and ``root_span_id`` only together.
        pipeline: The way there; None for that of the span if it is open here, else the default.

    Raises:
        ValueError: A field has the wrong shape, or one of the span ids is missing.
    """
    rest = dict(event)
    ids = {name: rest.pop(name, None) for name in ("span_id", "root_span_id")}
    if (ids["span_id"] is None) != (ids["root_span_id"] is None):
        raise ValueError("span_id and root_span_id belong together: give both or neither.")
    fields: dict[str, object] = {
        name: encode(value) for name, value in validate_event(rest).items()
    }
    if not fields:
        return
    if MERGE_PATHS in fields:
        fields[MERGE_PATHS] = decode(encode(event[MERGE_PATHS]))
    if ids["span_id"] is not None:
        fields |= ids
    row = Row(row_id, container, fields, is_merge=True, may_join=not stands_alone(fields))
    _put_behind(row_id, [row], pipeline)


def give_feedback(
    container: Container, row_id: str, feedback: Feedback, pipeline: Pipeline | None
) -> None:
    """Write *feedback* for the row *row_id*; the arguments are those of ``put_update``.

    Raises:
        ValueError: There is nothing in it, or something has the wrong shape.
    """
    rows = feedback_rows(
        container, row_id, feedback, comment_id=str(uuid.uuid4()), created=now_text()
    )
    _put_behind(row_id, rows, pipeline)


def now_text() -> str:
    """Return the present time as rows write it."""
    return datetime.now(timezone.utc).isoformat(timespec="microseconds")


def put_rows(rows: Sequence[Row], pipeline: Pipeline) -> None:
    """Queue *rows*, unless a masking function wrote them: masking those would never end."""
    if root.masker is None or MASKING_KEY not in get_current():
        pipeline.put(ReadyRows(rows))


def _put_behind(row_id: str, rows: Sequence[Row], pipeline: Pipeline | None) -> None:
    """Queue *rows*, or let them wait for the row of their span if that was not made yet.

    That row replaces what is stored. It is made when the span ends, or when a flush meets it.
    """
    found = _open_span(row_id)
    if found is not None:
        span, record = found
        own = record.account or root.pipeline()
        if not record.is_taken and (pipeline is None or pipeline is own):
            with root.lock:
                if record.followers is None:
                    record.followers = []
            record.followers.extend(rows)
            if record.is_queued or record.is_taken:
                # Its row was made meanwhile and may have left these behind.
                queue_news(span, record)
            return
        pipeline = pipeline or own
    put_rows(rows, pipeline or root.pipeline())


def _open_span(row_id: str) -> tuple[Any, SpanRecord] | None:
    """Return the span of this process that is open and has the row *row_id*, and its record."""
    try:
        trace_id, span_id = int(row_id[:_TRACE_DIGITS], 16), int(row_id[_TRACE_DIGITS:], 16)
    except ValueError:
        trace_id = span_id = 0
    found = root.open_spans.get(span_id)
    if found is not None and found[1].row_id is None:
        if found[0].get_span_context().trace_id == trace_id:
            return found
        return None
    for span, record in list(root.open_spans.values()):
        if record.row_id == row_id:
            return span, record
    return None


_TRACE_DIGITS = 32
