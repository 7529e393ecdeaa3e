"""Rows are read for the tree, whatever they hold."""

from __future__ import annotations

from typing import Any

import pytest

from braintrust_otel.cli.spans import SpanLine, span_line
from support.trace_rows import log_event, span, story


def test_span_is_read_whole() -> None:
    """Name, type, times, tokens, model, error and scores are found where rows hold them."""
    row = span(
        "b",
        "a",
        at=(0.0, 1.5),
        span_attributes={"name": "Chat Completion", "type": "llm"},
        metrics={"tokens": 12},
        metadata={"model": "gpt-4o-mini"},
        error="ValueError: no\nTraceback",
        scores={"good": 1, "tone": None},
    )

    assert span_line(row) == SpanLine(
        span_id="b",
        parents=("a",),
        name="Chat Completion",
        type="llm",
        is_log=False,
        duration=1.5,
        tokens=12.0,
        model="gpt-4o-mini",
        error="ValueError: no",
        scores=(("good", 1.0), ("tone", None)),
    )


def test_log_event_is_its_message() -> None:
    """A log event has no name and no duration: its level and first line are shown."""
    line = span_line(log_event("l", "a", "hello\nworld"))

    assert (line.name, line.type, line.is_log, line.duration) == ("info: hello", "log", True, None)


def test_log_event_may_hold_any_value() -> None:
    """A message that is no text is shown as JSON."""
    assert span_line(log_event("l", "a", {"n": [1]})).name == 'info: {"n":[1]}'


def test_total_tokens_stand_in_for_tokens() -> None:
    """Tokens logged by hand under the guide's name count."""
    assert span_line(story()[-1]).tokens == 7


@pytest.mark.parametrize(
    ("error", "shown"),
    [
        ("", "(no message)"),
        ({"message": "from the provider\nmore"}, "from the provider"),
        ({"code": 5}, '{"code":5}'),
        (["a"], '["a"]'),
        (False, "false"),
        (None, None),
    ],
)
def test_error_of_any_shape_is_one_line(error: object, shown: str | None) -> None:
    """Everything but null is an error."""
    assert span_line(span("a", error=error)).error == shown


@pytest.mark.parametrize(
    "row",
    [
        {},
        {"span_attributes": [], "metrics": 1, "metadata": "x", "scores": [], "span_parents": "a"},
        {"span_attributes": {"name": 7, "type": {}}, "metrics": {"start": "x", "end": None}},
        {"span_attributes": {"name": "\n", "type": ""}, "metadata": {"model": " "}},
    ],
)
def test_odd_row_is_a_bare_span(row: dict[str, Any]) -> None:
    """Fields of other shapes are left out."""
    line = span_line(row)

    assert (line.name, line.type, line.duration) == ("(no name)", "span", None)
    assert (line.parents, line.tokens, line.model, line.scores) == ((), None, None, ())


def test_end_before_start_is_no_negative_duration() -> None:
    """A clock that went back does not show."""
    assert span_line(span("a", at=(1.0, 0.0))).duration == 0


def test_names_are_neutralised() -> None:
    """Every text of a row that is shown is one line without control characters."""
    hostile = "\x1b[2J\nx"
    row = span(
        "a",
        span_attributes={"name": hostile, "type": hostile},
        metadata={"model": hostile},
        error=hostile,
        scores={hostile: 1},
    )

    line = span_line(row)

    assert (line.name, line.type, line.model) == ("\\x1b[2J x", "\\x1b[2J x", "\\x1b[2J x")
    assert (line.error, line.scores) == ("\\x1b[2J", (("\\x1b[2J x", 1.0),))
