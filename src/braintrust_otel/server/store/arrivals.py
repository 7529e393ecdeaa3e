"""Rows of spans that may arrive several times, and what each arrival leaves stored.

Exporters deliver a span again when an answer got lost. By then its row may hold feedback, so the
second delivery must change nothing. But a span may also arrive open and later ended, and then the
later delivery knows better. The span's times tell the two apart.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from typing_extensions import override

from braintrust_otel._model.merging import Merger
from braintrust_otel.server.store.changes import Change, fold_rows

__all__ = ["arrive", "fold_spans"]

Fields = dict[str, Any]


@dataclass(slots=True)
class _Arrivals(Change):
    """The deliveries of one span in one request, in order."""

    arrivals: list[Fields] = field(default_factory=list)

    @override
    def add(self, incoming: Fields) -> None:
        self.arrivals.append(incoming)

    @override
    def outcome(self, stored: Fields | None) -> Fields | None:
        row = stored
        for arrival in self.arrivals:
            row = arrive(row, arrival)
        return row


def fold_spans(rows: Sequence[Mapping[str, Any]]) -> list[Change]:
    """Return the changes that the arrival of *rows* makes.

    Raises:
        RowError: A row has no id, or says no container.
    """
    return fold_rows(rows, _Arrivals)


def arrive(stored: Fields | None, incoming: Fields) -> Fields:
    """Return the row after *incoming*, a whole row of a span, has arrived.

    A row that is stored without the span's times is feedback that was quicker than its span.
    """
    if stored is None:
        return dict(incoming)
    if _times(stored) in (_times(incoming), (None, None)):
        return Merger().merge(incoming, stored)
    if _times(incoming)[1] is None:  # open, and the stored one has ended
        return Merger().merge(incoming, stored)
    return Merger().merge(stored, incoming)


def _times(row: Mapping[str, Any]) -> tuple[object, object]:
    metrics = row.get("metrics")
    return (metrics.get("start"), metrics.get("end")) if isinstance(metrics, dict) else (None, None)
