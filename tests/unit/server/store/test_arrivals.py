"""What a span leaves stored when it arrives more than once."""

from __future__ import annotations

from typing import Any

import pytest

from braintrust_otel.server.store import RowError, Store
from braintrust_otel.server.store.arrivals import arrive
from support.stores import PROJECT, cleanly, store_in_memory, stored_rows

OPEN = {"metrics": {"start": 1.0}, "span_attributes": {"name": "early"}, "input": 1}
ENDED = {"metrics": {"start": 1.0, "end": 2.0}, "span_attributes": {"name": "late"}, "output": 2}
FEEDBACK = {"scores": {"quality": 0}, "tags": ["bad"]}


@pytest.fixture
def store() -> Any:
    """An empty store in memory."""
    yield from cleanly(store_in_memory())


@pytest.mark.parametrize(
    ("stored", "incoming", "outcome"),
    [
        (None, ENDED, ENDED),
        (ENDED, ENDED, ENDED),
        (OPEN, ENDED, {**ENDED, "input": 1}),
        (ENDED, OPEN, {**ENDED, "input": 1}),
        ({**ENDED, **FEEDBACK}, ENDED, {**ENDED, **FEEDBACK}),
        ({**ENDED, "output": 3}, ENDED, {**ENDED, "output": 3}),
        (FEEDBACK, {**ENDED, "scores": {"quality": 1}}, {**ENDED, **FEEDBACK}),
        (
            {**ENDED, "tags": ["bad"]},
            {**ENDED, "tags": ["own"]},
            {**ENDED, "tags": ["own", "bad"]},
        ),
        (
            {"metrics": {"start": 1.0, "end": 2.0}, "output": "old"},
            {"metrics": {"start": 1.0, "end": 3.0}, "output": "new"},
            {"metrics": {"start": 1.0, "end": 3.0}, "output": "new"},
        ),
        ({"metrics": 5}, ENDED, {**ENDED, "metrics": 5}),
    ],
)
def test_what_is_known_better_stays(stored: Any, incoming: Any, outcome: Any) -> None:
    """The same span again changes nothing, a later state of it does, feedback always stays."""
    assert arrive(stored, incoming) == outcome


def test_arrivals_of_one_request_are_taken_in_order(store: Store) -> None:
    """Several states of a span in one request end as if they had come apart."""
    row = {"id": "a", "project_id": PROJECT, "log_id": "g"}

    store.write_spans([{**row, **OPEN}, {**row, **ENDED}])

    assert stored_rows(store) == {"a": {**row, **OPEN, **ENDED}}


def test_rows_without_a_place_are_refused(store: Store) -> None:
    """A row that says no container is an error, and nothing is stored."""
    with pytest.raises(RowError):
        store.write_spans([{"id": "a"}])
