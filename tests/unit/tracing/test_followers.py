"""Rows that wait for the row of their span."""

from __future__ import annotations

from braintrust_otel._json import encode
from braintrust_otel._model.containers import project_logs
from braintrust_otel._model.records import SpanRecord
from braintrust_otel._model.rows import Row
from braintrust_otel._runtime.ready import ReadyRows, row_bytes

HOME = project_logs("demo")
ROW = Row("r", HOME, {"output": encode("x" * 1_000), "_audit_source": "app"}, is_merge=True)


def test_rows_are_taken_once() -> None:
    """What waited is handed over in order, and is not there any more."""
    record = SpanRecord(HOME, 1)
    other = Row("r", HOME)
    record.followers = [ROW, other]

    first, second = record.take_followers(), record.take_followers()

    assert first == [ROW, other]
    assert second == []


def test_nothing_waits_in_the_child_of_a_fork() -> None:
    """What was logged before a fork is the parent's to deliver."""
    record = SpanRecord(HOME, 1)
    record.followers = [ROW]

    record.leave_to_parent()

    assert record.take_followers() == []
    assert record.is_taken


def test_a_row_was_taken_once_it_was_made() -> None:
    """From then on what is written to it merges."""
    record = SpanRecord(HOME, 1)
    before = record.is_taken
    record.take()

    assert (before, record.is_taken) == (False, True)


def test_ready_rows_are_as_large_as_what_they_hold() -> None:
    """The bound of the buffer counts their values."""
    rows = ReadyRows([ROW, ROW])

    assert rows.rows() == [ROW, ROW]
    assert rows.size_bytes == 2 * row_bytes(ROW) > 2_000
