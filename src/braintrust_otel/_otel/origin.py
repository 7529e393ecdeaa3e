"""What all spans of one tracer have in common, and whom they tell of their start and end."""

from __future__ import annotations

from collections.abc import Callable
from math import inf
from typing import TYPE_CHECKING, Any, NamedTuple

from opentelemetry.sdk.trace import SpanProcessor, SynchronousMultiSpanProcessor

if TYPE_CHECKING:
    from opentelemetry.context import Context
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import ReadableSpan, Span, SpanLimits, Tracer
    from opentelemetry.sdk.util.instrumentation import InstrumentationInfo, InstrumentationScope

    from braintrust_otel._model.records import SpanRecord

__all__ = ["ProcessorCalls", "SpanOrigin"]


class ProcessorCalls(NamedTuple):
    """The processors' methods to call, those left out that do nothing.

    Attributes:
        on_start: Called when a span starts.
        on_ending: Called shortly before a span ends.
        on_end: Called when a span has ended.
    """

    on_start: tuple[Callable[[Span, Context | None], None], ...]
    on_ending: tuple[Callable[[Span], None], ...]
    on_end: tuple[Callable[[ReadableSpan], None], ...]


class SpanOrigin:
    """What all spans of one tracer have in common.

    Args:
        tracer: The SDK tracer.

    Attributes:
        processor: The provider's processor.
        resource: The provider's resource.
        scope: The tracer's instrumentation scope.
        info: The scope in its older form, which some exporters still read.
        limits: The provider's span limits.
        room: Number of attributes that may be set before the SDK's bounded collection takes over.
        sampler: The provider's sampler, which the SDK keeps on each span.
        is_watched: Whether processors other than ours see the spans, as ``calls`` last found.
    """

    __slots__ = (
        "_calls",
        "_calls_of_own",
        "_processors",
        "info",
        "is_watched",
        "limits",
        "processor",
        "resource",
        "room",
        "sampler",
        "scope",
    )

    def __init__(self, tracer: Tracer) -> None:
        self.processor: SpanProcessor = tracer.span_processor
        self.resource: Resource = tracer.resource
        self.scope: InstrumentationScope = tracer._instrumentation_scope  # noqa: SLF001  # the SDK has no public way
        self.info: InstrumentationInfo | None = tracer.instrumentation_info
        self.limits: SpanLimits = tracer._span_limits  # noqa: SLF001  # as above
        self.room = _room(self.limits)
        self.sampler: Any = tracer.sampler
        self.is_watched = False
        self._processors: object = None
        self._calls = self._calls_of_own = _NO_CALLS

    def calls(self, record: SpanRecord | None) -> ProcessorCalls:
        """Return whom to tell of a span; *record* tells ours from other libraries'.

        The SDK's processor of several is looked into, once for each set of processors: most have
        nothing to do at the start of a span, and ours has nothing to do at the start of our own.
        """
        processors = getattr(self.processor, "_span_processors", None)
        if processors is not self._processors or processors is None:
            self._look_into(processors)
        return self._calls if record is None else self._calls_of_own

    def _look_into(self, processors: Any) -> None:
        several: tuple[SpanProcessor, ...] = (self.processor,)
        if type(self.processor) is SynchronousMultiSpanProcessor and processors is not None:
            several = processors
        self._calls = _calls_of([*several])
        routed = [one for one in several if getattr(one, "routes_own_spans", True)]
        self.is_watched = bool(routed)
        self._calls_of_own = self._calls._replace(on_start=_calls_of(routed).on_start)
        self._processors = processors


def _calls_of(processors: list[SpanProcessor]) -> ProcessorCalls:
    return ProcessorCalls(
        tuple(one.on_start for one in processors if _does(one, "on_start")),
        tuple(getattr(one, "_on_ending") for one in processors if _does(one, "_on_ending")),  # noqa: B009  # private, and new in the SDK
        tuple(one.on_end for one in processors if _does(one, "on_end")),
    )


def _does(processor: SpanProcessor, method: str) -> bool:
    """Return whether *processor* has a method of its own in place of the base's empty one.

    An SDK that has no such method in its base does not call it either.
    """
    base = getattr(SpanProcessor, method, None)
    own = getattr(type(processor), method, None)
    return base is not None and (method in vars(processor) or own is not base)


def _room(limits: SpanLimits) -> float:
    """Return how many attributes need no look at the limits: none where texts are cut."""
    if limits.max_span_attribute_length is not None:
        return 0
    return inf if limits.max_span_attributes is None else limits.max_span_attributes


_NO_CALLS = ProcessorCalls((), (), ())
