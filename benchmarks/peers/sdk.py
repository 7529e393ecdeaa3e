"""A span of the OpenTelemetry SDK and nothing else: no processor, so nothing is delivered."""

from __future__ import annotations

from benchmarks.peers.otlp import Otlp
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from typing_extensions import override

__all__ = ["PEER"]


class Sdk(Otlp):
    """A provider without processors."""

    @override
    def start(self) -> None:
        self.provider = TracerProvider()
        trace.set_tracer_provider(self.provider)
        self.tracer = trace.get_tracer("benchmark")


PEER = Sdk()
