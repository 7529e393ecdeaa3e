"""Chooses which spans of other libraries are shipped, and keeps their trees whole."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from opentelemetry.sdk.trace import ReadableSpan

from braintrust_otel._mapping.ai_spans import is_ai_span
from braintrust_otel._model.ids import format_span_id
from braintrust_otel._otel.above import place_above
from braintrust_otel._otel.ancestry import Ancestry, Place, Verdict
from braintrust_otel._otel.foreign import BareSpan, ForeignSpan
from braintrust_otel._otel.live import LiveSpans
from braintrust_otel._otel.parts import call_part
from braintrust_otel._runtime import root

if TYPE_CHECKING:
    from opentelemetry.context import Context
    from opentelemetry.sdk.trace import Span
    from opentelemetry.trace import SpanContext

    from braintrust_otel._model.records import SpanRecord
    from braintrust_otel._otel.destination import CustomFilter, Destination
    from braintrust_otel._runtime.pipeline import Pipeline

__all__ = ["Selection"]

_MOST_MOVED = 100_000


class Selection:
    """Ships those spans of other libraries that a destination asks for. Any thread may call it.

    Args:
        destination: Which spans, and where to.
        hears_starts: Whether ``started`` is called for every span.
    """

    def __init__(self, destination: Destination, *, hears_starts: bool) -> None:
        self._destination = destination
        is_filtering, custom = destination.is_filtering, destination.custom_filter
        plain: Callable[[ReadableSpan], bool] = _is_ai if is_filtering else _everything
        self._is_kept = plain if custom is None else partial(_asked, custom, plain)
        self._ancestry: Ancestry | None = None
        if is_filtering or custom is not None:
            self._ancestry = Ancestry(hears_starts=hears_starts)
        self._moved: dict[tuple[int, int], int | None] = {}
        self._live: LiveSpans | None = None

    @property
    def is_filtering(self) -> bool:
        """Whether anything is left out."""
        return self._ancestry is not None

    def announce_starts(self, pipeline: Callable[[], Pipeline]) -> LiveSpans:
        """Ship a row when a span starts; *pipeline* returns what takes it."""
        is_sure: Callable[[ReadableSpan], bool] | None = None
        if self._destination.custom_filter is not None:
            is_sure = _nothing  # the hook is asked about spans that have ended
        elif self._ancestry is not None:
            is_sure = _is_ai
        self._live = LiveSpans(lambda: self._destination.container, pipeline, is_sure)
        return self._live

    def announce(self, span: Span, place: Place) -> None:
        """Ship a row of a *span* that has started at *place*, if it will be shipped."""
        if self._live is not None:
            self._live.started(span, place)

    def started(self, span: Span, context: Context) -> Place:
        """Note that a span has started that will be told by ``ended``; return where it is."""
        ancestry = self._ancestry
        above = place_above(span, context, None if ancestry is None else ancestry.knows)
        if ancestry is not None:
            ancestry.started(above.place, is_moved=above.is_forgotten)
        elif above.place.parent_id != (None if span.parent is None else span.parent.span_id):
            if len(self._moved) >= _MOST_MOVED:  # spans that never ended
                del self._moved[next(iter(self._moved))]
            self._moved[above.place.key] = above.place.parent_id
        return above.place

    def ended(self, span: ReadableSpan, pipeline: Pipeline) -> None:
        """Ship *span* if it is asked for, and what was left out above it."""
        place, ancestry = _place_of(span), self._ancestry
        container = self._destination.container
        announced = None if self._live is None else self._live.ended(span)
        if ancestry is None:
            whole = self._whole(span, pipeline)
            whole.is_merge = announced is not None
            if self._moved and place.key in self._moved:
                whole.move(self._moved.pop(place.key))
            pipeline.put(whole)
            return
        bare = None if announced or self._is_kept(span) else BareSpan(span, container)
        # A span above an announced one was announced as well: it gets its end, whatever comes.
        is_kept = bare is None or announced is not None
        verdict = ancestry.ended(place, bare, is_kept=is_kept)
        if not (is_kept or verdict.is_wanted):
            return
        source = bare or self._whole(span, pipeline)
        source.is_merge = announced is not None
        source.move(verdict.parent_id)
        self._put_above(verdict, pipeline)
        pipeline.put(source)

    def claim_above(self, span: Any, record: SpanRecord, pipeline: Pipeline) -> None:
        """Ship what was left out above a *span* of our API, which is shipped in any case."""
        if self._ancestry is None:
            return
        place = _place_of(record.stand_in or span)
        if not (record.is_below_foreign or self._ancestry.knows(place.key)):
            return  # what is above is ours and sees to it itself, or there is nothing
        if record.span_parents is not None:  # a root, or under a span that an exported parent named
            place = place._replace(parent_id=None)
        verdict = self._ancestry.claim(place)
        if verdict.parent_id != place.parent_id:
            moved = verdict.parent_id
            record.span_parents = () if moved is None else (format_span_id(moved),)
        self._put_above(verdict, pipeline)

    def claim_below(self, identity: SpanContext, pipeline: Pipeline) -> int | None:
        """Ship the span *identity*, at least bare, and what is above it; return where a row is.

        For a row of ours below it, which another provider's processor hears of.
        """
        if self._ancestry is None:
            return identity.span_id
        # No span has the id 0: the row is not known here, and need not be.
        verdict = self._ancestry.claim(Place((identity.trace_id, 0), identity.span_id))
        self._put_above(verdict, pipeline)
        return verdict.parent_id

    def _whole(self, span: ReadableSpan, pipeline: Pipeline) -> ForeignSpan:
        destination = self._destination
        part = call_part(span, pipeline)
        whole = ForeignSpan(span, destination.container, part, destination.customize)
        if root.log_events is not None:
            whole.join_logs(pipeline)
        return whole

    def _put_above(self, verdict: Verdict, pipeline: Pipeline) -> None:
        for bare, parent_id in verdict.above:
            bare.move(parent_id)
            pipeline.put(bare)
        moved = 0 if self._ancestry is None else self._ancestry.moved
        if moved:
            root.notices.say_at_most("moved", _MOVED.format(moved))


def _place_of(span: ReadableSpan) -> Place:
    context, parent = span.get_span_context(), span.parent
    key = (0, 0) if context is None else (context.trace_id, context.span_id)
    if parent is None:
        return Place(key, None)
    return Place(key, parent.span_id, parent.is_remote)


def _everything(_span: ReadableSpan) -> bool:
    return True


def _nothing(_span: ReadableSpan) -> bool:
    return False


def _is_ai(span: ReadableSpan) -> bool:
    events = [event.name for event in span.events] if span.events else ()
    return is_ai_span(span.name, span.attributes or (), events)


def _asked(
    custom: CustomFilter, otherwise: Callable[[ReadableSpan], bool], span: ReadableSpan
) -> bool:
    try:
        answer = custom(span)
    except Exception as error:  # noqa: BLE001  # the user's hook, in his program's thread
        root.notices.say_at_most(
            "custom_filter",
            f"The custom_filter failed on the span {span.name!r}, which is shipped: {error!r}",
        )
        return True
    return otherwise(span) if answer is None else bool(answer)


_MOVED = (
    "{} spans about AI stand under a span further up than their own parent, because too many spans "
    "were in between: of the spans that a filter leaves out the latest 100,000 are known."
)
