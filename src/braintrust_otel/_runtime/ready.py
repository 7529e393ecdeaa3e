"""Takes rows that are no spans to shipping."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from braintrust_otel._json import Encoded
from braintrust_otel._model.rows import Row

__all__ = ["ReadyRows", "row_bytes"]

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

    def rows(self) -> Sequence[Row]:
        """Return the rows."""
        return self._rows


def row_bytes(row: Row) -> int:
    """Return roughly how much memory *row* takes."""
    values = row.fields.values()
    return _ROW_BYTES + sum([len(value.data) for value in values if isinstance(value, Encoded)])
