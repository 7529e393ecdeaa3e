"""What our own API keeps with a span beyond what OpenTelemetry knows of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from braintrust_otel._json import Encoded
from braintrust_otel._model.containers import Container, Relay
from braintrust_otel._model.rows import Row

__all__ = ["INSTRUMENTATION", "Caller", "SpanRecord", "Taken"]


INSTRUMENTATION = "braintrust-otel"
"""What made a span or an event, where no instrumentor did."""


class Caller(NamedTuple):
    """The line of the user's program that started a span."""

    function: str
    filename: str
    line: int


class Taken(NamedTuple):
    """What a record had to tell since it was last asked.

    Attributes:
        parts: Encoded fields in the order in which they were logged.
        is_first: Whether nothing of this span was taken before.
        earlier: The fields taken before, in order.
        is_end_told: Whether the span's end was told before.
    """

    parts: Sequence[tuple[str, Encoded]]
    is_first: bool
    earlier: Sequence[tuple[str, Encoded]] = ()
    is_end_told: bool = False


class SpanRecord:
    """The Braintrust side of one span: where it goes, who it is, and what was logged on it.

    The caller's thread only appends to ``parts``; one worker thread takes from them. Nothing here
    is locked: both sides rely on list appends and slices being atomic.

    Attributes:
        container: Where the row goes.
        account: What ships the row, opaque here; None means the default account.
        row_id: Row id chosen by the user, or None for trace id + span id.
        span_id: Span id chosen by the user, or None for the OTel one.
        root_span_id: Root id given by an exported parent, or None for the trace id.
        span_parents: Parent ids given by an exported parent, or None for the OTel parent.
        type: Type of the span, such as ``llm``, or None.
        exec_counter: Position among the spans that this process started.
        caller: Where in the user's program the span was started, if known.
        instrumentation: What made the span, for ``context.span_origin.instrumentation.name``.
        is_client: Whether the span is a request to somebody else, for OpenTelemetry's kind of span;
            rows do not tell.
        is_below_foreign: Whether the span above is another library's, in this process.
        is_queued: Whether the span was handed over; what is logged from then on is queued anew.
        shown: Attributes that only other vendors' processors are to see; None for none.
        propagated: Fields that every descendant inherits. They are among the parts of this span.
        relay: What came with the trace from another service and is handed on, or None.
        stand_in: What rows are made of where the span itself cannot be read, opaque here; None
            where it can.
        parts: Encoded fields in the order in which they were logged.
        followers: Rows that wait for the span's own row, which would wipe them; None for none.
    """

    __slots__ = (
        "_is_end_told",
        "_taken",
        "account",
        "caller",
        "container",
        "exec_counter",
        "followers",
        "instrumentation",
        "is_below_foreign",
        "is_client",
        "is_queued",
        "parts",
        "propagated",
        "relay",
        "root_span_id",
        "row_id",
        "shown",
        "span_id",
        "span_parents",
        "stand_in",
        "type",
    )

    def __init__(self, container: Container, exec_counter: int) -> None:
        self.container = container
        self.exec_counter = exec_counter
        self.account: Any = None
        self.row_id: str | None = None
        self.span_id: str | None = None
        self.root_span_id: str | None = None
        self.span_parents: tuple[str, ...] | None = None
        self.type: str | None = None
        self.caller: Caller | None = None
        self.instrumentation = INSTRUMENTATION
        self.is_client = False
        self.is_below_foreign = False
        self.is_queued = False
        self.shown: frozenset[str] | None = None
        self.propagated: Mapping[str, object] | None = None
        self.relay: Relay | None = None
        self.stand_in: Any = None
        self.parts: list[tuple[str, Encoded]] = []
        self.followers: list[Row] | None = None
        self._taken = -1
        self._is_end_told = False

    def leave_to_parent(self) -> None:
        """Leave to the parent process, after a fork, what was logged so far and the span's end."""
        self._taken = len(self.parts)
        self._is_end_told = True
        self.followers = None

    @property
    def is_taken(self) -> bool:
        """Whether the span's row was made: what is written to it from now on merges into it."""
        return self._taken >= 0

    def take_followers(self) -> list[Row]:
        """Return the rows that waited for the span's own, which has just been made."""
        # Slices, because another thread may append between two looks at the list.
        waiting = self.followers
        if waiting is None:
            return []
        taken = waiting[:]
        del waiting[: len(taken)]
        return taken

    def untake(self) -> None:
        """Let the row be made whole again: what was made of it so far was not sent."""
        self._taken = -1
        self._is_end_told = False

    def take(self, *, has_ended: bool = False) -> Taken:
        """Return the fields logged since the last call; for the one worker that ships this span.

        Args:
            has_ended: Whether the span has ended, so that the row now made tells its end.
        """
        start = self._taken
        # One copy, because the caller's thread may append between two looks at the list.
        parts = self.parts[:]
        if start < 0:
            taken = Taken(parts, True, (), self._is_end_told)
        else:
            taken = Taken(parts[start:], False, parts[:start], self._is_end_told)
        self._taken = len(parts)
        self._is_end_told = self._is_end_told or has_ended
        return taken
