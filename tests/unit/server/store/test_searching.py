"""Rows are found by their words."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from braintrust_otel.server.store import Hit, Store
from braintrust_otel.server.store.searching import search_rows
from support.stores import TRACE, file_connections, log_row, merge_row, span_row, store_in_memory


def found(store: Store, text: str) -> list[str]:
    """Return the ids of the rows that are found."""
    return [hit.row_id for hit in store.search(text)]


@pytest.mark.parametrize(
    "text",
    ["Paris", "paris", "capital", "boom", "answer", '"capital of France"', "France capital", "42"],
)
def test_words_of_every_field_are_found(store: Store, text: str) -> None:
    """A row is found by words of its name, error, input and output, in any order and case."""
    store.write(
        [
            span_row("other", input="nothing of it"),
            span_row(
                "a",
                span_attributes={"name": "answer"},
                error="boom!",
                input=[{"content": "capital of France?"}],
                output={"city": "Paris", "n": 42},
            ),
        ]
    )

    assert found(store, text) == ["a"]


@pytest.mark.parametrize(
    "text", ["city", '"France capital"', "Rome", "", "*", '"', "a AND", "name:x", "NEAR(", "-"]
)
def test_other_words_find_nothing(store: Store, text: str) -> None:
    """Keys are no words, a quoted phrase keeps its order, and nothing is search syntax."""
    store.write([span_row("a", input="capital of France", output={"city": "Paris"})])

    assert found(store, text) == []


def test_hit_leads_to_its_trace(store: Store) -> None:
    """A hit says which trace its row belongs to."""
    store.write([span_row("a", input="needle", metrics={"start": 5})])

    assert store.search("needle") == [Hit(TRACE, "a", "a", 5.0)]


def test_newest_hits_come_first(store: Store) -> None:
    """Of many hits the newest rows are given."""
    store.write([span_row(f"r{number}", input="needle") for number in range(4)])

    assert [hit.row_id for hit in store.search("needle", limit=2)] == ["r3", "r2"]


def test_index_follows_changes(store: Store) -> None:
    """A row is found by what it holds now, not by what it held before."""
    store.write([log_row("a", input="old words"), log_row("b", input="gone")])

    store.write([log_row("a", input="new words"), log_row("b", _object_delete=True)])
    store.write([merge_row("a", output="late")])

    assert [found(store, word) for word in ("old", "gone", "new", "late")] == [[], [], ["a"], ["a"]]


def test_store_without_index_is_searched_by_reading(tmp_path: Path) -> None:
    """Where the index was given up, rows are found by the text they contain."""
    connections = file_connections(tmp_path / "store.db")
    with connections.borrow() as connection:
        connection.execute("UPDATE meta SET value = 'like' WHERE name = 'search'")
        connection.execute(
            "INSERT INTO rows (container, id, xact, is_root, created, has_error, data) "
            "VALUES (1, 'a', 1, 0, '', 0, '{\"input\":\"100% of_it\"}')"
        )
        hits = [search_rows(connection, text, 5) for text in ("100% of_", "100x of_", "ofxit")]
    connections.close()

    assert [len(rows) for rows in hits] == [1, 0, 0]


def test_rows_written_without_index_are_kept() -> None:
    """Giving the index up does not touch the rows, and what follows is found, too."""
    store = store_in_memory()
    store.write([log_row("a", input="needle")])
    with store._connections.borrow() as connection:
        connection.execute("UPDATE meta SET value = 'like' WHERE name = 'search'")

    store.write([log_row("a", input="needle", output=1), log_row("b", input="needle")])

    assert found(store, "needle") == ["b", "a"]
    store.close()


def test_sqlite_here_has_the_index() -> None:
    """These tests run with full-text search: otherwise they would test the way around it."""
    connection = sqlite3.connect(":memory:")
    found_module = connection.execute("SELECT 1 FROM pragma_module_list WHERE name = 'fts5'")
    has_it = found_module.fetchone() is not None
    connection.close()

    assert has_it
