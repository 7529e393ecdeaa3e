"""The spans of other libraries as they are handed to shipping: whole, or bare."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from opentelemetry.sdk.trace import ReadableSpan

from braintrust_otel._mapping.view import SpanView
from braintrust_otel._model.attributes import PARENT
from braintrust_otel._model.ids import format_span_id, format_trace_id
from braintrust_otel._otel.converting import span_row
from braintrust_otel._otel.log_events import JoinedSpan, joined_span
from braintrust_otel._otel.sources import SPAN_BYTES
from braintrust_otel._otel.trace_parts import container_said, span_part
from braintrust_otel._otel.views import resource_texts, view_of
from braintrust_otel._runtime import root

if TYPE_CHECKING:
    from braintrust_otel._mapping.view import EventView
    from braintrust_otel._model.containers import Container
    from braintrust_otel._model.rows import Row
    from braintrust_otel._model.sampling import TracePart
    from braintrust_otel._otel.overlaps import CallPart
    from braintrust_otel._runtime.pipeline import Pipeline

__all__ = ["BareSpan", "Customize", "ForeignSpan"]

Customize = Callable[[ReadableSpan], "Mapping[str, Any] | None"]
"""Returns the attributes that a span shall have in Braintrust beside, or in place of, its own."""


class ForeignSpan:
    """An ended span of another library.

    Args:
        span: The span.
        container: Where it goes unless it says otherwise.
        part: What it may tell of a call of a model, or None.
        customize: The user's hook, which adds attributes, or None.

    Attributes:
        is_merge: Whether the span has a row already, written when it started.
    """

    __slots__ = (
        "_container",
        "_customize",
        "_joined",
        "_parent_id",
        "_part",
        "_span",
        "is_merge",
        "size_bytes",
    )

    def __init__(
        self,
        span: ReadableSpan,
        container: Container,
        part: CallPart | None = None,
        customize: Customize | None = None,
    ) -> None:
        self._span = span
        self._container = container
        self._part = part
        self._customize = customize
        self._parent_id = None if span.parent is None else span.parent.span_id
        self.size_bytes = SPAN_BYTES + _text_bytes(span)
        self.is_merge = False
        self._joined: JoinedSpan | None = None

    def join_logs(self, pipeline: Pipeline) -> None:
        """Let the row hold what was, or will be, logged about the span; *pipeline* ships it."""
        self._joined = joined_span(self._span, pipeline, self)

    def move(self, parent_id: int | None) -> None:
        """Put the row under another span, or make it a root with None."""
        self._parent_id = parent_id

    def rows(self) -> Iterable[Row]:
        """Return the span's row, and what it means for other rows of the same call."""
        row = self.remade(() if self._joined is None else self._joined.take())
        if self._part is None:
            return (row,)
        return (row, *self._part.settled(row, is_own=False, prefer=root.settings().llm_span))

    def trace_part(self) -> TracePart | None:
        """Return how the span belongs to its trace."""
        span = self._span
        home = container_said((span.attributes or {}).get(PARENT), self._container)
        return span_part(span.get_span_context(), span.parent, home)

    def remade(self, log_events: Sequence[EventView]) -> Row:
        """Return the span's row, with what was logged about it."""
        view = view_of(self._span, None, resource_texts())
        view.parent_span_id = format_span_id(self._parent_id) if self._parent_id else None
        if self._customize is not None:
            view.attributes = _customized(self._customize, self._span, view.attributes)
        if log_events:
            view.events = (*view.events, *log_events)
        row = span_row(view, None, root.provenance, self._container)
        row.is_merge = row.is_merge or self.is_merge
        return row


def _customized(
    customize: Customize, span: ReadableSpan, attributes: Mapping[str, object]
) -> Mapping[str, object]:
    try:
        given = customize(span)
        merged = {**attributes, **given} if given else attributes
    except Exception as error:  # noqa: BLE001  # the user's hook, in our thread
        root.notices.say_at_most(
            "customize",
            f"The customize hook failed on the span {span.name!r}, which is shipped as it is: "
            f"{error!r}",
        )
        return attributes
    return {key: value for key, value in merged.items() if value is not None}


class BareSpan:
    """What a tree needs of a span that is not shipped for its own sake: who, when, under whom.

    Args:
        span: The span.
        container: Where it goes unless it says otherwise.
    """

    __slots__ = (
        "_container",
        "_context",
        "_home",
        "_name",
        "_parent",
        "_parent_id",
        "_shared",
        "_times",
        "is_merge",
    )

    size_bytes = 500

    def __init__(self, span: ReadableSpan, container: Container) -> None:
        self._name = span.name
        self._context = span.get_span_context()
        self._parent = span.parent
        self._parent_id = None if span.parent is None else span.parent.span_id
        self._times = (span.start_time, span.end_time)
        self._shared = (span.instrumentation_scope, span.resource)
        self._home = (span.attributes or {}).get(PARENT)
        self._container = container
        self.is_merge = False

    def move(self, parent_id: int | None) -> None:
        """Put the row under another span, or make it a root with None."""
        self._parent_id = parent_id

    def trace_part(self) -> TracePart | None:
        """Return how the span belongs to its trace."""
        home = container_said(self._home, self._container)
        return span_part(self._context, self._parent, home)

    def rows(self) -> Iterable[Row]:
        """Return the bare row."""
        context, (scope, resource) = self._context, self._shared
        if context is None:
            return ()
        view = SpanView(
            self._name,
            format_trace_id(context.trace_id),
            format_span_id(context.span_id),
            format_span_id(self._parent_id) if self._parent_id else None,
            *self._times,
            attributes={} if self._home is None else {PARENT: self._home},
            scope_name=scope.name if scope else "",
            scope_version=(scope.version or "") if scope else "",
            resource_text=resource_texts().get(resource, is_own=False),
        )
        row = span_row(view, None, root.provenance, self._container)
        row.is_merge = row.is_merge or self.is_merge
        return (row,)


def _text_bytes(span: ReadableSpan) -> int:
    """Return the bytes of the span's texts, which are what makes a foreign span large."""
    attributes = span.attributes or {}
    return sum([len(value) for value in attributes.values() if isinstance(value, str)])
