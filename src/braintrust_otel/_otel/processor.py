"""Routes spans when they start and hands them to shipping when they end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from opentelemetry.context import Context, get_current
from opentelemetry.sdk.trace import ReadableSpan, SpanProcessor
from opentelemetry.trace import get_current_span
from typing_extensions import Unpack, override

from braintrust_otel._diagnostics import guard
from braintrust_otel._model.attributes import PARENT
from braintrust_otel._model.containers import Container, format_container
from braintrust_otel._otel.destination import Destination, SpanOptions
from braintrust_otel._otel.propagation import container_of, logger_container
from braintrust_otel._otel.selection import Selection
from braintrust_otel._otel.sources import queue_ended, queue_open_spans, record_of, was_queued
from braintrust_otel._runtime import root
from braintrust_otel._runtime.settling import settle

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import Span

    from braintrust_otel._model.records import SpanRecord
    from braintrust_otel._runtime.pipeline import Pipeline
    from braintrust_otel._runtime.places import Place

__all__ = ["BraintrustSpanProcessor", "ProcessorOptions"]


class ProcessorOptions(SpanOptions, total=False):
    """The options of ``BraintrustSpanProcessor``.

    Attributes:
        live: Whether a span has a row as soon as it starts; default ``BRAINTRUST_LIVE_SPANS``.
    """

    live: bool | None


class BraintrustSpanProcessor(SpanProcessor):
    """Ships every span of a provider to Braintrust.

    Add it to the OpenTelemetry SDK provider that a program already has::

        provider.add_span_processor(BraintrustSpanProcessor(parent="project_name:my-project"))

    A span goes where it says itself, with an attribute ``braintrust.parent`` that it starts with;
    else where its context says (a Braintrust span above it, ``parent_context``, baggage
    ``braintrust.parent``); else to *parent*.

    Args:
        parent: Where spans go that nothing else routes: ``project_name:<name>``,
            ``project_id:<id>``, ``experiment_id:<id>`` or ``playground_id:<id>``. Default: the
            current logger's project, else ``BRAINTRUST_PARENT``, else ``BRAINTRUST_PROJECT_ID`` or
            ``BRAINTRUST_PROJECT``, else ``project_name:default-otel-project``.
        options: Account, filter and hooks: see ``SpanOptions``; and ``live``: whether a span has a
            row as soon as it starts, which its end is merged into. Default
            ``BRAINTRUST_LIVE_SPANS``, else False. It holds for the spans of our API as well.

    Raises:
        ValueError: *parent* has none of the forms above.
        TypeError: There is no such option.
    """

    routes_own_spans = False
    """Spans of our API know where they go: ``on_start`` has nothing to do for them."""

    def __init__(self, parent: str | None = None, **options: Unpack[ProcessorOptions]) -> None:
        live = options.pop("live", None)
        self._destination = Destination(parent, options)
        self._made_selection: Selection | None = None
        self._live = live
        if live is not None:
            root.live_spans = live
        root.activate(processor=self)

    @classmethod
    def to_place(cls, place: Place, *, filters_by_default: bool = False) -> BraintrustSpanProcessor:
        """Return a processor whose account or store is chosen already.

        Args:
            place: The account or store.
            filters_by_default: Whether only spans about AI are shipped unless the settings say.
        """
        processor = cls()
        destination = processor._destination
        destination.place = place
        if filters_by_default and root.settings().filter_ai_spans is None:
            destination.filter_ai_spans = True
        return processor

    @override
    def on_start(self, span: Span, parent_context: Context | None = None) -> None:
        if getattr(span, "braintrust_record", None) is not None:
            return  # routed by our API already
        with guard("routing a span", root.notices):
            context = get_current() if parent_context is None else parent_context
            place = None
            if span.get_span_context().trace_flags.sampled:
                place = self._selection.started(span, context)
            if PARENT not in (span.attributes or ()):
                # Else it says so itself, or another processor of ours was faster.
                self._route(span, context)
            if place is not None:
                self._selection.announce(span, place)

    def _route(self, span: Span, context: Context) -> None:
        container = container_of(context, get_current_span(context))
        if container is None and self._destination.given is None:
            container = logger_container(context, besides=root.logger)
        name = None if container is None else format_container(container)
        if name is not None:
            span.set_attribute(PARENT, name)

    @override
    def on_end(self, span: ReadableSpan) -> None:
        try:
            record = record_of(span)
            if record is not None:
                self._claim_above(span, record)
                queue_ended(span, record)
                return
            context = span.get_span_context()
            if context is not None and context.trace_flags.sampled and not was_queued(span):
                self._selection.ended(span, self.pipeline())
        except Exception as error:  # noqa: BLE001  # our own bug must not reach the traced program
            root.notices.bug("keeping a span", error)

    def claim(
        self, span: ReadableSpan, container: Container, account: Pipeline | None
    ) -> int | None:
        """Ship *span*, of another library, whatever a filter says: a row of ours is below it.

        Args:
            span: The span.
            container: Where the row of ours goes.
            account: What ships it; None for the default account.

        Returns:
            The id of the span that the row is under; None if there is none where it goes.
        """
        identity, selection, pipeline = span.get_span_context(), self._selection, self.pipeline()
        home = (span.attributes or {}).get(PARENT) or format_container(self.default_container())
        is_beside = home != format_container(container)
        if identity is None or is_beside or (account or root.pipeline()) is not pipeline:
            return None
        return selection.claim_below(identity, pipeline)

    def pipeline(self) -> Pipeline:
        """Return the pipeline to this processor's account, opened at the first span."""
        return root.pipeline(self._destination.place)

    @property
    def place(self) -> Place:
        """The account or store that takes the spans, chosen when first asked for."""
        return self._destination.place

    def default_container(self) -> Container:
        """Return where spans go that nothing routes."""
        return self._destination.container

    @property
    def _selection(self) -> Selection:
        """What is shipped; chosen at the first span, as the settings say then."""
        selection = self._made_selection
        if selection is None:
            with root.lock:
                selection = self._made_selection
                if selection is None:
                    selection = Selection(self._destination, hears_starts=True)
                    if root.is_live() if self._live is None else self._live:
                        live = selection.announce_starts(self.pipeline)
                        root.live_listeners.append(live.own_started)
                    self._made_selection = selection
        return selection

    def _queue_open_spans(self) -> None:
        """Ship what open spans of ours hold, and what is above them."""
        for span, record in list(root.open_spans.values()):
            self._claim_above(span, record)
        queue_open_spans()

    def _claim_above(self, span: Any, record: SpanRecord) -> None:
        """Ship what was left out above a span of ours, if that goes the same way as ours."""
        selection = self._made_selection
        if selection is not None and selection.is_filtering:
            pipeline = self.pipeline()
            if (record.account or root.pipeline()) is pipeline:
                selection.claim_above(span, record, pipeline)

    @override
    def shutdown(self) -> None:
        # Not the end of everything: the program may go on with another provider, and loggers with
        # the same account.
        self._queue_open_spans()
        for pipeline in root.flushed_pipelines():
            pipeline.decide_traces()  # no more spans come from this provider
            settle(pipeline.shipper, root.settings().exit_timeout)

    @override
    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        self._queue_open_spans()
        return root.flush(timeout_millis / 1_000)
