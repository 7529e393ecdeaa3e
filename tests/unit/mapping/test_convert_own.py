"""Rows of spans of our own API."""

from __future__ import annotations

import pytest

from braintrust_otel._json import encode
from braintrust_otel._mapping.convert import span_row
from braintrust_otel._mapping.provenance import Provenance
from braintrust_otel._mapping.view import LinkView
from braintrust_otel._model.containers import project_logs
from braintrust_otel._model.records import Caller
from support.views import LOGS, PROVENANCE, SPAN_ID, START_NS, TRACE_ID, fields_of, own, record_of

OTHER = project_logs("other")


def test_whole_row() -> None:
    """An ended span with a caller, a type and logged fields has this row and nothing else."""
    record = record_of(("input", {"q": 1}), ("output", "x"), ("foo", [1]))
    record.type = "task"
    record.caller = Caller("main", "/app/main.py", 9)
    provenance = Provenance("1.2.3", "ci", "github_actions")

    row = span_row(own(record, parent_span_id="a" * 16), record.take(), provenance, OTHER)

    assert (row.id, row.container) == (TRACE_ID + SPAN_ID, LOGS)
    assert not row.is_merge
    assert row.may_join
    assert fields_of(row) == {
        "span_id": SPAN_ID,
        "root_span_id": TRACE_ID,
        "span_parents": ["a" * 16],
        "created": "2026-11-22T03:13:39.717551+00:00",
        "input": {"q": 1},
        "output": "x",
        "foo": [1],
        "metrics": {"start": 1795317219.717551, "end": 1795317220.217551},
        "span_attributes": {"name": "outer", "type": "task", "exec_counter": 7},
        "context": {
            "caller_functionname": "main",
            "caller_filename": "/app/main.py",
            "caller_lineno": 9,
            "span_origin": {
                "name": "braintrust.otel.python",
                "version": "1.2.3",
                "instrumentation": {"name": "braintrust-otel"},
                "environment": {"type": "ci", "name": "github_actions"},
            },
        },
    }


def test_single_part_is_passed_on_untouched() -> None:
    """The text of a field that was logged once is the row's, without a look inside."""
    record = record_of()
    text = encode({"big": "value"})
    record.parts.append(("input", text))

    row = span_row(own(record), record.take(), PROVENANCE, LOGS)

    assert row.fields["input"] is text


def test_parts_are_merged_in_order() -> None:
    """Objects accumulate, tags are united, everything else is the last logged."""
    record = record_of(
        ("metadata", {"x": {"y": 1}}),
        ("tags", ["t1"]),
        ("output", [1]),
        ("metadata", {"x": {"z": 2}, "w": None}),
        ("tags", ["t2", "t1"]),
        ("output", [2, 3]),
        ("input", None),
    )

    fields = fields_of(span_row(own(record), record.take(), PROVENANCE, LOGS))

    assert fields["metadata"] == {"x": {"y": 1, "z": 2}, "w": None}
    assert fields["tags"] == ["t1", "t2"]
    assert fields["output"] == [2, 3]
    assert "input" not in fields


def test_logged_values_win_over_the_spans_own() -> None:
    """Times, name and type that were logged are the row's; provenance keeps what was not given."""
    record = record_of(
        ("metrics", {"end": 5.0, "tokens": 3}),
        ("span_attributes", {"name": "mine", "purpose": "scorer"}),
        ("context", {"span_origin": {"name": "me"}}),
        ("created", "then"),
        ("error", "logged"),
    )
    record.type = "llm"

    fields = fields_of(span_row(own(record, is_error=True), record.take(), PROVENANCE, LOGS))

    assert fields["metrics"] == {"start": 1795317219.717551, "end": 5.0, "tokens": 3}
    assert fields["span_attributes"] == {
        "name": "mine",
        "type": "llm",
        "exec_counter": 7,
        "purpose": "scorer",
    }
    assert fields["context"]["span_origin"] == {
        "name": "me",
        "version": "1.2.3",
        "instrumentation": {"name": "braintrust-otel"},
    }
    assert (fields["created"], fields["error"]) == ("then", "logged")


def test_identity_may_be_given() -> None:
    """Row id, root and parents that the record gives are the row's."""
    record = record_of(("id", "evil"), ("span_id", "evil"), ("project_id", "evil"))
    record.row_id, record.root_span_id, record.span_parents = "mine", "uuid-root", ("uuid-parent",)

    row = span_row(own(record, parent_span_id="a" * 16), record.take(), PROVENANCE, LOGS)

    assert row.id == "mine"
    assert row.fields["root_span_id"] == "uuid-root"
    assert row.fields["span_parents"] == ["uuid-parent"]
    assert row.fields["span_id"] == SPAN_ID
    assert "project_id" not in row.fields
    assert "id" not in row.fields


def test_given_root_has_no_parents() -> None:
    """An empty tuple of parents makes a root, whatever OpenTelemetry's parent is."""
    record = record_of()
    record.span_parents = ()

    row = span_row(own(record, parent_span_id="a" * 16), record.take(), PROVENANCE, LOGS)

    assert row.fields["span_parents"] is None


def test_parent_links_add_parents() -> None:
    """A link marked as a parent in the same trace is a further parent; others are kept as links."""
    mark = {"braintrust.link.kind": "parent"}
    links = (
        LinkView(TRACE_ID, "b" * 16, mark),
        LinkView(TRACE_ID, "b" * 16, {**mark, "why": "join"}),
        LinkView("c" * 32, "d" * 16, mark),
        LinkView(TRACE_ID, "e" * 16),
    )
    record = record_of()

    row = span_row(own(record, parent_span_id="a" * 16, links=links), None, PROVENANCE, LOGS)

    fields = fields_of(row)
    assert fields["span_parents"] == ["a" * 16, "b" * 16]
    assert fields["metadata"] == {
        "otel": {
            "links": [
                {
                    "trace_id": TRACE_ID,
                    "span_id": "b" * 16,
                    "attributes": {"braintrust.link.kind": "parent", "why": "join"},
                },
                {"trace_id": "c" * 32, "span_id": "d" * 16, "attributes": mark},
                {"trace_id": TRACE_ID, "span_id": "e" * 16},
            ]
        }
    }


def test_open_span_has_no_end() -> None:
    """The row of a span that is still open tells its start only."""
    record = record_of()

    row = span_row(own(record, end_ns=None), record.take(), PROVENANCE, LOGS)

    assert fields_of(row)["metrics"] == {"start": 1795317219.717551}


def test_nameless_span_has_no_name() -> None:
    """An empty name is left out, as for log events."""
    record = record_of(("span_attributes", {"type": "log"}))

    row = span_row(own(record, name=""), record.take(), PROVENANCE, LOGS)

    assert fields_of(row)["span_attributes"] == {"type": "log", "exec_counter": 7}


@pytest.mark.parametrize("start_ns", [None, 10**24])
def test_unspeakable_start_leaves_created_out(start_ns: int | None) -> None:
    """A span that never started, or in no year that calendars know, has no time of creation."""
    record = record_of()

    fields = fields_of(span_row(own(record, start_ns=start_ns), None, PROVENANCE, LOGS))

    assert "created" not in fields


def test_whole_second_keeps_its_microseconds() -> None:
    """The time of creation always has six digits after the point."""
    record = record_of()

    row = span_row(own(record, start_ns=START_NS // 10**9 * 10**9), None, PROVENANCE, LOGS)

    assert row.fields["created"] == "2026-11-22T03:13:39.000000+00:00"


def test_attributes_go_beside_the_logged_metadata() -> None:
    """Attributes set through OpenTelemetry are kept; where names meet, the logged value stays."""
    record = record_of(("metadata", {"a": 1}))
    attributes = {"braintrust.parent": "project_name:demo", "a": 2, "b.c": (1, 2)}

    row = span_row(own(record, attributes=attributes), record.take(), PROVENANCE, LOGS)

    assert fields_of(row)["metadata"] == {
        "a": 1,
        "b.c": [1, 2],
        "otel": {"attributes": {"a": 2}},
    }


def test_model_calls_do_not_repeat_themselves() -> None:
    """What our own model calls tell other vendors is in the payload, and not told twice."""
    record = record_of(("metadata", {"model": "m"}))
    record.type = "llm"
    attributes = {"gen_ai.request.model": "m", "gen_ai.usage.input_tokens": 3, "gen_ai.own": 1}

    row = span_row(own(record, attributes=attributes), record.take(), PROVENANCE, LOGS)

    assert fields_of(row)["metadata"] == {"model": "m", "gen_ai.own": 1}


def test_unasked_resource_is_left_out() -> None:
    """Of the resource only what somebody chose is repeated on every row of ours."""
    defaults = {"telemetry.sdk.version": "1.40", "service.name": "unknown_service:python"}
    chosen = {**defaults, "service.name": "shop"}

    bare = span_row(own(record_of(), resource=defaults), None, PROVENANCE, LOGS)
    named = span_row(own(record_of(), resource=chosen), None, PROVENANCE, LOGS)

    assert "resource" not in fields_of(bare)["context"]
    assert fields_of(named)["context"]["resource"] == {"service.name": "shop"}


@pytest.mark.parametrize("field", ["metadata", "metrics", "span_attributes", "context"])
def test_no_object_in_place_of_one(field: str) -> None:
    """A value that its field cannot hold is kept in the metadata, and the field keeps its own."""
    record = record_of((field, 5), ("metrics", {"tokens": 1}))

    fields = fields_of(span_row(own(record), record.take(), PROVENANCE, LOGS))

    assert fields["metadata"] == {field: 5}
    assert fields["metrics"]["tokens"] == 1
    assert fields["metrics"]["end"] == 1795317220.217551


def test_deletion_stands_alone() -> None:
    """A row that carries an instruction to delete is not joined with others."""
    record = record_of(("_array_delete", [{"path": ["tags"], "delete": ["a"]}]))

    assert not span_row(own(record), record.take(), PROVENANCE, LOGS).may_join


def test_own_stamp_is_not_told() -> None:
    """The parent attribute, alone on a span of ours, is its routing and no metadata."""
    attributes = {"braintrust.parent": "project_name:demo"}

    row = span_row(own(record_of(), attributes=attributes), None, PROVENANCE, OTHER)

    assert "metadata" not in row.fields
    assert row.container == LOGS


def test_known_caller_is_not_replaced() -> None:
    """Source attributes on a span whose caller is known are kept as metadata."""
    record = record_of()
    record.caller = Caller("main", "/app/main.py", 9)

    row = span_row(own(record, attributes={"code.function": "x"}), None, PROVENANCE, LOGS)

    fields = fields_of(row)
    assert fields["context"]["caller_functionname"] == "main"
    assert fields["metadata"] == {"code.function": "x"}
