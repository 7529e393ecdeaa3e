"""What an OTLP request holds in either encoding: views of spans, and what is wrong with others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from braintrust_otel._json import Encoded
from braintrust_otel._mapping.view import EventView, LinkView, SpanView
from braintrust_otel._model.ids import is_span_id, is_trace_id

__all__ = [
    "MAX_DEPTH",
    "MAX_NODES",
    "MAX_NOTES",
    "MAX_SPANS",
    "BadSpanError",
    "MalformedError",
    "Origin",
    "Received",
    "SpanParts",
    "TooManyError",
    "kind_name",
    "span_view",
    "too_many_nodes",
    "too_many_spans",
]

MAX_SPANS: Final = 50_000
"""Spans in one request; exporters send hundreds, collectors thousands."""

MAX_NOTES: Final = 200_000
"""Span events and links in one request."""

MAX_NODES: Final = 1_000_000
"""Messages in one request, or objects and arrays of JSON: what memory goes for beside the text."""

MAX_DEPTH: Final = 48
"""Values nested in an attribute; protobuf's own readers stop there, too."""

_KINDS: Final = ("internal", "internal", "server", "client", "producer", "consumer")
_ERROR: Final = 2
_NO_SPAN: Final = "0" * 16
_SHOWN: Final = 40


class MalformedError(ValueError):
    """The request is none of OTLP, so nothing of it can be stored."""


class TooManyError(ValueError):
    """The request holds more than one request may."""


class BadSpanError(ValueError):
    """One span cannot be stored; its neighbours can."""


class Origin(NamedTuple):
    """What the spans of one scope have in common.

    Attributes:
        resource: Attributes of the resource.
        resource_text: What they become in a row.
        scope_name: Name of the instrumentation scope.
        scope_version: Version of the instrumentation scope.
    """

    resource: Mapping[str, object]
    resource_text: Encoded
    scope_name: str
    scope_version: str


@dataclass(frozen=True, slots=True)
class SpanParts:
    """A span as both encodings tell it, not checked yet.

    Attributes:
        name: The span's name.
        trace_id: Hex digits.
        span_id: Hex digits.
        parent_span_id: Hex digits; none, or only zeros, for a root.
        times_ns: Start and end in nanoseconds since the epoch; 0 is unknown.
        kind: Number of the span's kind.
        attributes: The span's attributes.
        events: Its span events.
        links: Its links.
        status: Code and description of the status.
        dropped: How many attributes, events and links the sender left out.
        trace_state: What vendors passed along with the trace.
    """

    name: str
    trace_id: str
    span_id: str
    parent_span_id: str
    times_ns: tuple[int, int]
    kind: int
    attributes: Mapping[str, object]
    events: Sequence[EventView]
    links: Sequence[LinkView]
    status: tuple[int, str]
    dropped: tuple[int, int, int] = (0, 0, 0)
    trace_state: str = ""


@dataclass(slots=True)
class Received:
    """What one request holds.

    Attributes:
        views: Its spans, in order.
        problems: What is wrong with each span that cannot be stored.
    """

    views: list[SpanView] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    _notes: int = 0

    def make_room(self, notes: int) -> None:
        """Take note that one more span is about to be read, with so many events and links.

        Raises:
            TooManyError: There are too many.
        """
        self._notes += notes
        if self._notes > MAX_NOTES:
            raise TooManyError(
                f"The request has more than {MAX_NOTES:,} span events and links; send the spans in "
                "several requests."
            )
        if len(self.views) + len(self.problems) >= MAX_SPANS:
            raise too_many_spans()


def too_many_spans() -> TooManyError:
    """Return the error of a request with too many spans."""
    return TooManyError(
        f"The request has more than {MAX_SPANS:,} spans; send them in several requests."
    )


def too_many_nodes() -> TooManyError:
    """Return the error of a request with too many parts."""
    return TooManyError(
        f"The request has more than {MAX_NODES:,} attributes, events and values; send the spans in "
        "several requests."
    )


def span_view(parts: SpanParts, origin: Origin) -> SpanView:
    """Return the view of a span.

    Raises:
        BadSpanError: Its ids are none.
    """
    if not is_trace_id(parts.trace_id):
        raise BadSpanError(_wrong("trace id", parts.trace_id, 32))
    if not is_span_id(parts.span_id):
        raise BadSpanError(_wrong("span id", parts.span_id, 16))
    parent = parts.parent_span_id
    if parent in ("", _NO_SPAN):
        parent = ""
    elif not is_span_id(parent):
        raise BadSpanError(_wrong("parent span id", parent, 16))
    start_ns, end_ns = parts.times_ns
    code, description = parts.status
    return SpanView(
        name=parts.name,
        trace_id=parts.trace_id,
        span_id=parts.span_id,
        parent_span_id=parent or None,
        start_ns=start_ns or None,
        end_ns=end_ns or None,
        attributes=parts.attributes,
        events=parts.events,
        links=parts.links,
        is_error=code == _ERROR,
        status_description=description or None,
        kind=kind_name(parts.kind),
        scope_name=origin.scope_name,
        scope_version=origin.scope_version,
        resource=origin.resource,
        resource_text=origin.resource_text,
        dropped=parts.dropped,
        trace_state=parts.trace_state,
    )


def kind_name(kind: int) -> str:
    """Return the name of a span kind; a number that no version of OTLP has is ``internal``."""
    return _KINDS[kind] if 0 <= kind < len(_KINDS) else _KINDS[0]


def _wrong(what: str, text: str, digits: int) -> str:
    shown = text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."
    return f"the {what} {shown!r} is not {digits} hex digits of which one is not zero"
