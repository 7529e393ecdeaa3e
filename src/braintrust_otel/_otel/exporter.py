"""Ships spans from a batch processor that the user set up himself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult
from typing_extensions import Unpack, override

from braintrust_otel._diagnostics import guard
from braintrust_otel._otel.destination import Destination, SpanOptions
from braintrust_otel._otel.selection import Selection
from braintrust_otel._otel.sources import queue_ended, record_of, was_queued
from braintrust_otel._runtime import root
from braintrust_otel.errors import FlushError

if TYPE_CHECKING:
    from braintrust_otel._runtime.pipeline import Pipeline

__all__ = ["BraintrustSpanExporter"]


class BraintrustSpanExporter(SpanExporter):
    """Ships the spans it is given to Braintrust, in the thread that gives them.

    For programs with their own pipeline::

        provider.add_span_processor(BatchSpanProcessor(BraintrustSpanExporter()))

    What cannot be delivered is kept and goes out with a later export; ``export`` says FAILURE
    for it once. The arguments are those of ``BraintrustSpanProcessor``.

    Args:
        parent: Where spans go that carry no ``braintrust.parent`` attribute.
        options: Account, filter and hooks: see ``SpanOptions``. A filter keeps trees whole within
            what is exported: of the spans that it left out the latest 100,000 are known, and a
            span that a batch processor drops, or did not sample, cannot be put above another one.

    Raises:
        ValueError: *parent* is not one that spans can be sent to.
        TypeError: There is no such option.
    """

    def __init__(self, parent: str | None = None, **options: Unpack[SpanOptions]) -> None:
        self._destination = Destination(parent, options)
        self._pipeline: Pipeline | None = None
        self._selection: Selection | None = None

    @override
    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        with guard("exporting spans", root.notices):
            if self._pipeline is None:
                self._pipeline = root.open_apart(self._destination.place)
            if self._selection is None:
                self._selection = Selection(self._destination, hears_starts=False)
            for span in spans:
                self._put(span, self._selection, self._pipeline)
            return self._deliver(self._pipeline, None)
        return SpanExportResult.FAILURE

    @override
    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        if self._pipeline is None:
            return True
        return self._deliver(self._pipeline, timeout_millis / 1_000) is SpanExportResult.SUCCESS

    @override
    def shutdown(self) -> None:
        if self._pipeline is not None:
            self._pipeline.shutdown()

    @staticmethod
    def _put(span: ReadableSpan, selection: Selection, pipeline: Pipeline) -> None:
        record = record_of(span)
        if record is None:
            if not was_queued(span):
                selection.ended(span, pipeline)
            return
        selection.claim_above(span, record, pipeline)
        queue_ended(span, record, pipeline)

    @staticmethod
    def _deliver(pipeline: Pipeline, timeout: float | None) -> SpanExportResult:
        try:
            is_done = pipeline.shipper.flush(timeout)
        except FlushError:
            return SpanExportResult.FAILURE
        return SpanExportResult.SUCCESS if is_done else SpanExportResult.FAILURE
