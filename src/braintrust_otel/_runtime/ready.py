"""Takes rows that are no spans to shipping."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from braintrust_otel._json import Encoded
from braintrust_otel._model.rows import Row
from braintrust_otel._model.sampling import TracePart

__all__ = ["ReadyRows", "row_bytes"]

_DERIVED = re.compile(r"[0-9a-f]{48}")
_ROW_BYTES: Final = 700
"""Memory of a row without its values, measured with tracemalloc."""


class ReadyRows:
    """Rows that are what they are: feedback, updates, log events, records of datasets.

    Their values are encoded already, in the thread that logged them.

    Args:
        rows: The rows, in the order in which they are to be written.
    """

    __slots__ = ("_rows", "size_bytes")

    def __init__(self, rows: Sequence[Row]) -> None:
        self._rows = rows
        self.size_bytes = sum([row_bytes(row) for row in rows])

    def trace_part(self) -> TracePart | None:
        """Return which trace they are about, as the first one's id tells; None if it does not."""
        if not self._rows:
            return None
        row = self._rows[0]
        about = row.fields.get("origin")  # what a comment is about
        row_id = about.get("id") if isinstance(about, dict) else row.id
        if not isinstance(row_id, str):
            return None
        trace_id = int(row_id[:32], 16) if _DERIVED.fullmatch(row_id) else None
        return TracePart(trace_id, row.container, is_span=False, row_id=row_id)

    def rows(self) -> Sequence[Row]:
        """Return the rows."""
        return self._rows


def row_bytes(row: Row) -> int:
    """Return roughly how much memory *row* takes."""
    values = row.fields.values()
    return _ROW_BYTES + sum([len(value.data) for value in values if isinstance(value, Encoded)])
