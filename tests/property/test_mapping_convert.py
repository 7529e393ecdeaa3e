"""Laws of mapping: it never raises, always yields JSON, and loses nothing."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from braintrust_otel._mapping.convert import span_row, update_row
from braintrust_otel._mapping.masking import mask_row
from braintrust_otel._mapping.view import EventView, LinkView
from support.views import LOGS, PROVENANCE, fields_of, foreign, own, record_of

NAMES = (
    st.sampled_from(
        [
            f"braintrust.{name}"
            for name in (
                *("parent", "input", "input_json", "output_json", "expected", "error", "tags"),
                *("metadata", "metadata.a", "metrics", "metrics.start", "metrics.a", "scores"),
                *("scores.a", "span_attributes", "span_attributes.type", "context_json"),
                *("context", "origin", "otel.preserve_attributes", "org", "unknown"),
            )
        ]
    )
    | st.sampled_from(["otel", "a", "code.function", "code.line.number", "error.type"])
    | st.text(min_size=1)
)
TEXTS = (
    st.sampled_from(
        ['{"a": 1}', '{"a": "x", "b": [NaN]}', '{"span_origin": 1}', "[1, 2]", "12", "{cut", '"q"']
    )
    | st.text()
)
SCALARS = TEXTS | st.integers() | st.floats() | st.booleans() | st.none() | st.binary(max_size=3)
VALUES = (
    SCALARS
    | st.lists(SCALARS, max_size=3).map(tuple)
    | st.dictionaries(st.text(), SCALARS, max_size=2)
)
ATTRIBUTES = st.dictionaries(NAMES, VALUES, max_size=6)
EVENTS = st.builds(
    EventView,
    st.sampled_from(["exception", "retry"]),
    st.integers(0, 2**63),
    st.dictionaries(
        st.sampled_from(["exception.type", "exception.message", "exception.stacktrace", "x"]),
        VALUES,
    ),
)
LINKS = st.builds(
    LinkView,
    st.just("c" * 32),
    st.just("d" * 16),
    st.dictionaries(st.sampled_from(["braintrust.link.kind", "x"]), VALUES),
)
CHANGES = st.fixed_dictionaries(
    {},
    optional={
        "name": st.text(),
        "start_ns": st.none() | st.integers(0, 2**64),
        "end_ns": st.none() | st.integers(0, 2**64),
        "attributes": ATTRIBUTES,
        "events": st.lists(EVENTS, max_size=2),
        "links": st.lists(LINKS, max_size=2),
        "is_error": st.booleans(),
        "status_description": st.none() | st.text(),
        "kind": st.sampled_from(["internal", "client"]),
        "scope_name": st.text(),
        "resource": st.dictionaries(st.text(min_size=1), VALUES, max_size=2),
    },
)
PARTS = st.lists(
    st.tuples(
        st.sampled_from(
            ["input", "metadata", "metrics", "scores", "span_attributes", "context", "tags", "x"]
        ),
        VALUES,
    ),
    max_size=4,
)
NO_CONTROL = st.text(st.characters(min_codepoint=97, max_codepoint=122), min_size=1)


@given(CHANGES)
def test_any_foreign_span_becomes_json(changes: dict[str, Any]) -> None:
    """Whatever a span holds, its row is JSON."""
    row = span_row(foreign(**changes), None, PROVENANCE, LOGS)

    assert fields_of(row)["span_id"]


@given(CHANGES, PARTS, PARTS)
def test_any_span_of_ours_becomes_json(
    changes: dict[str, Any], parts: list[tuple[str, object]], late: list[tuple[str, object]]
) -> None:
    """Whatever was logged, early or late, the rows are JSON."""
    record = record_of(*parts)
    first = span_row(own(record, **changes), record.take(), PROVENANCE, LOGS)
    record.parts.extend(record_of(*late).parts)
    end = update_row(own(record, **changes), record.take(has_ended=True))

    assert fields_of(first)["span_id"]
    assert end is None or fields_of(end)["span_id"]


@given(st.dictionaries(NO_CONTROL.map(lambda name: f"my.{name}"), VALUES, max_size=5), PARTS)
def test_no_attribute_is_lost(
    attributes: dict[str, object], parts: list[tuple[str, object]]
) -> None:
    """Every attribute that no dialect knows is in the metadata under its name."""
    record = record_of(*parts)

    row = span_row(own(record, attributes=attributes), record.take(), PROVENANCE, LOGS)

    assert attributes.keys() <= fields_of(row).get("metadata", {}).keys()


@given(ATTRIBUTES, st.sampled_from(["exception", "note"]))
def test_no_marked_value_is_lost(attributes: dict[str, object], event_name: str) -> None:
    """A text put into any attribute, or into a span event, is somewhere in the row."""
    marked = {name: f"needle-{index}-" for index, name in enumerate(attributes)}
    marked.pop("braintrust.otel.preserve_attributes", None)
    events = [EventView(event_name, 1, {"x": "needle-event"})]

    row = span_row(foreign(attributes=marked, events=events), None, PROVENANCE, LOGS)

    text = str(fields_of(row))
    assert [needle for needle in marked.values() if needle not in text] == []
    assert "needle-event" in text


@given(CHANGES, PARTS)
def test_masked_row_holds_nothing_of_its_fields(
    changes: dict[str, Any], parts: list[tuple[str, object]]
) -> None:
    """With a function that fails, nothing that was logged in a maskable field remains."""
    record = record_of(("input", "needle"), ("metadata", {"needle": "needle"}), *parts)
    row = span_row(own(record, **changes), record.take(), PROVENANCE, LOGS)

    masked = fields_of(mask_row(row, _fail))

    assert "needle" not in str({**masked, "error": None})


def _fail(_value: object) -> object:
    raise ValueError
