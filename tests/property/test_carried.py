"""A span that carries its content over OTLP is the row that it would have been."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from braintrust_otel._json import Encoded, dumps, encode, loads
from braintrust_otel._mapping.carried import content_attributes
from braintrust_otel._mapping.convert import span_row
from braintrust_otel._mapping.provenance import Provenance
from braintrust_otel._mapping.view import SpanView
from braintrust_otel._model.containers import project_logs
from braintrust_otel._model.records import SpanRecord

CONTAINER = project_logs("p")
PROVENANCE = Provenance("1.2.3", "ci", "github_actions")
RESOURCE = {"service.name": "shop", "telemetry.sdk.version": "1.45.2"}

numbers = st.integers(-(2**70), 2**70) | st.floats()
scalars = st.none() | st.booleans() | numbers | st.text(max_size=12)
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=8,
)
names = st.text("abc.", min_size=1, max_size=6)
events = st.fixed_dictionaries(
    {},
    optional={
        "input": values,
        "output": values,
        "expected": values,
        "metadata": st.dictionaries(names, values, max_size=3),
        "metrics": st.dictionaries(names, st.floats(allow_nan=False, allow_infinity=False)),
        "scores": st.dictionaries(names, st.none() | st.floats(0, 1), max_size=3),
        "tags": st.lists(st.text(max_size=5), max_size=3, unique=True),
        "error": st.text('abc {}[]"', max_size=8),
    },
)


def view(record: SpanRecord | None, attributes: dict[str, object]) -> SpanView:
    return SpanView(
        "span",
        "0af7651916cd43dd8448eb211c80319c",
        "b7ad6b7169203331",
        start_ns=1_700_000_000_000_000_000,
        end_ns=1_700_000_001_000_000_000,
        attributes=attributes,
        scope_name="braintrust_otel",
        scope_version="0.1.0",
        resource=RESOURCE,
        record=record,
    )


def plain(row: Any) -> object:
    return loads(dumps(row.fields))


@given(logged=st.lists(events, max_size=3), kind=st.sampled_from([None, "llm", "task"]))
def test_rows_are_equal_whatever_was_logged(logged: list[dict[str, Any]], kind: str | None) -> None:
    """What a record holds, and the attributes that say it, make the same row."""
    record = SpanRecord(CONTAINER, 7)
    record.type = kind
    record.parts = [(name, encode(value)) for event in logged for name, value in event.items()]
    attributes: dict[str, object] = dict(content_attributes(record, PROVENANCE))

    direct = span_row(view(record, {}), record.take(has_ended=True), PROVENANCE, CONTAINER)
    received = span_row(view(None, attributes), None, None, CONTAINER)

    assert plain(received) == plain(direct)


MARKED = '{"span_origin":{"name":"braintrust.otel.python"}}'
names_of_ours = st.sampled_from(
    [
        "braintrust.input_json",
        "braintrust.metadata",
        "braintrust.metrics",
        "braintrust.scores",
        "braintrust.span_attributes",
        "braintrust.error",
        "braintrust.error_json",
        "braintrust.tags",
        "braintrust.otel.not_in_row",
        "braintrust.parent",
    ]
)
texts = st.sampled_from(
    ["", "{", "null", "7", "[]", "{}", '{"a":"b"}', '{"exec_counter":1}', '{"exec_counter":"x"}']
)


@given(st.dictionaries(names_of_ours, texts | st.integers() | st.lists(texts, max_size=2)))
def test_attributes_that_only_look_like_ours_never_fail(soup: dict[str, object]) -> None:
    """Whatever others write under these names makes a row, whose numbers are numbers."""
    attributes = {"braintrust.context_json": MARKED, **soup}

    row = span_row(view(None, attributes), None, None, CONTAINER)

    metrics: Any = row.fields["metrics"]
    known = loads(metrics.data) if isinstance(metrics, Encoded) else metrics
    assert all(isinstance(number, float | int) for number in known.values())
