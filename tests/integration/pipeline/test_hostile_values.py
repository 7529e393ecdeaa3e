"""Values that cannot be written as they are, in the middle of good rows."""

from __future__ import annotations

import pytest

from support.backend import Backend
from support.pipeline_here import Counts, shipping_here
from support.pipeline_values import HOSTILE, UNSPECIFIC

GOOD = {"text": "good", "numbers": [1, 2.5, None, True]}


@pytest.mark.parametrize("name", HOSTILE)
def test_bad_leaf_costs_itself_only(backend: Backend, name: str) -> None:
    """A hostile value arrives with a placeholder at the bad leaf; its neighbours are untouched."""
    value, arriving = HOSTILE[name]
    with shipping_here(backend) as here:
        here.log(GOOD, {"before": 1, "bad": value, "after": [2]}, GOOD)
        is_delivered = here.flush()
        counts = here.counts()

    first, middle, last = (row["input"] for row in backend.stored())
    assert is_delivered
    assert counts == Counts(logged=3, sent=3)
    assert first == last == GOOD
    assert middle == {"before": 1, "bad": arriving, "after": [2]}
    assert here.said == []


@pytest.mark.parametrize("name", UNSPECIFIC)
def test_odd_leaf_becomes_a_text(backend: Backend, name: str) -> None:
    """A value that has no form in JSON arrives as some text, and bends nothing else."""
    with shipping_here(backend) as here:
        here.log(GOOD, {"before": 1, "odd": UNSPECIFIC[name], "after": [2]}, GOOD)
        is_delivered = here.flush()

    first, middle, last = (row["input"] for row in backend.stored())
    assert is_delivered
    assert first == last == GOOD
    assert isinstance(middle.pop("odd"), str)
    assert middle == {"before": 1, "after": [2]}
    assert here.said == []


def test_all_at_once(backend: Backend) -> None:
    """Every hostile value in one row, in every field of it, still makes one whole row."""
    values = {name: value for name, (value, _) in HOSTILE.items()}
    arriving = {name: stored for name, (_, stored) in HOSTILE.items()}
    with shipping_here(backend) as here:
        with here.logger.start_span(name="hostile") as span:
            span.log(input=values, output=values, expected=values, metadata=values)
        is_delivered = here.flush()
        counts = here.counts()

    (row,) = backend.stored()
    assert is_delivered
    assert counts == Counts(logged=1, sent=1)
    assert row["input"] == row["output"] == row["expected"] == arriving
    assert row["metadata"] == arriving
    assert here.said == []


def test_value_that_changes_later_arrives_as_it_was(backend: Backend) -> None:
    """What a program does with a value after it was logged does not reach the row."""
    value = {"messages": ["first"]}
    with shipping_here(backend) as here:
        here.log(value)
        value["messages"].append("second")
        here.flush()

    assert [row["input"] for row in backend.stored()] == [{"messages": ["first"]}]
