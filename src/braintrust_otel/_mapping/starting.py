"""Makes the row of a span that has only just started."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from braintrust_otel._mapping.convert import DIALECTS, span_row
from braintrust_otel._mapping.findings import read
from braintrust_otel._mapping.provenance import Provenance
from braintrust_otel._mapping.view import SpanView
from braintrust_otel._model.attributes import PARENT
from braintrust_otel._model.containers import Container
from braintrust_otel._model.rows import Row

__all__ = ["start_row"]


def start_row(view: SpanView, provenance: Provenance | None, container: Container) -> Row:
    """Return the row that says who a starting span is: name, type, time, and what it is under.

    Nothing else: what its attributes say now, they may say differently at the end, and the row of
    the end merges into this one.

    Args:
        view: The span, open.
        provenance: What this process is.
        container: Where the row goes unless the span itself says otherwise.
    """
    home = view.attributes.get(PARENT)
    bare = replace(view, attributes={} if home is None else {PARENT: home})
    row = span_row(bare, None, provenance, container)
    told = read(view, DIALECTS).fields.get("span_attributes")
    kind = told.get("type") if isinstance(told, Mapping) else None
    if kind is not None:
        row.fields = {**row.fields, "span_attributes": {"name": view.name, "type": kind}}
    return row
