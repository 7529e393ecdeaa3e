"""Finds the tracer provider to use, or makes one, and attaches our processor to it once."""

from __future__ import annotations

from time import time_ns
from typing import TYPE_CHECKING, Any

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.sdk.trace import Tracer as SdkTracer
from opentelemetry.sdk.trace import TracerProvider as SdkTracerProvider
from opentelemetry.sdk.version import __version__ as SDK_VERSION  # noqa: N812  # a constant here
from opentelemetry.trace import (
    ProxyTracerProvider,
    Span,
    SpanKind,
    TracerProvider,
    get_current_span,
)
from typing_extensions import override

from braintrust_otel._model.attributes import PARENT
from braintrust_otel._model.containers import format_container
from braintrust_otel._otel.processor import BraintrustSpanProcessor
from braintrust_otel._otel.sources import SCOPE, keep_beside, queue_open_spans
from braintrust_otel._otel.standin import stand_in_for
from braintrust_otel._otel.tracer import LeanMaker, LeanTracer
from braintrust_otel._otel.versions import is_tested
from braintrust_otel._runtime import root
from braintrust_otel._version import __version__

if TYPE_CHECKING:
    from collections.abc import Callable

    from braintrust_otel._model.records import SpanRecord
    from braintrust_otel._runtime.places import Place

__all__ = ["LeanTracerProvider", "Maker", "ensure_tracing", "join", "maker_for"]


class LeanTracerProvider(SdkTracerProvider):
    """The SDK's provider with lean spans: every tracer in the process gains from it.

    Attributes:
        sdk_version: The SDK that is installed; if it was not tested, its own spans are made.
    """

    sdk_version = SDK_VERSION

    @override
    def get_tracer(self, *args: Any, **kwargs: Any) -> trace.Tracer:
        tracer = super().get_tracer(*args, **kwargs)
        if not isinstance(tracer, SdkTracer) or not is_tested(self.sdk_version):
            return tracer
        state = vars(tracer)
        if "_lean_tracer" not in state:
            state["_lean_tracer"] = LeanTracer(tracer)
        lean: LeanTracer = state["_lean_tracer"]
        return lean


def join(provider: TracerProvider | None, place: Place) -> None:
    """Let our spans run through *provider*, or through the global one.

    The global provider is made and set when there is none. Our processor is added to an SDK
    provider the first time; to one that others set up it is added so that of their spans only those
    about AI are shipped. A provider that is not the SDK's is used through its own tracer, and
    our spans are shipped beside it.

    Args:
        provider: The provider to use; None for the global one.
        place: Where the processor sends the spans of other libraries.
    """
    with root.lock:
        target = _unwrapped(provider or _provider_in_use())
        if root.tracing is None or root.tracing.provider is not target:
            root.tracing = maker_for(target)
            root.before_exit = [queue_open_spans]
        if isinstance(target, SdkTracerProvider) and not _has_processor(target):
            # The SDK's own method: a vendor's may take its own processor off for the one added, as
            # Phoenix's does.
            is_foreign = not isinstance(target, LeanTracerProvider)
            processor = BraintrustSpanProcessor.to_place(place, filters_by_default=is_foreign)
            SdkTracerProvider.add_span_processor(target, processor)


def ensure_tracing() -> Maker:
    """Return what starts our spans where no logger joined a provider: the global one's, if set.

    Until there is one, our spans run through a provider of their own. It is not made global: the
    program has a processor of ours, so it sets up OpenTelemetry itself and may do so yet.
    """
    with root.lock:
        maker: Maker | None = root.tracing
        if maker is None:
            provider = _provider_set()
            maker = root.tracing_meanwhile if provider is None else maker_for(_unwrapped(provider))
            if maker is None:
                maker = root.tracing_meanwhile = maker_for(LeanTracerProvider())
            if provider is not None:
                root.tracing = maker
            root.before_exit = [queue_open_spans]
        return maker


def _unwrapped(provider: TracerProvider) -> TracerProvider:
    """Return the SDK provider inside of *provider*, if that only passes on to one (Logfire's)."""
    inner = getattr(provider, "provider", None)
    return inner if isinstance(inner, SdkTracerProvider) else provider


def _provider_in_use() -> TracerProvider:
    """Return the global provider, made and set if there is none."""
    if _provider_set() is None:
        trace.set_tracer_provider(LeanTracerProvider())
    # Another thread may have been faster; the first one stays.
    return _provider_set() or trace.get_tracer_provider()


def _provider_set() -> TracerProvider | None:
    if root.pinned is not None:
        pinned: TracerProvider = root.pinned.provider
        return pinned
    current = trace.get_tracer_provider()
    return None if isinstance(current, ProxyTracerProvider) else current


def _has_processor(provider: SdkTracerProvider) -> bool:
    active = provider._active_span_processor  # noqa: SLF001  # the SDK offers no public way to them
    processors = getattr(active, "_span_processors", ())
    return any(isinstance(processor, BraintrustSpanProcessor) for processor in processors)


def maker_for(provider: TracerProvider, sdk_version: str = SDK_VERSION) -> Maker:
    """Return what starts our spans over *provider*: lean ones, if the SDK lets them stand in.

    Args:
        provider: The provider.
        sdk_version: The SDK that is installed.
    """
    tracer = provider.get_tracer(SCOPE, __version__)
    if isinstance(tracer, SdkTracer) and is_tested(sdk_version):
        return Maker(provider, LeanMaker(tracer).start_own)
    return Maker(provider, _ForeignStarter(tracer))


class Maker:
    """Starts our spans over one provider.

    Args:
        provider: The provider.
        start_own: Starts a span of ours; returns None if the provider makes none.
    """

    def __init__(
        self,
        provider: TracerProvider,
        start_own: Callable[[str, Context, SpanRecord, int | None], Span | None],
    ) -> None:
        self.provider = provider
        self.start_own = start_own


class _ForeignStarter:
    """Starts our spans with somebody else's tracer; their records are kept beside."""

    def __init__(self, tracer: trace.Tracer) -> None:
        self._tracer = tracer

    def __call__(
        self, name: str, context: Context, record: SpanRecord, start_ns: int | None = None
    ) -> Span | None:
        above = get_current_span(context).get_span_context()
        container = format_container(record.container)
        start_ns = time_ns() if start_ns is None else start_ns
        span = self._tracer.start_span(
            name,
            context,
            SpanKind.CLIENT if record.is_client else SpanKind.INTERNAL,
            attributes=None if container is None else {PARENT: container},
            start_time=start_ns,
        )
        identity = span.get_span_context()
        if not identity.is_valid or identity.span_id == above.span_id:
            # As the API's own tracer does, which is what OTEL_SDK_DISABLED leads to.
            root.notices.say_once(
                "no spans",
                f"Nothing is traced: OpenTelemetry's {type(self._tracer).__name__} makes no spans.",
            )
            return None
        parent = above if above.trace_id == identity.trace_id else None
        record.stand_in = stand_in_for(span, name, parent, start_ns)
        keep_beside(span, record)
        return span
