"""Keeps clients that make spans of their own from making a second one for a captured call."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any

import wrapt
from opentelemetry.trace import NonRecordingSpan, Span, use_span

from braintrust_otel.instrument.calls import current_call

__all__ = ["QuietTracer"]


class QuietTracer(wrapt.ObjectProxy):  # type: ignore[type-arg]  # generic in stubs only
    """Stands in for the tracer of a client that makes spans of its own.

    For a captured call it starts no span: it gives the span of the call, in a form that takes no
    record. So there is one span for the call, and the trace context that the client sends with its
    request is that of this span. Every other span is started as ever.

    Args:
        wrapped: The client's tracer.
    """

    def start_span(self, name: str, *args: Any, **kwargs: Any) -> Span:
        """Start a span, or give the one of the captured call that runs."""
        call = current_call()
        if call is None:
            span: Span = self.__wrapped__.start_span(name, *args, **kwargs)
            return span
        return NonRecordingSpan(call.span_context)

    def start_as_current_span(
        self, name: str, *args: Any, **kwargs: Any
    ) -> AbstractContextManager[Span]:
        """Start a span that is current in a block, or give that of the captured call that runs."""
        call = current_call()
        if call is None:
            block: AbstractContextManager[Span] = self.__wrapped__.start_as_current_span(
                name, *args, **kwargs
            )
            return block
        return use_span(NonRecordingSpan(call.span_context))
