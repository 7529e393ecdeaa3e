"""The OpenTelemetry SDK with its batch processor and the OTLP/HTTP exporter."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from benchmarks.peers.base import as_text
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider

__all__ = ["PEER", "Otlp"]


class Otlp:
    """A provider with the exporter that OpenTelemetry programs mostly use."""

    def __init__(self) -> None:
        self.provider: TracerProvider | None = None
        self.tracer = trace.get_tracer("benchmark")

    def start(self) -> None:
        """Make the provider with batch processor and exporter."""
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.trace.export import BatchSpanProcessor

        self.provider = TracerProvider()
        self.provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
        trace.set_tracer_provider(self.provider)
        self.tracer = trace.get_tracer("benchmark")

    def log(self, name: str, given: object, made: object) -> None:
        """Make one span."""
        with self.tracer.start_as_current_span(name) as span:
            span.set_attribute("input.value", as_text(given))
            span.set_attribute("output.value", as_text(made))

    def open(self, name: str, given: object) -> Any:
        """Start a span."""
        return self.tracer.start_as_current_span(name, attributes={"input.value": as_text(given)})

    def traced(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """Decorate a function; OpenTelemetry captures neither arguments nor results."""
        decorated: Callable[..., Any] = self.tracer.start_as_current_span("call")(function)
        return decorated

    def flush(self) -> None:
        """Deliver what the processor holds."""
        if self.provider is not None:
            self.provider.force_flush(60_000)


PEER = Otlp()
