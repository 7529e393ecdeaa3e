"""Traces and rows come out."""

from __future__ import annotations

import pytest

from braintrust_otel._model.containers import Container, ContainerKind, project_logs
from braintrust_otel.server.store import SpanOutline, Store, TraceSummary
from support.stores import NOW, PROJECT, TRACE, log_row, span_row

LOGS = project_logs(project_id=PROJECT)


def child(row_id: str, **fields: object) -> dict[str, object]:
    """Return the row of a child of the span `root`."""
    return span_row(row_id, span_parents=["root"], **fields)


def test_trace_in_one_line(store: Store) -> None:
    """A trace is summed up by its root, its model calls, its errors and its spans."""
    project = store.ensure_project("demo")
    routing = {"project_id": project.id}
    llm = {"name": "chat", "type": "llm"}
    store.write(
        [
            span_row("root", metrics={"start": NOW, "end": NOW + 5, "tokens": 99}, **routing),
            child(
                "one",
                span_attributes=llm,
                metrics={"start": NOW + 1, "end": NOW + 9, "tokens": 3},
                **routing,
            ),
            child("two", span_attributes=llm, metrics={"total_tokens": 4}, error="boom", **routing),
            span_row("note", span_attributes={"type": "log"}, **routing),
        ]
    )

    assert store.recent_traces() == [
        TraceSummary(
            trace_id=TRACE,
            container=Container(ContainerKind.PROJECT_LOGS, id=project.id, name="demo"),
            project_name="demo",
            name="root",
            start=NOW,
            duration=5.0,
            spans=3,
            errors=1,
            tokens=7.0,
        )
    ]


def test_tokens_without_model_calls_are_those_of_all_spans(store: Store) -> None:
    """Tokens logged on spans of other types count when no model call has any."""
    store.write([span_row("root"), child("a", metrics={"tokens": 2}), child("b")])

    assert store.recent_traces()[0].tokens == 2.0


def test_open_trace_has_no_duration(store: Store) -> None:
    """While the root is open the duration is unknown."""
    store.write([span_row("root", metrics={"start": NOW}), child("a")])

    assert store.recent_traces()[0].duration is None


def test_trace_without_its_root_is_listed(store: Store) -> None:
    """Spans whose root has not arrived make a trace without a name, as long as they took."""
    store.write([child("a", start=NOW), child("b", start=NOW + 2)])

    (trace,) = store.recent_traces()

    assert (trace.name, trace.start, trace.duration, trace.spans) == (None, NOW, 3.0, 2)


def test_newest_traces_come_first(store: Store) -> None:
    """Traces are listed by their start, the last one first, up to the limit."""
    store.write(
        [span_row(f"s{number}", trace=str(number) * 32, start=NOW + number) for number in range(5)]
    )

    names = [trace.name for trace in store.recent_traces(limit=3)]

    assert names == ["s4", "s3", "s2"]


def test_traces_are_counted(store: Store) -> None:
    """The number of traces counts traces, not rows."""
    store.write([span_row("a"), child("b"), span_row("c", trace="c" * 32), log_row("d")])

    assert store.count_traces() == 2


def test_traces_of_one_project(store: Store) -> None:
    """A project's list holds its own traces only."""
    store.write([span_row("a"), span_row("b", trace="b" * 32, project_id="other")])

    assert [trace.name for trace in store.recent_traces(PROJECT)] == ["a"]


def test_trace_across_containers_has_a_summary_for_each(store: Store) -> None:
    """A trace whose rows went to two places is listed in both."""
    store.write([span_row("a"), span_row("b", project_id="other")])

    found = {summary.container.id: summary.name for summary in store.trace_summaries(TRACE)}

    assert found == {PROJECT: "a", "other": "b"}


@pytest.mark.parametrize("prefix", [TRACE, TRACE[:6], TRACE[:6].upper()])
def test_trace_is_found_by_the_beginning_of_its_id(store: Store, prefix: str) -> None:
    """Six characters of a trace id are enough, in either case."""
    store.write([span_row("a"), child("b"), span_row("c", trace="f" * 32)])

    assert store.match_traces(prefix) == [TRACE]


def test_ambiguous_beginning_gives_all(store: Store) -> None:
    """Every trace that begins so is named."""
    store.write([span_row("a", trace="abcdef1"), span_row("b", trace="abcdef2")])

    assert store.match_traces("abcdef") == ["abcdef1", "abcdef2"]


def test_short_beginning_is_refused(store: Store) -> None:
    """Less than six characters name nothing."""
    with pytest.raises(ValueError, match="too short for a trace id"):
        store.match_traces("abcde")


def test_rows_of_a_trace_in_order(store: Store) -> None:
    """All rows of a trace are read whole, in the order of their starts."""
    late, early = child("late", start=NOW + 2), child("early", start=NOW + 1)
    store.write([late, early, span_row("x", trace="f" * 32), log_row("feedback")])

    rows = store.trace_rows(TRACE)

    added = {"_xact_id": "1000198250162225152", "is_root": False}
    assert rows == [{**early, **added}, {**late, **added}]


def test_outline_of_a_trace(store: Store) -> None:
    """The outline is what a tree needs, without the content."""
    store.write([span_row("a", span_parents=["p", "q"], error=1, metrics={"tokens": 5}, input=1)])

    assert store.trace_outline(TRACE) == [
        SpanOutline(
            row_id="a",
            span_id="a",
            parents=("p", "q"),
            is_root=False,
            name="a",
            type="task",
            start=None,
            end=None,
            has_error=True,
            tokens=5.0,
        )
    ]


def test_row_without_span_ids_is_given_some(store: Store) -> None:
    """Readers expect span ids and a time on every row."""
    store.write([log_row("a")])

    (row,) = store.fetch(LOGS, None, 10).rows

    assert row == log_row(
        "a",
        span_id="a",
        root_span_id="a",
        is_root=False,
        created="2026-11-22T03:13:39.000000+00:00",
        _xact_id="1000198250162225152",
    )


def test_pages_neither_miss_nor_repeat(store: Store) -> None:
    """Paging shows every row once, newest first, also when rows are written meanwhile."""
    store.write([log_row(f"r{number}") for number in range(5)])

    first = store.fetch(LOGS, None, 2)
    store.write([log_row("new"), log_row("r0", output=1), log_row("r4", output=1)])
    second = store.fetch(LOGS, first.cursor, 2)
    third = store.fetch(LOGS, second.cursor, 2)

    ids = [[row["id"] for row in page.rows] for page in (first, second, third)]
    assert ids == [["r4", "r3"], ["r2", "r1"], ["r0"]]
    assert third.cursor is None


def test_page_of_large_rows_ends_early(store: Store) -> None:
    """A page is bounded in bytes, but never empty."""
    store.write([log_row(f"r{number}", input="x" * 9_000_000) for number in range(3)])

    page = store.fetch(LOGS, None, 10)

    assert [row["id"] for row in page.rows] == ["r2", "r1"]
    assert page.cursor is not None


def test_empty_container_is_an_empty_page(store: Store) -> None:
    """A container without rows has one empty page."""
    page = store.fetch(LOGS, None, 10)

    assert (page.rows, page.cursor) == ([], None)
