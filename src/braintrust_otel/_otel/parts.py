"""Tells the table of calls which spans have ended."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from braintrust_otel._mapping.ai_spans import may_be_model_call
from braintrust_otel._otel.overlaps import EndedSpan, Overlaps
from braintrust_otel._runtime import root

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import ReadableSpan

    from braintrust_otel._model.records import SpanRecord
    from braintrust_otel._otel.overlaps import CallPart
    from braintrust_otel._runtime.beside import SpanKey
    from braintrust_otel._runtime.pipeline import Pipeline

__all__ = ["call_part", "own_part"]


def call_part(span: ReadableSpan, pipeline: Pipeline) -> CallPart | None:
    """Note the end of another library's *span*; return its part in a call of a model, if any."""
    calls, context, scope = _calls(pipeline), span.get_span_context(), span.instrumentation_scope
    if context is None:
        return None
    key, parent = (context.trace_id, context.span_id), _local_parent(span)
    if not may_be_model_call(span.attributes or ()):
        if not calls.is_idle:
            calls.passed(key, parent)
        return None
    maker = scope.name if scope else ""
    return calls.ended(EndedSpan(key, parent, maker, span.start_time or 0, span.end_time or 0))


def own_part(span: Any, record: SpanRecord, pipeline: Any) -> CallPart | None:
    """Note the end of a *span* of our API; return its part in a call of a model, if any."""
    is_call = record.type == "llm"
    calls: Overlaps | None = getattr(pipeline, "calls", None)
    if not is_call and (calls is None or calls.is_idle):
        return None
    readable = span if record.stand_in is None else record.stand_in
    context = span.get_span_context()
    key, parent = (context.trace_id, context.span_id), _local_parent(readable)
    if not is_call:
        _calls(pipeline).passed(key, parent)
        return None
    start_ns, end_ns = readable.start_time or 0, readable.end_time or 0
    return _calls(pipeline).ended(EndedSpan(key, parent, record.instrumentation, start_ns, end_ns))


def _calls(pipeline: Any) -> Overlaps:
    """Return the calls that ended lately on the way of *pipeline*."""
    known: Overlaps | None = getattr(pipeline, "calls", None)
    if known is not None:
        return known
    with root.lock:
        calls: Overlaps = getattr(pipeline, "calls", None) or Overlaps()
        pipeline.calls = calls
    return calls


def _local_parent(span: ReadableSpan) -> SpanKey | None:
    parent = span.parent
    return None if parent is None or parent.is_remote else (parent.trace_id, parent.span_id)
