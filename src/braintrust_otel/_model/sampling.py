"""Which traces are kept, judged by what they hold, and what decides it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple, Protocol

from braintrust_otel._json import Encoded, decode
from braintrust_otel._model.containers import Container
from braintrust_otel._model.rows import Row, join_fields

__all__ = ["TailSampling", "TraceFacts", "TracePart", "Traced", "facts_of"]

_MEBIBYTE: Final = 1024 * 1024
_RANDOM_BITS: Final = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class TailSampling:
    """Which traces are kept once it is known what is in them.

    A trace is kept if one of the rules wants it; with the defaults that is every trace with an
    error, and no other.

    Attributes:
        base_rate: The share of all traces, from 0 to 1, that is kept whatever is in them. Decided
            by the trace id, so alike in every process, and as OpenTelemetry's own ratio sampler
            does.
        errors: Keep a trace if a row of it has an error.
        slower_than: Keep it if it took more seconds than this; None for no such rule.
        costlier_than: Keep it if its model calls cost more dollars than this.
        scores_below: Keep it if a score in it is lower than this.
        wait: Seconds without news of a trace after which it is judged, ended or not.
        max_traces: So many traces wait for their end at most.
        max_bytes: Memory that they take at most, roughly.

    Raises:
        ValueError: A number is out of its range.
    """

    base_rate: float = 0.0
    errors: bool = True
    slower_than: float | None = None
    costlier_than: float | None = None
    scores_below: float | None = None
    wait: float = 300.0
    max_traces: int = 20_000
    max_bytes: int = 64 * _MEBIBYTE

    def __post_init__(self) -> None:
        if not 0 <= self.base_rate <= 1:
            raise ValueError(f"base_rate must be from 0 to 1, not {self.base_rate!r}.")
        if self.wait <= 0 or self.max_traces < 1 or self.max_bytes < 1:
            raise ValueError("wait, max_traces and max_bytes must be greater than 0.")

    def keeps(self, trace_id: int, facts: TraceFacts) -> bool:
        """Tell whether a trace is kept.

        Args:
            trace_id: The trace.
            facts: What is in it.
        """
        return (
            self.is_in_base(trace_id)
            or (self.errors and facts.has_error)
            or _is_over(facts.seconds, self.slower_than)
            or _is_over(facts.cost, self.costlier_than)
            or _is_over(self.scores_below, facts.lowest_score)
        )

    def is_in_base(self, trace_id: int) -> bool:
        """Tell whether a trace is kept whatever is in it."""
        return trace_id % (1 << _RANDOM_BITS) < round(self.base_rate * (1 << _RANDOM_BITS))


class TraceFacts(NamedTuple):
    """What decides about a trace.

    Attributes:
        has_error: Whether a row has an error.
        seconds: From its first start to its last end, as far as its rows tell; None if not.
        cost: What its model calls cost, in dollars, as far as that is known.
        lowest_score: The lowest of its scores; None without any.
    """

    has_error: bool = False
    seconds: float | None = None
    cost: float | None = None
    lowest_score: float | None = None


class TracePart(NamedTuple):
    """How something that was logged belongs to a trace.

    Attributes:
        trace_id: The trace; None where only the row tells.
        container: Where it goes.
        is_span: Whether it is a span; False for what is said of one: feedback, updates.
        is_root: Whether it is a span that has nothing above it in any process.
        is_end: Whether it is the end of what this process does for the trace.
        is_open: Whether it is a span that will be put again when it ends.
        open_key: Stands for that span.
        row_id: Id of the row, where somebody chose it.
    """

    trace_id: int | None
    container: Container
    is_span: bool = True
    is_root: bool = False
    is_end: bool = False
    is_open: bool = False
    open_key: int | None = None
    row_id: str | None = None


class Traced(Protocol):
    """Something that is logged and belongs to a trace."""

    def trace_part(self) -> TracePart | None:
        """Return how it belongs to a trace; None if it does not."""
        ...


def facts_of(rows: Iterable[Row]) -> TraceFacts:
    """Return what *rows*, in the order in which they are written, tell of their trace."""
    folded: dict[str, Mapping[str, object]] = {}
    for row in rows:
        known = folded.get(row.id) if row.is_merge else None
        fields = row.fields
        folded[row.id] = fields if known is None else join_fields(known, fields, is_merge=False)
    metrics = [_numbers(fields.get("metrics")) for fields in folded.values()]
    starts, ends, costs = (
        [each[name] for each in metrics if name in each]
        for name in ("start", "end", "estimated_cost")
    )
    scores = [it for fields in folded.values() for it in _numbers(fields.get("scores")).values()]
    return TraceFacts(
        any(_opened(fields.get("error")) is not None for fields in folded.values()),
        max(ends) - min(starts) if starts and ends else None,
        sum(costs) if costs else None,
        min(scores) if scores else None,
    )


def _numbers(value: object) -> dict[str, float]:
    members = _opened(value)
    if not isinstance(members, Mapping):
        return {}
    return {
        name: it
        for name, it in members.items()
        if isinstance(it, (int, float)) and not isinstance(it, bool)
    }


def _opened(value: object) -> Any:
    return decode(value) if isinstance(value, Encoded) else value


def _is_over(value: float | None, limit: float | None) -> bool:
    return value is not None and limit is not None and value > limit
