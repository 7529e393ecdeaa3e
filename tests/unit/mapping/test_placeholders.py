"""Spans that only announce another one."""

from __future__ import annotations

import pytest

from braintrust_otel._mapping.convert import span_row
from braintrust_otel._model.rows import Row
from support.views import LOGS, PROVENANCE, SPAN_ID, fields_of, foreign

REAL = "a" * 16
OUTER = "b" * 16


def pending(**attributes: object) -> Row:
    """Return the row of a span that announces the span REAL."""
    told = {"logfire.span_type": "pending_span", **attributes}
    view = foreign(
        name="x", attributes=told, parent_span_id=REAL, scope_name="logfire", span_id="f" * 16
    )
    return span_row(view, None, PROVENANCE, LOGS)


def test_announcement_merges_into_the_span_it_announces() -> None:
    """The row is the announced span's, still open, and replaces nothing."""
    row = pending(**{"logfire.pending_parent_id": OUTER, "question": "why"})

    fields = fields_of(row)
    assert row.is_merge
    assert row.id == span_row(foreign(span_id=REAL), None, PROVENANCE, LOGS).id
    assert (fields["span_id"], fields["span_parents"]) == (REAL, [OUTER])
    assert fields["metadata"] == {"question": "why"}
    assert "end" not in fields["metrics"]


@pytest.mark.parametrize("parent", ["0" * 16, "short", 5, None])
def test_announced_root_has_no_parent(parent: object) -> None:
    """A root is announced with a parent that is none."""
    assert fields_of(pending(**{"logfire.pending_parent_id": parent}))["span_parents"] is None


def test_span_without_a_parent_announces_nothing() -> None:
    """A span that says so but has no parent is a span by itself."""
    view = foreign(attributes={"logfire.span_type": "pending_span"})

    row = span_row(view, None, PROVENANCE, LOGS)

    assert not row.is_merge
    assert fields_of(row)["span_id"] == SPAN_ID
