"""Rows go in."""

from __future__ import annotations

import pytest

from braintrust_otel._model.containers import project_logs
from braintrust_otel.server.store import RowError, Store
from support.stores import (
    NOW,
    PROJECT,
    TRACE,
    Clock,
    log_row,
    merge_row,
    span_row,
    store_in_memory,
    stored_rows,
)


def test_row_is_stored_as_it_came(store: Store) -> None:
    """Every key of a row is kept, those that nobody knows, too."""
    row = log_row("a", input={"x": [1, None]}, something_new={"y": 2})

    store.write([row])

    assert stored_rows(store) == {"a": row}


def test_write_answers_ids_and_transaction(store: Store) -> None:
    """A write says the ids of its rows, in order, and its transaction."""
    written = store.write([log_row("b"), log_row("a"), merge_row("b")])

    assert written.ids == ["b", "a", "b"]
    assert written.xact_id == "1000198250162225152"


def test_merge_follows_the_documented_example(store: Store) -> None:
    """Merging descends into objects, except below the paths that are replaced whole."""
    store.write([log_row("a", input={"a": {"b": 10}, "c": {"d": 20}}, output={"a": 20})])

    store.write(
        [
            merge_row(
                "a",
                _merge_paths=[["input", "a"], ["output"]],
                input={"a": {"q": 30}, "c": {"e": 30}, "bar": "baz"},
                output={"d": 40},
            )
        ]
    )

    assert stored_rows(store)["a"] == log_row(
        "a", input={"a": {"q": 30}, "c": {"d": 20, "e": 30}, "bar": "baz"}, output={"d": 40}
    )


def test_replacing_row_wipes_the_old_one(store: Store) -> None:
    """A row that does not merge replaces the stored one whole."""
    store.write([log_row("a", input=1, output=2)])

    store.write([log_row("a", _is_merge=False, input=3)])

    assert stored_rows(store) == {"a": log_row("a", input=3)}


def test_bad_row_stores_nothing_of_its_request(store: Store) -> None:
    """A request is stored whole or not at all."""
    with pytest.raises(RowError):
        store.write([log_row("a"), {"id": "b"}])

    assert stored_rows(store) == {}


def test_deleted_row_is_gone(store: Store) -> None:
    """A tombstone takes the row, its trace and its comments away."""
    comment = log_row("c", comment={"text": "hey"}, origin={"id": "a"})
    store.write([span_row("a"), comment])

    store.write([log_row("a", _object_delete=True)])
    store.write([merge_row("a", output=1)])

    assert store.recent_traces() == []
    assert stored_rows(store) == {"a": log_row("a", output=1)}


def test_deleting_what_is_not_there_is_legal(store: Store) -> None:
    """A tombstone for an unknown row changes nothing."""
    store.write([log_row("a")])

    store.write([log_row("b", _object_delete=True)])

    assert list(stored_rows(store)) == ["a"]


def test_comment_belongs_to_its_row(store: Store) -> None:
    """A comment is no row of its own, and is read with the row it is about."""
    comment = log_row("c", comment={"text": "hey"}, origin={"id": "a"}, _audit_source="app")
    store.write([span_row("a"), comment])

    (row,) = store.trace_rows(TRACE)

    assert row["comments"] == [{**comment, "_xact_id": "1000198250162225152"}]
    assert list(stored_rows(store)) == ["a"]


def test_comment_and_row_may_share_an_id(store: Store) -> None:
    """A comment never takes the place of a row, not even of one with its own id."""
    store.write([span_row("a", input=1)])

    store.write([log_row("a", comment={"text": "hey"}, origin={"id": "a"})])

    (row,) = store.trace_rows(TRACE)
    assert (row["input"], row["comments"][0]["comment"]) == (1, {"text": "hey"})


def test_comment_deleted_in_its_own_request_is_gone(store: Store) -> None:
    """A tombstone counts for a comment earlier in the same request."""
    comment = log_row("c", comment={}, origin={"id": "a"})

    store.write([span_row("a"), comment, log_row("c", _object_delete=True)])

    assert "comments" not in store.trace_rows(TRACE)[0]


def test_comment_can_be_deleted(store: Store) -> None:
    """A tombstone with a comment's id takes the comment away."""
    store.write([span_row("a"), log_row("c", comment={}, origin={"id": "a"})])

    store.write([log_row("c", _object_delete=True)])

    assert "comments" not in store.trace_rows(TRACE)[0]


def test_repeated_feedback_leaves_one_note(store: Store) -> None:
    """A delivery that is repeated leaves neither row nor note twice."""
    feedback = merge_row("a", scores={"s": 1}, _audit_source="app", _audit_metadata={"u": 1})
    store.write([span_row("a")])

    store.write([feedback])
    store.write([feedback])

    (row,) = store.trace_rows(TRACE)
    assert row["scores"] == {"s": 1}
    assert row["audit_data"] == [
        {"source": "app", "metadata": {"u": 1}, "_xact_id": "1000198250162225153"}
    ]


def test_row_that_changes_its_trace_leaves_the_old_one(store: Store) -> None:
    """A trace that has lost its last row is no longer listed."""
    store.write([span_row("a", trace="a" * 32)])

    store.write([span_row("a", trace="b" * 32)])

    assert [trace.trace_id for trace in store.recent_traces()] == ["b" * 32]


def test_trace_without_rows_takes_no_place_in_a_list(store: Store) -> None:
    """A trace that has lost its last row does not count when traces are listed up to a limit."""
    store.write([span_row("a", trace="a" * 32), span_row("b", trace="b" * 32, start=NOW + 1)])

    store.write([log_row("b", _object_delete=True)])

    assert [trace.trace_id for trace in store.recent_traces(limit=1)] == ["a" * 32]


def test_span_ids_of_a_stored_row_stay(store: Store) -> None:
    """A merge does not move a row into another trace."""
    store.write([span_row("a")])

    store.write([merge_row("a", root_span_id="f" * 32, span_id="x", output=1)])

    (row,) = store.trace_rows(TRACE)
    assert (row["root_span_id"], row["span_id"], row["output"]) == (TRACE, "a", 1)


def test_more_rows_than_one_query_takes(store: Store) -> None:
    """A request with thousands of rows is written and merged like a small one."""
    ids = [f"row-{number}" for number in range(1201)]
    store.write([log_row(row_id) for row_id in ids])

    store.write([merge_row(row_id, output=1) for row_id in ids])

    assert stored_rows(store) == {row_id: log_row(row_id, output=1) for row_id in ids}


def test_rows_of_several_containers_in_one_request(store: Store) -> None:
    """One request may mix projects, experiments and datasets."""
    store.write([log_row("a"), {"id": "a", "experiment_id": "e"}, {"id": "a", "dataset_id": "d"}])

    assert stored_rows(store) == {"a": log_row("a")}


def test_project_is_made_once(store: Store) -> None:
    """A project's name always gives the same project."""
    first = store.ensure_project("demo")

    assert store.ensure_project("demo") == first
    assert store.project(first.id) == first
    assert store.projects() == [first]
    assert store.ensure_project("other").id != first.id


def test_unknown_project_is_none(store: Store) -> None:
    """An id that was never given out names no project."""
    assert store.project(PROJECT) is None


def test_rows_may_come_before_their_project(store: Store) -> None:
    """Rows are kept for a project that the store has never heard of."""
    store.write([span_row("a")])

    (trace,) = store.recent_traces(PROJECT)

    assert trace.project_name is None
    assert trace.container == project_logs(project_id=PROJECT)


def test_huge_numbers_are_kept(store: Store) -> None:
    """Numbers beyond what a database column holds are kept in the row."""
    store.write([span_row("a", metrics={"start": NOW, "tokens": 10**30})])

    assert store.trace_rows(TRACE)[0]["metrics"]["tokens"] == 10**30


def test_uploads_are_kept_for_an_hour() -> None:
    """An uploaded body can be read again, until it is old and another one comes."""
    clock = Clock()
    store = store_in_memory(clock=clock)
    store.save_upload("a", b"body")
    again = store.upload("a")
    clock.now += 3601
    store.save_upload("b", b"other")
    late = store.upload("a")
    store.close()

    assert (again, late) == (b"body", None)


def test_signing_secret_stays(store: Store) -> None:
    """The secret is made once."""
    assert store.signing_secret() == store.signing_secret()
    assert len(store.signing_secret()) == 32
