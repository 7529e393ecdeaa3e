"""The dialect ``braintrust.*``: each attribute and the field that it becomes."""

from __future__ import annotations

from typing import Any

import pytest

from braintrust_otel._mapping.convert import span_row
from braintrust_otel._mapping.dialects.plain import is_told
from support.views import LOGS, PROVENANCE, event, fields_of, foreign, own, record_of

SYSTEM = {"span_id", "root_span_id", "span_parents", "created", "metrics", "span_attributes"}


def convert(attributes: dict[str, object]) -> dict[str, Any]:
    """Return the fields that *attributes* give, without the span's own."""
    fields = fields_of(span_row(foreign(attributes=attributes), None, PROVENANCE, LOGS))
    return {name: value for name, value in fields.items() if name not in SYSTEM | {"context"}}


@pytest.mark.parametrize(
    ("name", "value", "fields"),
    [
        ("input_json", '{"q": [1]}', {"input": {"q": [1]}}),
        ("output_json", "5", {"output": 5}),
        ("expected_json", '"x"', {"expected": "x"}),
        ("input_json", "{cut off", {"input": "{cut off"}),
        ("output_json", '{"a": NaN}', {"output": {"a": None}}),
        ("input", "5", {"input": "5"}),
        ("input", ' [{"role": "user"}]', {"input": [{"role": "user"}]}),
        ("output", "[not json", {"output": "[not json"}),
        ("expected", ("a", "b"), {"expected": ["a", "b"]}),
        ("output", {"native": 1}, {"output": {"native": 1}}),
        ("error", "no", {"error": "no"}),
        ("origin", '{"id": "r"}', {"origin": {"id": "r"}}),
        ("classifications", '{"c": []}', {"classifications": {"c": []}}),
        ("tags", ("a", "b", "a"), {"tags": ["a", "b"]}),
        ("tags", '["a", 1]', {"tags": ["a", "1"]}),
        ("tags", "a", {"tags": ["a"]}),
        ("metadata", '{"model": "m"}', {"metadata": {"model": "m"}}),
        ("metadata.user.name", "x", {"metadata": {"user.name": "x"}}),
        ("metadata.n", "12", {"metadata": {"n": "12"}}),
        ("metadata.o", '{"a": 1}', {"metadata": {"o": {"a": 1}}}),
        ("scores", '{"a": 0.5, "b": null, "c": true}', {"scores": {"a": 0.5, "b": None, "c": 1}}),
        ("scores.a", 1, {"scores": {"a": 1}}),
    ],
)
def test_attribute_becomes_a_field(name: str, value: object, fields: dict[str, Any]) -> None:
    """Each attribute becomes its field; text that does not parse stays text."""
    assert convert({f"braintrust.{name}": value}) == fields


@pytest.mark.parametrize(
    ("name", "value", "metadata"),
    [
        ("metadata", "[1]", {"braintrust.metadata": "[1]"}),
        ("metadata", "cut {", {"braintrust.metadata": "cut {"}),
        ("origin", "r", {"braintrust.origin": "r"}),
        ("metrics", '{"a": "x"}', {"braintrust.metrics.a": "x"}),
        ("metrics", '{"metrics": "x"}', {"braintrust.metrics.metrics": "x"}),
        ("metrics", '{"a": null}', {"braintrust.metrics.a": None}),
        ("metrics.a", "x", {"braintrust.metrics.a": "x"}),
        ("metrics.a", float("inf"), {"braintrust.metrics.a": "Infinity"}),
        ("metrics.a", (1,), {"braintrust.metrics.a": [1]}),
        ("scores", '{"a": 2}', {"braintrust.scores.a": 2}),
        ("scores.", 1, {"braintrust.scores.": 1}),
        ("org", "acme", {"braintrust.org": "acme"}),
        ("unknown", 1, {"braintrust.unknown": 1}),
    ],
)
def test_what_fits_no_field_is_metadata(
    name: str, value: object, metadata: dict[str, object]
) -> None:
    """A value that its field cannot hold is kept in the metadata under the attribute's name."""
    assert convert({f"braintrust.{name}": value}) == {"metadata": metadata}


@pytest.mark.parametrize(
    ("value", "expected"), [(3, 3), ("3", 3), ("0.5", 0.5), (True, 1), (1.5, 1.5)]
)
def test_metrics_are_numbers(value: object, expected: float) -> None:
    """Numbers, and texts that spell one, are metrics; integers stay integers."""
    view = foreign(attributes={"braintrust.metrics.tokens": value})

    tokens = fields_of(span_row(view, None, PROVENANCE, LOGS))["metrics"]["tokens"]

    assert (tokens, type(tokens)) == (expected, type(expected))


def test_logged_times_name_and_type_win() -> None:
    """Metrics and span attributes that are given win over the span's own."""
    view = foreign(
        attributes={
            "braintrust.metrics": '{"start": 1.5}',
            "braintrust.span_attributes": '{"type": "llm", "name": "x"}',
            "braintrust.span_attributes.purpose": "scorer",
            "braintrust.context_json": '{"span_origin": {"name": "me"}, "a": 1}',
        }
    )

    fields = fields_of(span_row(view, None, PROVENANCE, LOGS))

    assert fields["metrics"] == {"start": 1.5, "end": 1795317220.217551}
    assert fields["span_attributes"] == {"name": "x", "type": "llm", "purpose": "scorer"}
    assert fields["context"]["a"] == 1
    assert fields["context"]["span_origin"]["name"] == "me"
    assert fields["context"]["span_origin"]["version"] == "1.2.3"


def test_of_two_spellings_the_first_wins_and_the_other_is_kept() -> None:
    """The form with ``_json`` wins over the one without, the whole object over its members."""
    fields = convert(
        {
            "braintrust.input": "text",
            "braintrust.input_json": "1",
            "braintrust.metadata.a": 2,
            "braintrust.metadata": '{"a": 1}',
            "braintrust.scores": '{"s": 1}',
        }
    )

    assert fields == {
        "input": 1,
        "scores": {"s": 1},
        "metadata": {"a": 1, "braintrust.input": "text", "braintrust.metadata.a": 2},
    }


def test_logged_fields_win_over_attributes() -> None:
    """On a span of ours the payload wins, and its copy in an attribute is not told twice."""
    record = record_of(("input", {"q": 2}))
    view = own(record, attributes={"braintrust.input_json": '{"r": 1}', "braintrust.output": "o"})

    fields = fields_of(span_row(view, record.take(), PROVENANCE, LOGS))

    assert (fields["input"], fields["output"]) == ({"q": 2}, "o")
    assert "metadata" not in fields


def test_events_without_an_error_are_not_told() -> None:
    """An exception event is told only by an error that says what it says."""
    exception = event("exception", exception__type="a.E", exception__message="m")

    assert is_told(exception, "E: m")
    assert not is_told(exception, "E: other")
    assert not is_told(exception, "")
    assert not is_told(event("exception"), "")
    assert not is_told(event("retry"), "retry")
