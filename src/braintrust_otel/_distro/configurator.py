"""Sets up the OpenTelemetry SDK as its variables say, with our provider and processor."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

from opentelemetry.sdk import _configuration as sdk
from opentelemetry.sdk.trace import SpanProcessor
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter
from typing_extensions import override

from braintrust_otel._distro.entry_points import CONFIGURATOR_VARIABLE, CONFIGURATORS, others
from braintrust_otel._otel.exporter import BraintrustSpanExporter
from braintrust_otel._otel.processor import BraintrustSpanProcessor
from braintrust_otel._otel.provider import LeanTracerProvider

__all__ = ["BraintrustConfigurator", "processor_for"]


class BraintrustConfigurator(sdk._OTelSDKConfigurator):  # noqa: SLF001  # made to be subclassed
    """Sets up OpenTelemetry's SDK from its environment variables.

    Sampler, resource, propagators, exporters, metrics and logs are what the variables say. Every
    span of the process is a lean one, and the exporter ``braintrust`` stands for
    ``BraintrustSpanProcessor``, which drops nothing where a batch processor's queue would.

    Beside the configurator of another vendor it stands in for that one, unless
    ``OTEL_PYTHON_CONFIGURATOR=braintrust`` chooses ours.
    """

    @override
    def _configure(self, **kwargs: Any) -> None:
        for offer in others(CONFIGURATORS, CONFIGURATOR_VARIABLE, os.environ):
            cast("Any", offer.load())().configure(**kwargs)
            return
        with _ours_in_place():
            super()._configure(**kwargs)  # type: ignore[no-untyped-call]  # the SDK's


def processor_for(exporter: SpanExporter, *args: Any, **kwargs: Any) -> SpanProcessor:
    """Return the processor that feeds *exporter*, or ours in place of our exporter."""
    if isinstance(exporter, BraintrustSpanExporter):
        return BraintrustSpanProcessor()
    return BatchSpanProcessor(exporter, *args, **kwargs)


@contextmanager
def _ours_in_place() -> Iterator[None]:
    """Let the SDK's configuration make our provider and processor.

    It makes them by these names and offers no other way that all supported versions have. Where a
    version does without a name, it goes on with what is its own.
    """
    ours = {"TracerProvider": LeanTracerProvider, "BatchSpanProcessor": processor_for}
    kept = {name: getattr(sdk, name) for name in ours if hasattr(sdk, name)}
    for name in kept:
        setattr(sdk, name, ours[name])
    try:
        yield
    finally:
        for name, original in kept.items():
            setattr(sdk, name, original)
