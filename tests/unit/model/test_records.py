"""Records of spans: what was logged is taken once, in order."""

from __future__ import annotations

from braintrust_otel._json import encode
from braintrust_otel._model.containers import project_logs
from braintrust_otel._model.records import SpanRecord, Taken

INPUT, OUTPUT = ("input", encode(1)), ("output", encode(2))


def test_parts_are_taken_once() -> None:
    """Each take returns what was logged since the last, and tells what came before."""
    record = SpanRecord(project_logs("demo"), 1)
    record.parts.append(INPUT)
    taken = record.take()
    record.parts.append(OUTPUT)

    assert taken == Taken([INPUT], is_first=True)
    assert record.take() == Taken([OUTPUT], is_first=False, earlier=[INPUT])
    assert record.take() == Taken([], is_first=False, earlier=[INPUT, OUTPUT])


def test_first_take_may_be_empty() -> None:
    """A span on which nothing was logged still has a first take."""
    record = SpanRecord(project_logs("demo"), 1)

    assert record.take().is_first
    assert not record.take().is_first


def test_end_is_told_once() -> None:
    """A take knows whether an earlier one already told the span's end."""
    record = SpanRecord(project_logs("demo"), 1)

    told = [record.take(has_ended=ended).is_end_told for ended in (False, True, False, True)]

    assert told == [False, False, True, True]


def test_child_process_leaves_the_past_to_its_parent() -> None:
    """After a fork only what is logged from then on is the child's to ship."""
    record = SpanRecord(project_logs("demo"), 1)
    record.parts.append(INPUT)

    record.leave_to_parent()
    record.parts.append(OUTPUT)

    assert record.take() == Taken([OUTPUT], is_first=False, earlier=[INPUT], is_end_told=True)
