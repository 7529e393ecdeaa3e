"""Laws of the store."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from braintrust_otel._model.containers import project_logs
from braintrust_otel.server.store import Store
from support.stores import PROJECT, log_row, store_in_memory

WORDS = ("alpha", "beta", "gamma")
LOGS = project_logs(project_id=PROJECT)

texts = st.sampled_from(WORDS)
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats(allow_nan=False) | texts,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(texts, inner, max_size=2),
    max_leaves=5,
)
writes = st.fixed_dictionaries(
    {"id": st.sampled_from(["a", "b", "c"])},
    optional={
        "_is_merge": st.booleans(),
        "_object_delete": st.sampled_from([False, True]),
        "_merge_paths": st.just([["input"]]),
        "input": values,
        "output": values,
        "error": values,
        "tags": st.lists(texts, max_size=3),
        "root_span_id": texts,
        "span_parents": values,
        "span_attributes": values,
        "metrics": values | st.dictionaries(st.sampled_from(["start", "end", "tokens"]), values),
        "created": values,
        "comment": values,
        "origin": st.just({"id": "a"}),
    },
).map(lambda fields: log_row(fields["id"], **fields))


def after(requests: Sequence[Sequence[dict]]) -> tuple[Store, list[dict]]:
    """Return a store after some requests, and its rows without their transaction ids."""
    store = store_in_memory()
    for rows in requests:
        store.write(rows)
    page = store.fetch(LOGS, None, 100)
    rows = [{key: row[key] for key in row if key != "_xact_id"} for row in page.rows]
    bare = [{key: row[key] for key in row if key != "comments"} for row in rows]
    return store, sorted(bare, key=lambda row: row["id"])


@settings(max_examples=40, deadline=None)  # each makes databases
@given(st.lists(writes, max_size=8))
def test_one_request_equals_many(rows: list[dict]) -> None:
    """Rows of one request leave what they would leave one after the other."""
    together, rows_together = after([rows])
    apart, rows_apart = after([[row] for row in rows])
    together.close()
    apart.close()

    assert rows_together == rows_apart


@settings(max_examples=40, deadline=None)  # each makes databases
@given(st.lists(st.lists(writes, max_size=3), max_size=5))
def test_search_finds_what_is_there(requests: list[list[dict]]) -> None:
    """After any writes, a word is found exactly in the rows that hold it as a value."""
    store, rows = after(requests)

    found = [sorted(hit.row_id for hit in store.search(word)) for word in WORDS]
    store.close()

    expected = [sorted(row["id"] for row in rows if holds(row, word)) for word in WORDS]
    assert found == expected


@settings(max_examples=40, deadline=None)  # each makes databases
@given(st.lists(st.lists(writes, max_size=3), max_size=5))
def test_traces_are_those_of_the_rows(requests: list[list[dict]]) -> None:
    """After any writes, the traces listed are the traces that have rows, with all their errors."""
    store, _ = after(requests)

    listed = {trace.trace_id: trace.errors for trace in store.recent_traces()}
    kept = {word: store.trace_rows(word) for word in WORDS}
    store.close()

    assert listed == {
        word: sum(row.get("error") is not None for row in rows)
        for word, rows in kept.items()
        if rows
    }


def holds(row: dict, word: str) -> bool:
    """Whether *word* is a text somewhere in the searched fields of *row*."""
    attributes = row.get("span_attributes")
    name = attributes.get("name") if isinstance(attributes, dict) else None
    searched = [name, row.get("error"), row.get("input"), row.get("output", row.get("expected"))]
    return word in leaves(searched)


def leaves(value: object) -> list[object]:
    """Return the values at the ends of a JSON value."""
    if isinstance(value, dict):
        return leaves(list(value.values()))
    if isinstance(value, list):
        return [leaf for item in value for leaf in leaves(item)]
    return [value]
