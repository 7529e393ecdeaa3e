"""Span views for tests: one fixed span, of which each test changes what it is about."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from braintrust_otel._json import dumps, encode, loads
from braintrust_otel._mapping.provenance import Provenance
from braintrust_otel._mapping.view import EventView, SpanView
from braintrust_otel._model.containers import project_logs
from braintrust_otel._model.records import SpanRecord
from braintrust_otel._model.rows import Row

__all__ = [
    "LOGS",
    "PROVENANCE",
    "SPAN_ID",
    "START_NS",
    "TRACE_ID",
    "event",
    "fields_of",
    "foreign",
    "own",
    "record_of",
]

TRACE_ID = "7c8aea90d2d80b2d076226163be82ae4"
SPAN_ID = "f1f387c9af3642d9"
START_NS = 1_795_317_219_717_551_000
LOGS = project_logs("demo")
PROVENANCE = Provenance("1.2.3")

_VIEW = SpanView(
    name="outer",
    trace_id=TRACE_ID,
    span_id=SPAN_ID,
    start_ns=START_NS,
    end_ns=START_NS + 500_000_000,
    scope_name="some.library",
)


def foreign(**changes: Any) -> SpanView:
    """Return the view of another library's span."""
    return replace(_VIEW, **changes)


def own(record: SpanRecord, **changes: Any) -> SpanView:
    """Return the view of a span of our API."""
    return replace(_VIEW, record=record, **changes)


def record_of(*parts: tuple[str, object]) -> SpanRecord:
    """Return the record of a span on which *parts* were logged."""
    record = SpanRecord(LOGS, 7)
    record.parts.extend((name, encode(value)) for name, value in parts)
    return record


def event(name: str, **attributes: object) -> EventView:
    """Return a span event half a second after the epoch; ``__`` in a name stands for a dot."""
    dotted = {key.replace("__", "."): value for key, value in attributes.items()}
    return EventView(name, 500_000_000, dotted)


def fields_of(row: Row | None) -> dict[str, Any]:
    """Return the fields of *row* as a reader of its JSON text sees them."""
    assert row is not None
    fields = loads(dumps(dict(row.fields)))
    assert isinstance(fields, dict)
    return fields
