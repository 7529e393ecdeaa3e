"""Rows become a tree, whatever their parents say."""

from __future__ import annotations

from collections.abc import Sequence

from braintrust_otel.cli.forest import Placed, arrange
from braintrust_otel.cli.spans import span_line
from support.trace_rows import log_event, span


def shape(lines: Sequence[Placed]) -> list[str]:
    """Return the lines as indented names, with their notes."""
    shown = []
    for line in lines:
        name = "?" if line.span is None else line.span.name
        note = f" ({line.note})" if line.note else ""
        shown.append("  " * line.depth + name + note)
    return shown


def tree(*rows: dict[str, object]) -> list[str]:
    """Return the shape of the tree of *rows*."""
    return shape(arrange([span_line(row) for row in rows]))


def test_children_are_under_their_parents_in_order() -> None:
    """Children keep the order of the rows, each followed by what is under it."""
    assert tree(span("r"), span("a", "r"), span("b", "r"), span("c", "a")) == [
        "r",
        "  a",
        "    c",
        "  b",
    ]


def test_child_may_come_before_its_parent() -> None:
    """Rows of several processes have clocks of their own."""
    assert tree(span("a", "r"), span("r")) == ["r", "  a"]


def test_several_roots_stand_side_by_side() -> None:
    """A trace may have been begun more than once."""
    assert tree(span("r"), span("s"), span("a", "s")) == ["r", "s", "  a"]


def test_orphans_are_under_a_marked_root() -> None:
    """Spans whose parent is missing are together, under a line that names it."""
    assert tree(span("a", "gone"), span("r"), span("b", "gone"), span("c", "a")) == [
        "r",
        "? (span gone is not in the store)",
        "  a",
        "    c",
        "  b",
    ]


def test_circle_is_shown_once() -> None:
    """Spans whose parents go round are all there, beginning with one of the circle."""
    assert tree(span("under", "a"), span("a", "b"), span("b", "a")) == [
        "a (circular parents)",
        "  under",
        "  b",
    ]


def test_span_under_itself_is_a_circle() -> None:
    """The smallest circle is one span."""
    assert tree(span("a", "a")) == ["a (circular parents)"]


def test_span_with_several_parents_is_under_the_first_that_is_there() -> None:
    """A trace is a graph; the other parents are named."""
    assert tree(span("r"), span("s", "r"), span("a", "gone", "r", "s")) == [
        "r",
        "  s",
        "  a (also under s)",
    ]


def test_log_event_is_under_its_span() -> None:
    """Log events have the span's id and no parents."""
    assert tree(span("r"), span("a", "r"), log_event("l", "a", "hello")) == [
        "r",
        "  a",
        "    info: hello",
    ]


def test_log_event_alone_is_a_root() -> None:
    """A log event outside of any span is shown, too."""
    assert tree(log_event("l", "a", "hello"), span("b", "a")) == [
        "info: hello",
        "? (span a is not in the store)",
        "  b",
    ]


def test_rows_that_share_a_span_id_are_all_there() -> None:
    """The first of them has the children."""
    assert tree(span("r"), {**span("r"), "id": "twin"}, span("a", "r")) == ["r", "  a", "r"]


def test_deep_trace_is_no_trouble() -> None:
    """10,000 spans under each other are 10,000 lines."""
    rows = [span("0"), *(span(str(n), str(n - 1)) for n in range(1, 10_000))]

    lines = arrange([span_line(row) for row in rows])

    assert [line.depth for line in lines] == list(range(10_000))
