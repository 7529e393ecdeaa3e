"""Finds the tracer provider to use, or makes one, and attaches our processor to it once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.sdk.trace import Tracer as SdkTracer
from opentelemetry.sdk.trace import TracerProvider as SdkTracerProvider
from opentelemetry.trace import ProxyTracerProvider, Span, TracerProvider
from typing_extensions import override

from braintrust_otel._otel.processor import BraintrustSpanProcessor
from braintrust_otel._otel.sources import keep_beside, queue_open_spans
from braintrust_otel._otel.tracer import LeanMaker, LeanTracer
from braintrust_otel._runtime import root
from braintrust_otel._version import __version__

if TYPE_CHECKING:
    from collections.abc import Callable

    from braintrust_otel._model.records import SpanRecord
    from braintrust_otel._runtime.places import Place

__all__ = ["LeanTracerProvider", "ensure_tracing", "join"]

_SCOPE = "braintrust_otel"


class LeanTracerProvider(SdkTracerProvider):
    """The SDK's provider with lean spans: every tracer in the process gains from it."""

    @override
    def get_tracer(self, *args: Any, **kwargs: Any) -> trace.Tracer:
        tracer = super().get_tracer(*args, **kwargs)
        if not isinstance(tracer, SdkTracer):
            return tracer
        found = tracer.__dict__.get("_lean_tracer")
        if found is None:
            found = tracer.__dict__["_lean_tracer"] = LeanTracer(tracer)
        lean: LeanTracer = found
        return lean


def join(provider: TracerProvider | None, place: Place) -> None:
    """Let our spans run through *provider*, or through the global one.

    The global provider is made and set when there is none. Our processor is added to an SDK
    provider the first time. A provider that is not the SDK's is used through its own tracer, and
    our spans are shipped beside it.

    Args:
        provider: The provider to use; None for the global one.
        place: Where the processor sends the spans of other libraries.
    """
    with root.lock:
        target = provider or _provider_in_use()
        if root.tracing is None or root.tracing.provider is not target:
            root.tracing = _maker_for(target)
            root.before_exit = [queue_open_spans]
        if isinstance(target, SdkTracerProvider) and not _has_processor(target):
            target.add_span_processor(BraintrustSpanProcessor.to_place(place))


def ensure_tracing() -> _Maker:
    """Return what starts our spans, over the global provider if nothing was joined yet."""
    with root.lock:
        if root.tracing is None:
            root.tracing = _maker_for(_provider_in_use())
            root.before_exit = [queue_open_spans]
        maker: _Maker = root.tracing
        return maker


def _provider_in_use() -> TracerProvider:
    if root.pinned is not None:
        pinned: TracerProvider = root.pinned.provider
        return pinned
    return _global_provider()


def _global_provider() -> TracerProvider:
    current = trace.get_tracer_provider()
    if not isinstance(current, ProxyTracerProvider):
        return current
    made = LeanTracerProvider()
    trace.set_tracer_provider(made)
    # Another thread may have been faster; the first one stays.
    return trace.get_tracer_provider()


def _has_processor(provider: SdkTracerProvider) -> bool:
    active = provider._active_span_processor  # noqa: SLF001  # the SDK offers no public way to them
    processors = getattr(active, "_span_processors", ())
    return any(isinstance(processor, BraintrustSpanProcessor) for processor in processors)


def _maker_for(provider: TracerProvider) -> _Maker:
    tracer = provider.get_tracer(_SCOPE, __version__)
    if isinstance(tracer, SdkTracer):
        return _Maker(provider, LeanMaker(tracer).start_own)
    return _Maker(provider, _ForeignStarter(tracer))


class _Maker:
    """Starts our spans over one provider.

    Args:
        provider: The provider.
        start_own: Starts a span of ours.
    """

    def __init__(
        self,
        provider: TracerProvider,
        start_own: Callable[[str, Context, SpanRecord, int | None], Span],
    ) -> None:
        self.provider = provider
        self.start_own = start_own


class _ForeignStarter:
    """Starts our spans with a tracer that is not the SDK's; their records are kept beside."""

    def __init__(self, tracer: trace.Tracer) -> None:
        self._tracer = tracer

    def __call__(
        self, name: str, context: Context, record: SpanRecord, start_ns: int | None = None
    ) -> Span:
        span = self._tracer.start_span(name, context, start_time=start_ns)
        keep_beside(span, record)
        return span
