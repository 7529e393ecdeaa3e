"""Rows of other libraries' spans: nothing is lost."""

from __future__ import annotations

from typing import Any

import pytest

from braintrust_otel._mapping.convert import span_row
from braintrust_otel._mapping.provenance import Provenance
from braintrust_otel._model.containers import Container, ContainerKind
from support.views import LOGS, PROVENANCE, SPAN_ID, TRACE_ID, event, fields_of, foreign


def convert(provenance: Provenance | None = PROVENANCE, /, **changes: Any) -> dict[str, Any]:
    return fields_of(span_row(foreign(**changes), None, provenance, LOGS))


def test_whole_row() -> None:
    """A plain span has this row and nothing else."""
    fields = convert(
        name="GET /",
        kind="client",
        scope_version="2.0",
        parent_span_id="a" * 16,
        attributes={"http.method": "GET", "code.function.name": "fetch", "code.lineno": 3},
        resource={"service.name": "shop", "telemetry.sdk.version": "1.40"},
    )

    assert fields == {
        "span_id": SPAN_ID,
        "root_span_id": TRACE_ID,
        "span_parents": ["a" * 16],
        "created": "2026-11-22T03:13:39.717551+00:00",
        "metrics": {"start": 1795317219.717551, "end": 1795317220.217551},
        "span_attributes": {"name": "GET /"},
        "metadata": {"http.method": "GET", "otel": {"kind": "client"}},
        "context": {
            "caller_functionname": "fetch",
            "caller_lineno": 3,
            "span_origin": {
                "name": "braintrust.otel.python",
                "version": "1.2.3",
                "instrumentation": {"name": "some.library", "version": "2.0"},
            },
            "resource": {"service.name": "shop", "telemetry.sdk.version": "1.40"},
        },
    }


def test_span_of_another_process() -> None:
    """A span that was received says that OpenTelemetry made it, and in which version."""
    known = convert(None, resource={"telemetry.sdk.version": "1.40"})
    unknown = convert(None)

    assert known["context"]["span_origin"] == {
        "name": "opentelemetry",
        "version": "1.40",
        "instrumentation": {"name": "some.library"},
    }
    assert "version" not in unknown["context"]["span_origin"]


@pytest.mark.parametrize(
    ("parent", "container", "is_told"),
    [
        ("experiment_id:e1", Container(ContainerKind.EXPERIMENT, id="e1"), True),
        ("nonsense", LOGS, False),
        (5, LOGS, False),
    ],
)
def test_parent_attribute_routes(parent: object, container: Container, is_told: bool) -> None:
    """The parent attribute routes the row; one that cannot be read is kept as metadata."""
    row = span_row(foreign(attributes={"braintrust.parent": parent}), None, PROVENANCE, LOGS)

    assert row.container == container
    assert ("metadata" not in row.fields) is is_told


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"is_error": True, "status_description": "no luck"}, "no luck"),
        ({"is_error": True, "attributes": {"error.type": "timeout"}}, "timeout"),
        ({"is_error": True}, "The span ended with an error status and gave no reason."),
        (
            {"events": [event("exception", exception__type="a.E", exception__message="m")]},
            "a.E: m",
        ),
        ({"events": [event("exception", exception__message="m")]}, "m"),
        (
            {
                "events": [
                    event(
                        "exception",
                        exception__type="a.E",
                        exception__message="m",
                        exception__stacktrace="Traceback ...\nE: m",
                        exception__escaped="False",
                    )
                ],
                "is_error": True,
                "status_description": "E: m",
            },
            "Traceback ...\nE: m",
        ),
        (
            {
                "events": [
                    event("exception", exception__type="E", exception__stacktrace="at line 1"),
                    event("exception", exception__type="F"),
                    event("exception", exception__type="F"),
                ]
            },
            "E\nat line 1\n\nF",
        ),
    ],
)
def test_errors(changes: dict[str, Any], error: str) -> None:
    """Exceptions, else the status description, else the error type, are the error, told once."""
    fields = convert(**changes)

    assert fields["error"] == error
    assert "otel" not in fields.get("metadata", {})


def test_other_events_are_kept() -> None:
    """Span events that are no exception, or say more than the error, are kept with their times."""
    fields = convert(
        events=[
            event("retry", attempt=2),
            event("done"),
            event("exception", exception__type="E", retry=1),
        ],
        status_description="aside",
    )

    assert fields["error"] == "E"
    assert fields["metadata"]["otel"] == {
        "status_description": "aside",
        "events": [
            {"name": "retry", "time": 0.5, "attributes": {"attempt": 2}},
            {"name": "done", "time": 0.5},
            {
                "name": "exception",
                "time": 0.5,
                "attributes": {"exception.type": "E", "retry": 1},
            },
        ],
    }


def test_what_was_dropped_before_is_told() -> None:
    """Attributes, events and links that a span has lost to its limits are counted on its row."""
    fields = convert(dropped=(2, 0, 1))

    assert fields["metadata"]["otel"] == {"dropped": {"attributes": 2, "links": 1}}


def test_trace_state_is_kept() -> None:
    """What vendors pass along with the trace is on the rows of other libraries' spans."""
    fields = convert(trace_state="vendor=1")

    assert fields["metadata"]["otel"] == {"trace_state": "vendor=1"}


def test_exception_beside_another_error_is_kept() -> None:
    """An exception that the given error does not tell is kept as an event."""
    fields = convert(
        attributes={"braintrust.error": '{"code": 1}'},
        events=[event("exception", exception__type="E", exception__message="m")],
    )

    assert fields["error"] == {"code": 1}
    assert fields["metadata"]["otel"]["events"][0]["name"] == "exception"


def test_names_that_are_taken() -> None:
    """An attribute called like our own member of the metadata keeps its name."""
    fields = convert(kind="server", attributes={"otel": 1, "otel_": 2})

    assert fields["metadata"] == {"otel": 1, "otel_": 2, "otel__": {"kind": "server"}}


def test_hostile_values_become_json() -> None:
    """Values that are no JSON are written as the encoder writes them."""
    fields = convert(
        name="\ud800",
        attributes={"b": b"x", "n": float("nan"), "big": 2**70, "t": (1, None), "s": "\ud800"},
    )

    assert fields["span_attributes"]["name"] == "\ufffd"
    assert fields["metadata"] == {
        "b": "b'x'",
        "n": "NaN",
        "big": 2**70,
        "t": [1, None],
        "s": "\ufffd",
    }


@pytest.mark.parametrize(("preserve", "kept"), [(True, True), (False, False)])
def test_parsed_attributes_may_be_preserved(preserve: bool, kept: bool) -> None:
    """On request the attributes that were understood are kept as they came, too."""
    fields = convert(
        attributes={
            "braintrust.otel.preserve_attributes": preserve,
            "braintrust.input_json": '{"q": 1}',
        }
    )

    assert fields["input"] == {"q": 1}
    assert fields.get("metadata") == ({"braintrust.input_json": '{"q": 1}'} if kept else None)


def test_preserve_that_is_no_bool_is_an_attribute() -> None:
    """Anything but a boolean asks for nothing, and is kept."""
    fields = convert(attributes={"braintrust.otel.preserve_attributes": "maybe"})

    assert fields["metadata"] == {"braintrust.otel.preserve_attributes": "maybe"}


def test_older_source_location_is_told_beside_the_newer() -> None:
    """Of two spellings of one fact the newer is the caller, the older is kept as metadata."""
    fields = convert(attributes={"code.function.name": "new", "code.function": "old"})

    assert fields["context"]["caller_functionname"] == "new"
    assert fields["metadata"] == {"code.function": "old"}
