"""Makes rows of feedback: what people or programs say about a row later."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from braintrust_otel._json import encode
from braintrust_otel._model.containers import Container
from braintrust_otel._model.rows import Row
from braintrust_otel._model.scores import validate_event

__all__ = ["Feedback", "FeedbackSource", "feedback_rows"]

FeedbackSource = Literal["external", "app", "api"]
"""Who gives feedback: the program's users, Braintrust's own app, or its API."""

_SOURCES: Final = ("external", "app", "api")


@dataclass(frozen=True, slots=True)
class Feedback:
    """The arguments of ``log_feedback``.

    Attributes:
        scores: Numbers from 0 to 1 by name, added to the row's.
        expected: What should have come out.
        tags: Labels, added to the row's.
        comment: A text, kept beside the row.
        metadata: About the feedback itself, for the audit log.
        source: Who gives it; None means ``external``.
    """

    scores: Mapping[str, float | None] | None = None
    expected: Any = None
    tags: Sequence[str] | None = None
    comment: str | None = None
    metadata: Mapping[str, Any] | None = None
    source: FeedbackSource | None = None


def feedback_rows(
    container: Container, row_id: str, feedback: Feedback, *, comment_id: str, created: str
) -> list[Row]:
    """Return the rows that write *feedback*: one that merges into its row, one for a comment.

    Args:
        container: Where the row is.
        row_id: The row.
        feedback: What is said about it.
        comment_id: Id of the comment's own row.
        created: Now, as rows write it.

    Raises:
        ValueError: There is nothing in it, a field has the wrong shape, or the source is unknown.
    """
    source = feedback.source or "external"
    if source not in _SOURCES:
        raise ValueError(f"source must be one of {', '.join(_SOURCES)}, not {source!r}.")
    said = {"scores": feedback.scores, "expected": feedback.expected, "tags": feedback.tags}
    fields = validate_event(said)
    if not fields and feedback.comment is None:
        raise ValueError(
            f"The feedback for {row_id!r} says nothing: give at least one of scores, expected, "
            "tags and comment."
        )
    metadata = validate_event({"metadata": feedback.metadata}).get("metadata")
    audit = {"_audit_source": source, "_audit_metadata": encode(metadata)}
    rows = []
    if fields:
        encoded = {name: encode(value) for name, value in fields.items()}
        rows.append(Row(row_id, container, {**encoded, **audit}, is_merge=True, may_join=False))
    if feedback.comment is not None:
        comment = {
            "created": created,
            "origin": {"id": row_id},
            "comment": encode({"text": feedback.comment}),
        }
        rows.append(Row(comment_id, container, {**comment, **audit}, may_join=False))
    return rows
