"""Makes lean spans over an SDK tracer, for our own API or for everyone."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from opentelemetry.context import Context, get_current
from opentelemetry.sdk.trace import Tracer as SdkTracer
from opentelemetry.sdk.trace import sampling
from opentelemetry.trace import (
    Link,
    NonRecordingSpan,
    Span,
    SpanContext,
    SpanKind,
    TraceFlags,
    TraceState,
    get_current_span,
)
from typing_extensions import override

from braintrust_otel._model.containers import format_container
from braintrust_otel._otel.lean import LeanSpan, new_span
from braintrust_otel._otel.origin import SpanOrigin

if TYPE_CHECKING:
    from braintrust_otel._model.containers import Container
    from braintrust_otel._model.records import SpanRecord

__all__ = ["LeanMaker", "LeanTracer"]

_SAMPLED = TraceFlags(TraceFlags.SAMPLED)
_NOT_SAMPLED = TraceFlags(TraceFlags.DEFAULT)
_RANDOM = getattr(TraceFlags, "RANDOM_TRACE_ID", 0)
_SAMPLED_RANDOM = TraceFlags(TraceFlags.SAMPLED | _RANDOM)
_NO_STATE = TraceState()
_new_tuple = tuple.__new__
_SAMPLE = sampling.Decision.RECORD_AND_SAMPLE


class LeanMaker:
    """Starts lean spans with the sampler, ids, limits, scope and processors of an SDK tracer.

    Args:
        tracer: The SDK tracer whose settings are honoured, now and when they change.
    """

    def __init__(self, tracer: SdkTracer) -> None:
        self._tracer = tracer
        self._origin = SpanOrigin(tracer)
        metrics = getattr(tracer, "_tracer_metrics", None)
        # The SDK counts its spans only if told to; otherwise its counter does nothing.
        self._metrics = None if type(metrics).__name__.startswith("NoOp") else metrics
        # Most spans of a program go to the same container, whose text is made once.
        self._last_home: tuple[Container | None, str | None] = (None, None)
        is_random = getattr(tracer.id_generator, "is_trace_id_random", None)
        self._random_flag = _RANDOM if is_random is not None and is_random() else 0

    def start_own(
        self, name: str, context: Context, record: SpanRecord, start_ns: int | None = None
    ) -> LeanSpan:
        """Start a span of our own API under the current span of *context*.

        It records whatever the sampler says; the sampler's answer is its sampled flag.
        """
        kind = SpanKind.CLIENT if record.is_client else SpanKind.INTERNAL
        parent, identity, result = self._identify(name, context, kind, None, ())
        span = new_span(name, identity, parent, self._current_origin(), record)
        if record.is_client:
            span.set_options(kind, record_exception=True, set_status_on_exception=True)
        container, text = self._last_home
        if container is not record.container:
            container, text = self._last_home = _home_of(record)
        if text is not None:
            span.route(text)
        if self._metrics is not None:
            span.count_end(self._count(parent, result))
        if result is not None and result.attributes:
            span.set_attributes(result.attributes)
        span.start(start_ns, context)
        return span

    def start(  # noqa: PLR0913  # OpenTelemetry's own parameters
        self,
        name: str,
        context: Context | None,
        *,
        kind: SpanKind,
        attributes: Mapping[str, Any] | None,
        links: Sequence[Link],
        start_ns: int | None,
        record_exception: bool,
        set_status_on_exception: bool,
    ) -> Span:
        """Start a span as ``Tracer.start_span`` does, the sampler's decision included."""
        where = get_current() if context is None else context
        parent, identity, result = self._identify(name, where, kind, attributes, links)
        if result is not None:
            if result.decision is sampling.Decision.DROP:
                self._count(parent, result)
                return NonRecordingSpan(identity)
            attributes = result.attributes
        span = new_span(name, identity, parent, self._current_origin())
        span.set_options(
            kind,
            record_exception=record_exception,
            set_status_on_exception=set_status_on_exception,
        )
        span.count_end(self._count(parent, result))
        if attributes:
            span.set_attributes(attributes)
        if links:
            span.set_links(links)
        span.start(start_ns, context)
        return span

    def _identify(
        self,
        name: str,
        context: Context,
        kind: SpanKind,
        attributes: Mapping[str, Any] | None,
        links: Sequence[Link],
    ) -> tuple[SpanContext | None, SpanContext, sampling.SamplingResult | None]:
        """Return the parent, the new span's identity, and what a sampler said if one was asked."""
        ids = self._tracer.id_generator
        parent: SpanContext | None = get_current_span(context).get_span_context()
        if parent is None or not parent.is_valid:
            parent, trace_id, random = None, ids.generate_trace_id(), self._random_flag
        else:
            trace_id, random = parent.trace_id, parent.trace_flags & _RANDOM
        sampler = self._tracer.sampler
        result: sampling.SamplingResult | None
        if sampler is sampling.DEFAULT_ON and (parent is None or parent.trace_flags.sampled):
            # What this sampler answers is known: sampled, the attributes and state unchanged.
            result, flags = None, _SAMPLED_RANDOM if random else _SAMPLED
            state = _NO_STATE if parent is None else parent.trace_state
        else:
            result = sampler.should_sample(context, trace_id, name, kind, attributes, links)
            sampled = _SAMPLED if result.decision is _SAMPLE else _NOT_SAMPLED
            flags = TraceFlags(sampled | random)
            state = _NO_STATE if result.trace_state is None else result.trace_state
        # Past the checks of the class: these ids come from a generator of ids.
        identity = _new_tuple(
            SpanContext, (trace_id, ids.generate_span_id(), False, flags, state, True)
        )
        return parent, identity, result

    def _count(
        self, parent: SpanContext | None, result: sampling.SamplingResult | None
    ) -> Callable[[], None] | None:
        """Report the start to the SDK's own metrics, where this SDK has them."""
        if self._metrics is None:
            return None
        decision = _SAMPLE if result is None else result.decision
        ended: Callable[[], None] = self._metrics.start_span(parent, decision)
        return ended

    def _current_origin(self) -> SpanOrigin:
        """Return the tracer's common facts; the SDK replaces the resource after a fork."""
        if self._origin.resource is not self._tracer.resource:
            self._origin = SpanOrigin(self._tracer)
        return self._origin


def _home_of(record: SpanRecord) -> tuple[Container, str | None]:
    return record.container, format_container(record.container)


class LeanTracer(SdkTracer):
    """An SDK tracer whose spans are lean.

    Args:
        tracer: The SDK tracer to take over; its state stays shared with the provider, which goes
            on to configure it.
    """

    def __init__(self, tracer: SdkTracer) -> None:
        # Shared, no copy: what the provider sets on its tracer later has to reach this one.
        object.__setattr__(self, "__dict__", vars(tracer))
        self._lean_maker = LeanMaker(tracer)

    @override
    def start_span(
        self,
        name: str,
        context: Context | None = None,
        kind: SpanKind = SpanKind.INTERNAL,
        attributes: Any = None,
        links: Sequence[Link] | None = (),
        start_time: int | None = None,
        record_exception: bool = True,
        set_status_on_exception: bool = True,
    ) -> Span:
        is_enabled = getattr(self, "_is_enabled", None)
        if is_enabled is not None and not is_enabled():
            return NonRecordingSpan(get_current_span(context).get_span_context())
        return self._lean_maker.start(
            name,
            context,
            kind=kind,
            attributes=attributes,
            links=links or (),
            start_ns=start_time,
            record_exception=record_exception,
            set_status_on_exception=set_status_on_exception,
        )
