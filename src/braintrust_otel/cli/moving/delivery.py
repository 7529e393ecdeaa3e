"""Delivers imported rows in portions, each of them before the next one is read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Final

from braintrust_otel._model.containers import Container
from braintrust_otel._model.rows import Row
from braintrust_otel.cli.moving.lines import Line
from braintrust_otel.cli.surroundings import CommandError
from braintrust_otel.errors import FlushError, HoldError, IsolateError, LoginError, SplitError

if TYPE_CHECKING:
    from braintrust_otel._runtime.pipeline import Pipeline
    from braintrust_otel._shipping.senders import Batch
    from braintrust_otel.cli.moving.rejects import Rejects
    from braintrust_otel.errors import SendError

__all__ = ["Delivery"]

_PORTION_ROWS: Final = 1_000
_PORTION_BYTES: Final = 8 * 1024 * 1024


class _Ready:
    """Rows that are there already, as a source of rows."""

    __slots__ = ("_rows", "size_bytes")

    def __init__(self, rows: Sequence[Row], size_bytes: int) -> None:
        self._rows = rows
        self.size_bytes = size_bytes

    def rows(self) -> Iterable[Row]:
        """Return the rows."""
        return self._rows


class Delivery:
    """Ships rows, and notes which lines the receiver refused.

    Args:
        rejects: Takes the lines that were refused.

    Attributes:
        rows: Rows that were acknowledged, without their comments.
        line: The last line whose rows were all acknowledged or refused; 0 for none.
    """

    def __init__(self, rejects: Rejects) -> None:
        self.rows = 0
        self.line = 0
        self._rejects = rejects
        self._waiting: list[Row] = []
        self._waiting_bytes = 0
        self._lines: dict[str, Line] = {}
        self._refused: dict[str, str] = {}
        self._known: set[Container] = set()

    def refused(self, batch: Batch, error: SendError) -> None:
        """Note that the rows of *batch* were not taken; shipping calls this."""
        for row in batch.rows:
            self._refused[row.key[-1]] = str(error)

    def add(self, pipeline: Pipeline, line: Line, rows: Sequence[Row]) -> None:
        """Take the rows of *line*; deliver, once there are enough of them.

        Raises:
            CommandError: The rows cannot be delivered, or have nowhere to go.
        """
        for row in rows:
            if row.container not in self._known:
                _check(pipeline, row.container)
                self._known.add(row.container)
            self._lines[row.id] = line
        self._waiting += rows
        self._waiting_bytes += len(line.data)
        if len(self._waiting) >= _PORTION_ROWS or self._waiting_bytes >= _PORTION_BYTES:
            self.deliver(pipeline, line.number)

    def deliver(self, pipeline: Pipeline, line: int) -> None:
        """Deliver everything taken so far, which ends with the line number *line*.

        Raises:
            CommandError: The rows cannot be delivered.
        """
        if self._waiting:
            pipeline.put(_Ready(self._waiting, self._waiting_bytes))
            _flush(pipeline)
            self._reject()
            taken = [row for row in self._waiting if row.id not in self._refused]
            self.rows += sum(map(_is_row, taken))
        self._waiting, self._waiting_bytes = [], 0
        self._lines, self._refused = {}, {}
        self.line = line

    def _reject(self) -> None:
        """Note the lines of rows that were refused."""
        reasons: dict[Line, str] = {}
        for row_id, reason in self._refused.items():
            line = self._lines.get(row_id)
            if line is not None:
                reasons.setdefault(line, f"has the row {row_id}, which was refused: {reason}")
        for line, reason in reasons.items():
            self._rejects.add(line, reason)


def _is_row(write: Row) -> bool:
    """Tell whether *write* is a row itself, and not a comment or a note of who changed it."""
    return write.is_merge and "_audit_source" not in write.fields


def _check(pipeline: Pipeline, container: Container) -> None:
    """Look up where rows go before the first one is sent."""
    try:
        pipeline.route(container)
    except LoginError:
        raise
    except HoldError as error:
        raise CommandError(
            f"{error} With --project NAME all rows go to the project of that name."
        ) from error


def _flush(pipeline: Pipeline) -> None:
    try:
        pipeline.shipper.flush()
    except FlushError as error:
        if all(isinstance(one, (IsolateError, SplitError)) for one in error.errors):
            return
        raise CommandError(f"The rows could not be delivered. {error}") from error
