"""A span that costs a fraction of the SDK's and cannot be told from it by processors or exporters.

The SDK builds three bounded collections, two locks and a second span object for every span. A lean
span holds plain slots, a plain dict, and collections only once something is put into them; at its
end it hands itself to the processors. It subclasses the SDK's ``Span`` and keeps the names of its
private members, because exporters and vendors' processors test the class and read those names.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from time import time_ns
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from opentelemetry.attributes import BoundedAttributes
from opentelemetry.sdk.trace import Event, ReadableSpan
from opentelemetry.sdk.trace import Span as SdkSpan
from opentelemetry.trace import Link, SpanContext, SpanKind, Status, StatusCode
from typing_extensions import override

from braintrust_otel._mapping.view import SpanView
from braintrust_otel._model.attributes import PARENT
from braintrust_otel._model.ids import format_span_id, format_trace_id
from braintrust_otel._otel.content import show_content
from braintrust_otel._runtime import root

if TYPE_CHECKING:
    from opentelemetry.context import Context

    from braintrust_otel._json import Encoded
    from braintrust_otel._model.records import SpanRecord
    from braintrust_otel._otel.origin import SpanOrigin

__all__ = ["LeanSpan", "new_span"]

_sdk_log = logging.getLogger("opentelemetry.sdk.trace")
_NOTHING: tuple[()] = ()
_new_object = object.__new__
_UNSET = Status(StatusCode.UNSET)
_PLAIN = frozenset({str, int, bool, float})


def new_span(
    name: str,
    context: SpanContext,
    parent: SpanContext | None,
    origin: SpanOrigin,
    record: SpanRecord | None = None,
) -> LeanSpan:
    """Return a lean span that has not started; the constructors above it would cost half of it."""
    span = _new_object(LeanSpan)
    span.fill(name, context, parent, origin, record)
    return span


class LeanSpan(SdkSpan):
    """An OpenTelemetry SDK span without the SDK's cost.

    Attributes:
        braintrust_record: What our own API keeps with the span; None for spans of other libraries
            that were made by our provider.
    """

    # Members of the SDK's span that stay as they are for most spans are not stored for each one.
    _kind = SpanKind.INTERNAL
    _start_time: int | None = None
    _end_time: int | None = None
    _status = _UNSET
    _events: Any = _NOTHING
    _links: Any = _NOTHING
    _record_exception = True
    _set_status_on_exception = True
    _record_end_metrics: Callable[[], None] | None = None
    _trace_config = None
    _dropped = 0

    # Those that all spans of a tracer share are read from its origin.
    _resource = property(lambda self: self._origin.resource)
    _instrumentation_scope = property(lambda self: self._origin.scope)
    _instrumentation_info = property(lambda self: self._origin.info)
    _span_processor = property(lambda self: self._origin.processor)
    _limits = property(lambda self: self._origin.limits)
    _sampler = property(lambda self: self._origin.sampler)

    # What a new span stores; ``new_span`` fills it.
    _name: str
    _context: SpanContext
    _parent: SpanContext | None
    _origin: SpanOrigin
    _attributes: Any
    _lock: threading.Lock
    braintrust_record: SpanRecord | None

    def fill(
        self,
        name: str,
        context: SpanContext,
        parent: SpanContext | None,
        origin: SpanOrigin,
        record: SpanRecord | None,
    ) -> None:
        """Store what is new in each span; for ``new_span``."""
        self._name = name
        self._context = context
        self._parent = parent
        self._origin = origin
        self._attributes = {}
        self._lock = threading.Lock()
        self.braintrust_record = record
        if not origin.room:
            self._bound_attributes()

    def route(self, container: str) -> None:
        """Let others see where the span goes, which its record decides."""
        if self._origin.limits.max_span_attributes != 0:
            # Else it would count as an attribute that the program lost.
            self._attributes[PARENT] = container

    def set_options(
        self, kind: SpanKind, *, record_exception: bool, set_status_on_exception: bool
    ) -> None:
        """Set what a span may be told at its start and mostly is not."""
        if kind is not SpanKind.INTERNAL:
            self._kind = kind
        if not record_exception:
            self._record_exception = False
        if not set_status_on_exception:
            self._set_status_on_exception = False

    @property
    def is_watched(self) -> bool:
        """Whether processors other than ours see the span."""
        return self._origin.is_watched

    def count_end(self, count: Callable[[], None] | None) -> None:
        """Call *count* when the span ends, for the SDK's metrics about itself."""
        if count is not None:
            self._record_end_metrics = count

    @property
    @override
    def dropped_attributes(self) -> int:
        return self._dropped if type(self._attributes) is dict else super().dropped_attributes

    @property
    @override
    def attributes(self) -> Mapping[str, Any]:
        if self._end_time is None:
            # A copy, because the span's own thread may add to it while another one reads.
            return MappingProxyType(dict(self._attributes.copy()))
        return super().attributes or {}

    @override
    def set_attribute(self, key: str, value: Any) -> None:
        if type(value) not in _PLAIN or type(key) is not str or not key:
            self._set_checked(key, value)
        elif not self._has_set(key, value):
            super().set_attribute(key, value)

    def _has_set(self, key: str, value: Any) -> bool:
        """Set one allowed value, unless the SDK has to: after the end, or at the limit."""
        with self._lock:
            attributes = self._attributes
            if self._end_time is not None or type(attributes) is not dict:
                return False
            if key in attributes:
                # The SDK moves an overwritten key to the end, which decides what is evicted first.
                del attributes[key]
            elif len(attributes) >= self._origin.room:
                self._bound_attributes()
                return False
            attributes[key] = value
            return True

    @override
    def set_attributes(self, attributes: Mapping[str, Any]) -> None:
        if self._end_time is not None or type(self._attributes) is not dict:
            super().set_attributes(attributes)
            return
        for key, value in list(attributes.items()):
            self.set_attribute(key, value)

    def _set_checked(self, key: Any, value: Any) -> None:
        """Set what the installed SDK makes of a value: it knows which types are allowed."""
        if self._end_time is not None or type(self._attributes) is not dict:
            super().set_attribute(key, value)
            return
        checked = BoundedAttributes(None, None, immutable=False)
        checked[key] = value
        with self._lock:
            self._count_dropped(checked.dropped)
        for name, cleaned in checked.items():
            if not self._has_set(name, cleaned):
                super().set_attribute(name, cleaned)

    def _count_dropped(self, dropped: int) -> None:
        """Count attributes as dropped, where they are counted now; under the lock."""
        if type(self._attributes) is dict:
            self._dropped += dropped
        else:
            self._attributes.dropped += dropped

    def _bound_attributes(self) -> None:
        """Let the SDK's own collection take over: it knows what to evict, what to say.

        Under the lock, so that no other thread adds to what is copied.
        """
        limits = self._origin.limits
        bounded = BoundedAttributes(
            limits.max_span_attributes,
            self._attributes,
            immutable=False,
            max_value_len=limits.max_span_attribute_length,
        )
        bounded.dropped += self._dropped
        self._attributes = bounded

    @override
    def add_event(
        self, name: str, attributes: Mapping[str, Any] | None = None, timestamp: int | None = None
    ) -> None:
        limits = self._origin.limits
        bounded = BoundedAttributes(
            limits.max_event_attributes, attributes, max_value_len=limits.max_attribute_length
        )
        self._add_event(Event(name=name, attributes=bounded, timestamp=timestamp))

    @override
    def _add_event(self, event: Any) -> None:
        with self._lock:
            if self._events is _NOTHING:
                self._events = self._new_events()  # type: ignore[no-untyped-call]  # the SDK's
        super()._add_event(event)

    @override
    def _add_link(self, link: Link) -> None:
        with self._lock:
            if self._links is _NOTHING:
                self._links = self._new_links(())
        super()._add_link(link)

    def set_links(self, links: Sequence[Link]) -> None:
        """Set the links a span starts with."""
        self._links = self._new_links(links)

    @override
    def to_json(self, indent: int | None = 4) -> str:
        # Of a copy: another thread may be adding attributes.
        snapshot = super()._readable_span()
        snapshot._attributes = dict(self._attributes.copy())  # noqa: SLF001  # ours since a line
        text: str = snapshot.to_json(indent)
        return text

    @override
    def start(self, start_time: int | None = None, parent_context: Context | None = None) -> None:
        if self._start_time is not None:
            _sdk_log.warning("Calling start() on a started span.")
            return
        self._start_time = time_ns() if start_time is None else start_time
        for on_start in self._origin.calls(self.braintrust_record).on_start:
            on_start(self, parent_context)

    def set_past_limits(self, content: Mapping[str, Any]) -> None:
        """Set attributes past the limits, which are for what was not asked for: none is cut."""
        with self._lock:
            if self._end_time is not None:
                return
            held = self._attributes
            # The SDK's collection keeps its members in a dict of this name.
            (held if type(held) is dict else held._dict).update(content)  # noqa: SLF001

    @override
    def end(self, end_time: int | None = None) -> None:
        if self.braintrust_record is not None and root.shows_content is not False:
            show_content(self, self.braintrust_record)
        with self._lock:
            if self._start_time is None:
                raise RuntimeError("Calling end() on a not started span.")
            if self._end_time is not None:
                _sdk_log.warning("Calling end() on an ended span.")
                return
            self._end_time = time_ns() if end_time is None else end_time
            if type(self._attributes) is not dict:
                self._attributes._immutable = True  # noqa: SLF001  # as the SDK's own end does
        if self._record_end_metrics is not None:
            self._record_end_metrics()
        calls = self._origin.calls(self.braintrust_record)
        for on_ending in calls.on_ending:
            on_ending(self)
        for on_end in calls.on_end:
            on_end(self)

    def plain_view(self, record: SpanRecord, resource_text: Encoded | None) -> SpanView | None:
        """Return the view of a span that has ended with nothing but a name, as most of ours do.

        The SDK's properties would say the same, at three times the cost; so None is returned where
        there is anything more to say.
        """
        if (
            self._end_time is None
            or self._status is not _UNSET
            or self._events is not _NOTHING
            or self._links is not _NOTHING
            or self._kind is not SpanKind.INTERNAL
            or record.shown is not None
            or self.dropped_attributes
        ):
            return None
        context, parent, origin = self._context, self._parent, self._origin
        return SpanView(
            self._name,
            format_trace_id(context.trace_id),
            format_span_id(context.span_id),
            None if parent is None else format_span_id(parent.span_id),
            self._start_time,
            self._end_time,
            self._attributes,
            scope_name=origin.scope.name,
            scope_version=origin.scope.version or "",
            resource=origin.resource.attributes,
            record=record,
            resource_text=resource_text,
        )

    @override
    def _readable_span(self) -> ReadableSpan:
        """Return the span itself: nothing in it changes once it has ended."""
        return self
