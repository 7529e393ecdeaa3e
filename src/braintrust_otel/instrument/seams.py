"""What calls are made of: their fields, and the seams to spans, clocks and the report of bugs."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

__all__ = [
    "BeginChild",
    "BeginSpan",
    "CallSpan",
    "Child",
    "Clocks",
    "Fields",
    "ReadFailure",
    "ReportBug",
]

Fields = Mapping[str, object]
"""Fields of a row: ``input``, ``output``, ``metadata``, ``metrics``, ``error``, ...

Two more are no fields of the row. Each ``Child`` in ``children`` becomes a span under that of the
call. ``attributes`` is a function that returns OpenTelemetry attributes which no field has room
for, such as ``response_attributes`` gives; it is asked only where other vendors' processors see
the span, and everything that can be told from the fields is set without it.
"""

ReadFailure = Callable[[BaseException], Fields]
"""Returns the fields that an exception carries, such as an answer that could not be parsed."""


class CallSpan(Protocol):
    """What a call needs of its span; none of it raises."""

    def record(self, **fields: Any) -> None:
        """Add fields to the span's row."""
        ...

    def record_error(self, error: BaseException) -> None:
        """Put the error on the span."""
        ...

    def end(self, end_time: float | None = None) -> float:
        """End the span, at *end_time* (epoch seconds) or now."""
        ...


@dataclass(frozen=True, slots=True)
class Child:
    """A part of a call that ran where the call went, such as a tool that the provider runs.

    Attributes:
        name: Name of its span.
        fields: Fields of its row.
        type: Type of its span.
    """

    name: str
    fields: Fields
    type: str = "tool"


class BeginSpan(Protocol):
    """Starts a span that does not become current, or returns the no-op span."""

    def __call__(
        self,
        name: str,
        *,
        type: str | None = None,  # noqa: A002  # the word of the public API
        instrumentation: str | None = None,
    ) -> CallSpan:
        """Start a span called *name*."""
        ...


BeginChild = Callable[[CallSpan, Child, str], CallSpan]
"""Starts the span of a child under a call's span, for the instrumentor of that name."""


ReportBug = Callable[[str, Exception], None]
"""Told what was being done when our own code raised, and what it raised."""


@dataclass(frozen=True, slots=True)
class Clocks:
    """Where times come from.

    Attributes:
        steady: Monotonic seconds, for durations.
        wall: Epoch seconds, for times on rows.
    """

    steady: Callable[[], float] = time.monotonic
    wall: Callable[[], float] = time.time
