"""Rows of feedback: which there are, and what they hold."""

from __future__ import annotations

from typing import Any

import pytest

from braintrust_otel._json import decode
from braintrust_otel._model.containers import project_logs
from braintrust_otel._model.rows import Row, is_joinable
from braintrust_otel._tracing.feedback import Feedback, feedback_rows

HOME = project_logs("demo")
NOW = "2026-01-02T03:04:05.000006+00:00"


def rows_of(feedback: Feedback) -> list[Row]:
    return feedback_rows(HOME, "target", feedback, comment_id="own", created=NOW)


def plain(row: Row) -> dict[str, Any]:
    return {
        name: decode(value) if hasattr(value, "markers") else value
        for name, value in row.fields.items()
    }


def test_scores_merge_into_the_row() -> None:
    """Scores, expected and tags are one merge row, with what the audit log shall say."""
    (row,) = rows_of(
        Feedback({"good": True}, "e", {"t"}, metadata={"user": 1}, source="app")  # type: ignore[arg-type]  # sets are taken, too
    )

    assert (row.id, row.container, row.is_merge) == ("target", HOME, True)
    assert plain(row) == {
        "scores": {"good": 1},
        "expected": "e",
        "tags": ["t"],
        "_audit_source": "app",
        "_audit_metadata": {"user": 1},
    }


def test_a_comment_is_a_row_of_its_own() -> None:
    """It has its own id, and names the row that it is about as its origin."""
    (row,) = rows_of(Feedback(comment="hey"))

    assert (row.id, row.is_merge) == ("own", False)
    assert plain(row) == {
        "created": NOW,
        "origin": {"id": "target"},
        "comment": {"text": "hey"},
        "_audit_source": "external",
        "_audit_metadata": None,
    }


def test_both_are_two_rows_that_nothing_is_joined_with() -> None:
    """Each write is an entry of the audit log, so each stays alone."""
    rows = rows_of(Feedback(scores={"a": None}, comment="c"))

    assert [row.id for row in rows] == ["target", "own"]
    assert [is_joinable(row) for row in rows] == [False, False]


@pytest.mark.parametrize(
    ("feedback", "message"),
    [
        (Feedback(), "says nothing"),
        (Feedback(metadata={"a": 1}), "says nothing"),
        (Feedback(comment="c", source="foo"), "external, app, api"),  # type: ignore[arg-type]  # refused
        (Feedback(scores={"a": 2}), "scores"),
        (Feedback(tags=["a", "a"]), "tags"),
        (Feedback(comment="c", metadata=[1]), "metadata"),  # type: ignore[arg-type]  # refused
    ],
)
def test_feedback_of_the_wrong_shape_raises(feedback: Feedback, message: str) -> None:
    """The error says which argument is wrong."""
    with pytest.raises(ValueError, match=message):
        rows_of(feedback)
