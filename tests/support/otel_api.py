"""A tracer provider that is not the SDK's: only what OpenTelemetry's API asks for."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, MutableSequence
from typing import Any

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.trace import SpanContext, TraceFlags

__all__ = ["OpaqueProvider", "OpaqueSpan"]

Told = MutableSequence[tuple[Any, ...]]


class OpaqueSpan(trace.Span):
    """A span that can be changed and not be read, and takes no further attributes in Python."""

    __slots__ = ("_context", "_told")

    def __init__(self, context: SpanContext, told: Told) -> None:
        self._context = context
        self._told = told

    def get_span_context(self) -> SpanContext:
        return self._context

    def is_recording(self) -> bool:
        return True

    def end(self, end_time: int | None = None) -> None:
        self._told.append(("end", end_time))

    def set_attributes(self, attributes: Mapping[str, Any]) -> None:
        self._told.append(("attributes", dict(attributes)))

    def set_attribute(self, key: str, value: Any) -> None:
        self.set_attributes({key: value})

    def add_event(self, name: str, *args: Any, **kwargs: Any) -> None:
        self._told.append(("event", name))

    def update_name(self, name: str) -> None:
        self._told.append(("name", name))

    def set_status(self, status: Any, description: str | None = None) -> None:
        self._told.append(("status", status, description))

    def record_exception(self, exception: BaseException, *args: Any, **kwargs: Any) -> None:
        self._told.append(("exception", exception))


class OpaqueTracer(trace.Tracer):
    """Makes opaque spans with ids in order."""

    def __init__(self, told: Told) -> None:
        self._told = told
        self._ids = itertools.count(1)

    def start_span(
        self, name: str, context: Context | None = None, *args: Any, **kwargs: Any
    ) -> trace.Span:
        parent = trace.get_current_span(context).get_span_context()
        trace_id = parent.trace_id if parent.is_valid else 0xACE0 + next(self._ids)
        sampled = TraceFlags(TraceFlags.SAMPLED)
        identity = SpanContext(trace_id, next(self._ids), is_remote=False, trace_flags=sampled)
        self._told.append(("start", name, kwargs.get("attributes")))
        return OpaqueSpan(identity, self._told)

    def start_as_current_span(self, name: str, *args: Any, **kwargs: Any) -> Any:
        return trace.use_span(self.start_span(name, *args, **kwargs), end_on_exit=True)


class OpaqueProvider(trace.TracerProvider):
    """Another vendor's provider.

    Args:
        told: Takes what its spans are told; default a new list.

    Attributes:
        told: What its spans were told, in order.
    """

    def __init__(self, told: Told | None = None) -> None:
        self.told: Told = [] if told is None else told

    def get_tracer(self, *args: Any, **kwargs: Any) -> trace.Tracer:
        return OpaqueTracer(self.told)
