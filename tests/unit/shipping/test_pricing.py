"""What a call cost is added before rows are masked, and never costs a row."""

from __future__ import annotations

import dataclasses

import pytest

from braintrust_otel._model.rows import Row
from support.shipping import Rig, put


@pytest.fixture
def rig() -> Rig:
    """Return everything around shipping."""
    return Rig()


def priced(row: Row) -> Row:
    return dataclasses.replace(row, fields={**row.fields, "cost": 1})


def test_cost_is_known_before_rows_are_masked(rig: Rig) -> None:
    """Pricing sees the row as it was logged; the masking function sees the cost too."""
    seen: list[object] = []

    def mask(row: Row) -> Row:
        seen.append(row.fields.get("cost"))
        return row

    rig.change(pricing=priced, masker=lambda: mask)
    pipeline = rig.pipeline()
    put(pipeline, "a")

    rig.run(pipeline, 1.0)

    assert seen == [1]
    assert b'"cost":1' in rig.sink.offered[0].rows[0].data


def test_bug_in_pricing_costs_the_price_only(rig: Rig) -> None:
    """A row whose cost cannot be worked out is delivered without one, and that is said."""

    def broken(row: Row) -> Row:
        raise RuntimeError("bug")

    rig.change(pricing=broken)
    pipeline = rig.pipeline()
    put(pipeline, "a")

    rig.run(pipeline, 1.0)

    assert rig.sink.taken_ids == [["a"]]
    assert len(rig.said) == 1
