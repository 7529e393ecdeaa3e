"""Rows of what is logged, or happens, after a span's row was written."""

from __future__ import annotations

from dataclasses import replace

from braintrust_otel._json import encode
from braintrust_otel._mapping.convert import span_row, update_row
from braintrust_otel._model.records import Taken
from support.views import (
    LOGS,
    PROVENANCE,
    SPAN_ID,
    TRACE_ID,
    event,
    fields_of,
    foreign,
    own,
    record_of,
)


def test_late_log_is_a_merge_row() -> None:
    """What is logged after the end was told travels alone, with who the span is."""
    record = record_of(("input", 1))
    record.take(has_ended=True)
    record.parts.append(("metadata", encode({"a": 1})))

    row = update_row(own(record), record.take(has_ended=True))

    assert row is not None
    assert (row.id, row.container, row.is_merge, row.may_join) == (
        TRACE_ID + SPAN_ID,
        LOGS,
        True,
        True,
    )
    assert fields_of(row) == {
        "metadata": {"a": 1},
        "span_id": SPAN_ID,
        "root_span_id": TRACE_ID,
        "span_parents": None,
    }


def test_nothing_new_is_no_row() -> None:
    """Without anything new there is nothing to write; null is nothing."""
    record = record_of()
    record.take(has_ended=True)
    record.parts.append(("input", encode(None)))

    assert update_row(own(record), record.take(has_ended=True)) is None
    assert update_row(own(record), record.take(has_ended=True)) is None


def test_open_span_has_nothing_new() -> None:
    """A span that is still open, and on which nothing was logged, needs no row."""
    record = record_of()
    record.take()

    assert update_row(own(record, end_ns=None), record.take()) is None


def test_foreign_span_is_never_updated() -> None:
    """Another library's span has no record, so nothing can be logged on it later."""
    assert update_row(foreign(), Taken([("input", encode(1))], is_first=False)) is None


def test_end_of_a_span_written_while_open() -> None:
    """The end tells times, new logs, errors and attributes, not what was delivered before."""
    record = record_of(("input", "big"), ("output", "old"), ("metadata", {"a": 1}))
    view = own(record, end_ns=None)
    span_row(view, record.take(), PROVENANCE, LOGS)
    record.parts.extend([("output", encode("new")), ("metadata", encode({"b": 2}))])
    ended = replace(
        own(record),
        events=(event("exception", exception__type="ValueError", exception__message="x"),),
        attributes={"late": True},
    )

    row = update_row(ended, record.take(has_ended=True))

    assert row is not None
    assert row.is_merge
    assert fields_of(row) == {
        "output": "new",
        "metadata": {"a": 1, "b": 2, "late": True},
        "error": "ValueError: x",
        "metrics": {"start": 1795317219.717551, "end": 1795317220.217551},
        "span_attributes": {"name": "outer", "exec_counter": 7},
        "span_id": SPAN_ID,
        "root_span_id": TRACE_ID,
        "span_parents": None,
    }


def test_logged_end_is_not_undone() -> None:
    """An end that was logged before stays the end."""
    record = record_of(("metrics", {"end": 5.0}))
    record.take()

    row = update_row(own(record), record.take(has_ended=True))

    assert fields_of(row)["metrics"]["end"] == 5.0


def test_objects_over_other_values_replace() -> None:
    """Where a later log put an object over another value, the store is told to replace it."""
    record = record_of()
    record.take(has_ended=True)
    record.parts.extend(
        [
            ("output", encode(1)),
            ("output", encode({"a": 1})),
            ("_merge_paths", encode([["input"]])),
            ("input", encode({"q": 1})),
        ]
    )

    row = update_row(own(record), record.take(has_ended=True))

    assert fields_of(row)["_merge_paths"] == [["input"], ["output"]]
