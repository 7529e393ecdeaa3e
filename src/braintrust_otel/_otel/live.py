"""Ships a row when a span starts, so that it can be seen while it runs; its end merges into that.

Of other libraries' spans only those get such a row that will be rows whatever they turn out to be:
with a filter, those that are about AI from their start, and what is above them, bare.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Final

from opentelemetry.sdk.trace import ReadableSpan

from braintrust_otel._mapping.view import SpanView
from braintrust_otel._model.attributes import PARENT
from braintrust_otel._model.ids import format_span_id, format_trace_id
from braintrust_otel._model.sampling import TracePart
from braintrust_otel._otel.converting import start_row
from braintrust_otel._otel.trace_parts import container_said
from braintrust_otel._otel.views import resource_texts
from braintrust_otel._runtime import root

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import Span

    from braintrust_otel._model.containers import Container
    from braintrust_otel._model.records import SpanRecord
    from braintrust_otel._model.rows import Row
    from braintrust_otel._otel.ancestry import Place
    from braintrust_otel._runtime.beside import SpanKey
    from braintrust_otel._runtime.pipeline import Pipeline

__all__ = ["LiveSpans"]

MOST_OPEN: Final = 10_000
"""So many open spans are known at most; older ones end like spans that were not announced."""

_START_BYTES: Final = 1_000


class LiveSpans:
    """Announces the spans of other libraries that one processor ships. Any thread may call it.

    Args:
        container: Returns where spans go that nothing routes.
        pipeline: Returns what ships the rows.
        is_sure: Tells of a span that has just started whether it will be shipped for its own
            sake; None where all are.
    """

    def __init__(
        self,
        container: Callable[[], Container],
        pipeline: Callable[[], Pipeline],
        is_sure: Callable[[ReadableSpan], bool] | None,
    ) -> None:
        self._container = container
        self._pipeline = pipeline
        self._is_sure = is_sure
        self._lock = threading.Lock()
        # Those that were not announced (yet), and those that were: for their own sake or not.
        self._silent: dict[SpanKey, tuple[Span, Place]] = {}
        self._announced: dict[SpanKey, bool] = {}

    def started(self, span: Span, place: Place) -> None:
        """Announce a *span* that has started at *place*, if it will be shipped."""
        if self._is_sure is None or self._is_sure(span):
            self._announce_above(place)
            with self._lock:
                _remember(self._announced, place.key, value=True)
            self._put(span, place)
            return
        with self._lock:
            _remember(self._silent, place.key, (span, place))

    def own_started(self, span: Any, record: SpanRecord) -> None:
        """Announce what is above a *span* of our API, if both go the same way."""
        parent = getattr(span, "parent", None)
        if parent is not None and (record.account or root.pipeline()) is self._pipeline():
            key = (parent.trace_id, span.get_span_context().span_id)
            self._announce_above(_Below(key, parent.span_id))

    def ended(self, span: ReadableSpan) -> bool | None:
        """Note the end of a *span*.

        Returns:
            None if it was not announced; else whether it was for its own sake.
        """
        context = span.get_span_context()
        if context is None:
            return None
        key = (context.trace_id, context.span_id)
        with self._lock:
            self._silent.pop(key, None)
            return self._announced.pop(key, None)

    def _announce_above(self, place: Place | _Below) -> None:
        """Announce the open spans above *place* that were not announced yet, the topmost first."""
        found: list[tuple[Span, Place]] = []
        trace_id, parent_id = place.key[0], place.parent_id
        with self._lock:
            while parent_id is not None:
                above = self._silent.pop((trace_id, parent_id), None)
                if above is None:
                    break
                found.append(above)
                _remember(self._announced, above[1].key, value=False)
                parent_id = above[1].parent_id
        for span, its_place in reversed(found):
            self._put(span, its_place, is_bare=True)

    def _put(self, span: Span, place: Place, *, is_bare: bool = False) -> None:
        source = _StartedSpan(span, place.parent_id, self._container(), is_bare=is_bare)
        self._pipeline().put(source)


class _Below:
    """Where a span of ours is: below another library's, perhaps."""

    __slots__ = ("key", "parent_id")

    def __init__(self, key: SpanKey, parent_id: int) -> None:
        self.key = key
        self.parent_id = parent_id


class _StartedSpan:
    """A span of another library that has started.

    Args:
        span: The span.
        parent_id: The span that its row is under, or None.
        container: Where it goes unless it says otherwise.
        is_bare: Whether its attributes may not be looked at.
    """

    __slots__ = ("_attributes", "_container", "_parent_id", "_span", "size_bytes")

    def __init__(
        self, span: Span, parent_id: int | None, container: Container, *, is_bare: bool
    ) -> None:
        self._span = span
        self._parent_id = parent_id
        self._container = container
        # A copy now: the program goes on setting attributes while the row is made.
        attributes = dict(span.attributes or {})
        if is_bare:
            attributes = {key: it for key, it in attributes.items() if key == PARENT}
        self._attributes = attributes
        self.size_bytes = _START_BYTES

    def trace_part(self) -> TracePart:
        """Return how the span belongs to its trace."""
        home = container_said(self._attributes.get(PARENT), self._container)
        return TracePart(self._span.get_span_context().trace_id, home)

    def rows(self) -> Iterable[Row]:
        """Return the row of the start."""
        span, context = self._span, self._span.get_span_context()
        scope = span.instrumentation_scope
        view = SpanView(
            span.name,
            format_trace_id(context.trace_id),
            format_span_id(context.span_id),
            format_span_id(self._parent_id) if self._parent_id else None,
            span.start_time,
            attributes=self._attributes,
            scope_name=scope.name if scope else "",
            scope_version=(scope.version or "") if scope else "",
            resource_text=resource_texts().get(span.resource, is_own=False),
        )
        return (start_row(view, root.provenance, self._container),)


def _remember(table: dict[SpanKey, Any], key: SpanKey, value: Any) -> None:
    if len(table) >= MOST_OPEN:  # spans that never end
        del table[next(iter(table))]
    table[key] = value
