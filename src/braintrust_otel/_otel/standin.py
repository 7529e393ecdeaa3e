"""Stands in for a span whose class tells nothing of itself, when its row is made."""

from __future__ import annotations

from time import time_ns

from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.trace import Span, SpanContext

__all__ = ["StandIn", "is_readable", "stand_in_for"]

_NO_RESOURCE = Resource({})


class StandIn(ReadableSpan):
    """What a row says of a span that cannot be read: who it is, and when it started and ended.

    OpenTelemetry's API has ways to change a span, and none to read it but for its ids.
    """

    def is_recording(self) -> bool:
        """Tell whether the span is open. Its own class may say from the start that it is not."""
        return self._end_time is None

    def end_at(self, end_ns: int | None) -> None:
        """Take *end_ns* for the end, or now where nobody knows it."""
        if self._end_time is None:
            self._end_time = time_ns() if end_ns is None else end_ns


def is_readable(span: object) -> bool:
    """Tell whether *span* is one that exporters get: the SDK's, or one that Logfire puts around."""
    return isinstance(getattr(span, "span", span), ReadableSpan)


def stand_in_for(
    span: Span, name: str, parent: SpanContext | None, start_ns: int | None
) -> StandIn | None:
    """Return what stands in for *span*, or None if it can be read itself.

    Args:
        span: The span.
        name: Its name.
        parent: Identity of the span above it, if there is one.
        start_ns: When it started, if that is known.
    """
    if isinstance(span, ReadableSpan):
        return None
    return StandIn(
        name,
        span.get_span_context(),
        parent,
        _NO_RESOURCE,
        start_time=start_ns,
    )
