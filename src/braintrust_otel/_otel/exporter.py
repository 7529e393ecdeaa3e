"""Ships spans from a batch processor that the user set up himself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult
from typing_extensions import override

from braintrust_otel._diagnostics import guard
from braintrust_otel._otel.processor import parse_parent
from braintrust_otel._otel.sources import ForeignSpan, queue_ended, record_of, was_queued
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
        api_key: Key of the account.
        api_url: Base URL of the API.
        app_url: Base URL of the app.
        org_name: Organisation to use.

    Raises:
        ValueError: *parent* is not one that spans can be sent to.
    """

    def __init__(
        self,
        parent: str | None = None,
        *,
        api_key: str | None = None,
        api_url: str | None = None,
        app_url: str | None = None,
        org_name: str | None = None,
    ) -> None:
        self._given = None if parent is None else parse_parent(parent)
        self._options = {
            "api_key": api_key,
            "api_url": api_url,
            "app_url": app_url,
            "org_name": org_name,
        }
        self._pipeline: Pipeline | None = None

    @override
    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        with guard("exporting spans", root.notices):
            if self._pipeline is None:
                self._pipeline = root.open_apart(root.place(**self._options))
            container = self._given or root.fallback_container()
            for span in spans:
                record = record_of(span)
                if record is not None:
                    queue_ended(span, record, self._pipeline)
                elif not was_queued(span):
                    self._pipeline.put(ForeignSpan(span, container))
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
            self._pipeline.shipper.shutdown()

    @staticmethod
    def _deliver(pipeline: Pipeline, timeout: float | None) -> SpanExportResult:
        try:
            is_done = pipeline.shipper.flush(timeout)
        except FlushError:
            return SpanExportResult.FAILURE
        return SpanExportResult.SUCCESS if is_done else SpanExportResult.FAILURE
