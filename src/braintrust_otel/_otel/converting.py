"""Turns views of spans into rows; what does it is imported with the first row, where that is made.

It is a third of all that the package imports, and no program shall wait for it at its first span.
The functions are those of ``_mapping.convert`` and ``_mapping.starting``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from braintrust_otel._runtime import root

if TYPE_CHECKING:
    from braintrust_otel._json import Encoded
    from braintrust_otel._mapping.provenance import Provenance
    from braintrust_otel._mapping.view import SpanView
    from braintrust_otel._model.containers import Container
    from braintrust_otel._model.records import Taken
    from braintrust_otel._model.rows import Row

__all__ = ["resource_text", "span_row", "start_row", "update_row"]


def span_row(
    view: SpanView, taken: Taken | None, provenance: Provenance | None, container: Container
) -> Row:
    """Return the row of a span whose row was not written before."""
    row: Row = (root.convert or _imported()).span_row(view, taken, provenance, container)
    return row


def update_row(view: SpanView, taken: Taken) -> Row | None:
    """Return the row that merges into a span's earlier one what is new; None when nothing is."""
    row: Row | None = (root.convert or _imported()).update_row(view, taken)
    return row


def start_row(view: SpanView, provenance: Provenance, container: Container) -> Row:
    """Return the row of a span that has started."""
    with root.gate:
        from braintrust_otel._mapping import starting
    return starting.start_row(view, provenance, container)


def resource_text(resource: Mapping[str, object], *, is_own: bool) -> Encoded:
    """Return the resource as it stands in ``context.resource``."""
    text: Encoded = (root.convert or _imported()).resource_text(resource, is_own=is_own)
    return text


def _imported() -> Any:
    with root.gate:
        from braintrust_otel._mapping import convert

        root.convert = convert
    return convert
