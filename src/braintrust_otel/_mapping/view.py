"""The neutral, read-only view of a span that dialects read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from braintrust_otel._json import Encoded
from braintrust_otel._model.records import SpanRecord

__all__ = ["EventView", "LinkView", "SpanView"]


@dataclass(frozen=True, slots=True)
class EventView:
    """A span event.

    Attributes:
        name: The event's name.
        time_ns: Nanoseconds since the epoch.
        attributes: The event's attributes.
    """

    name: str
    time_ns: int
    attributes: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LinkView:
    """A link to another span.

    Attributes:
        trace_id: 32 lower-case hex digits.
        span_id: 16 lower-case hex digits.
        attributes: The link's attributes.
    """

    trace_id: str
    span_id: str
    attributes: Mapping[str, object] = field(default_factory=dict)


@dataclass(slots=True)
class SpanView:
    """A span from anywhere: our own tracer, another library's, or an OTLP request.

    Never changed once it is made; not frozen, because filling a frozen one takes three times as
    long, and there is one for each span.

    Attributes:
        name: The span's name.
        trace_id: 32 lower-case hex digits.
        span_id: 16 lower-case hex digits.
        parent_span_id: 16 lower-case hex digits, or None for a root.
        start_ns: Nanoseconds since the epoch, or None if it never started.
        end_ns: Nanoseconds since the epoch, or None while it is open.
        attributes: Values as the OTel SDK holds them: scalars, sequences, perhaps mappings.
        events: Span events in order.
        links: Links to other spans.
        is_error: Whether the status is ERROR.
        status_description: The status description, if any.
        kind: ``internal``, ``client``, ``server``, ``producer`` or ``consumer``.
        scope_name: Name of the instrumentation scope.
        scope_version: Version of the instrumentation scope.
        resource: Attributes of the resource.
        record: What our own API keeps with the span; None for a foreign span.
        resource_text: What ``context.resource`` becomes, as ``resource_text`` made it once for
            many spans; None leaves it to be made of ``resource``.
        dropped: How many attributes, events and links the span once had and has no more.
        trace_state: What vendors passed along with the trace, as the header has it.
    """

    name: str
    trace_id: str
    span_id: str
    parent_span_id: str | None = None
    start_ns: int | None = None
    end_ns: int | None = None
    attributes: Mapping[str, object] = field(default_factory=dict)
    events: Sequence[EventView] = ()
    links: Sequence[LinkView] = ()
    is_error: bool = False
    status_description: str | None = None
    kind: str = "internal"
    scope_name: str = ""
    scope_version: str = ""
    resource: Mapping[str, object] = field(default_factory=dict)
    record: SpanRecord | None = None
    resource_text: Encoded | None = None
    dropped: tuple[int, int, int] = (0, 0, 0)
    trace_state: str = ""
