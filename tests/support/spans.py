"""Fake spans: what an instrumentor recorded, without any pipe behind it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from braintrust_otel._model.rows import merge_row
from braintrust_otel._tracing.noop import NOOP_SPAN
from braintrust_otel.instrument import Calls, CallSpan, Child, Clocks


@dataclass
class FakeSpan:
    """A span that keeps what it is told."""

    name: str
    type: str | None
    instrumentation: str | None
    fields: dict[str, Any] = field(default_factory=dict)
    parent: CallSpan | None = None
    errors: list[BaseException] = field(default_factory=list)
    ends: list[float | None] = field(default_factory=list)

    def record(self, **fields: Any) -> None:
        self.fields = merge_row(self.fields, fields)

    def record_error(self, error: BaseException) -> None:
        self.errors.append(error)

    def end(self, end_time: float | None = None) -> float:
        self.ends.append(end_time)
        return end_time or 0.0


@dataclass
class FakeTracer:
    """Starts fake spans, or none while nothing is active; its clock only moves when told to."""

    is_active: bool = True
    now: float = 100.0
    spans: list[FakeSpan] = field(default_factory=list)
    bugs: list[tuple[str, Exception]] = field(default_factory=list)

    def begin(
        self,
        name: str,
        *,
        type: str | None = None,  # noqa: A002  # the word of the public API
        instrumentation: str | None = None,
    ) -> CallSpan:
        if not self.is_active:
            return NOOP_SPAN
        self.spans.append(FakeSpan(name, type, instrumentation))
        return self.spans[-1]

    def begin_child(self, parent: CallSpan, child: Child, instrumentation: str) -> CallSpan:
        self.spans.append(FakeSpan(child.name, child.type, instrumentation, parent=parent))
        return self.spans[-1]

    def calls(self) -> Calls:
        return Calls(
            "test",
            active=lambda: self.is_active,
            begin=self.begin,
            begin_child=self.begin_child,
            clocks=Clocks(lambda: self.now, lambda: self.now + 1_000_000.0),
            report=lambda doing, bug: self.bugs.append((doing, bug)),
        )

    @property
    def span(self) -> FakeSpan:
        """The only span."""
        (span,) = self.spans
        return span
