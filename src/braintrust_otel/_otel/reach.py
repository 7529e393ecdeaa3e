"""Tells whether another library's span has a row: by who hears of the spans of its provider."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

from braintrust_otel._otel.processor import BraintrustSpanProcessor
from braintrust_otel._otel.standin import is_readable
from braintrust_otel._runtime import root

if TYPE_CHECKING:
    from braintrust_otel._model.containers import Container
    from braintrust_otel._runtime.pipeline import Pipeline

__all__ = ["row_under"]

_DEPTH: Final = 5
"""So deep inside of each other processors and exporters are looked for."""

_NAMES: Final = ("process", "export", "wrap")
"""What the fields are called in which they have each other."""


def row_under(span: Any, container: Container, account: Pipeline | None) -> int | None:
    """Return the id of the span that a row of ours below *span* is under; None for none.

    That is *span* itself, if somebody ships it. Where a filter may leave it out, it is claimed: a
    row of ours is shipped in any case.

    Args:
        span: Another library's span of this process.
        container: Where the row goes.
        account: What ships it; None for the default account.
    """
    identity = span.get_span_context()
    if not (identity.trace_flags.sampled and is_readable(span)):
        return None  # of this process only sampled spans are shipped, and only the SDK's
    readable = getattr(span, "span", span)
    listeners = getattr(readable, "_span_processor", None)
    tracing = root.tracing
    own = None if tracing is None else getattr(tracing.provider, "_active_span_processor", None)
    if listeners is None or listeners is own:
        return int(identity.span_id)  # what is ours there sees to it when our span ends
    shipping = list(_shipping(listeners, _DEPTH))
    for processor in shipping:
        if isinstance(processor, BraintrustSpanProcessor):
            return processor.claim(readable, container, account)
    return int(identity.span_id) if shipping else None


def _shipping(found: object, depth: int) -> Iterator[object]:
    """Return what of *found*, or inside of it, ships spans to Braintrust."""
    if isinstance(found, BraintrustSpanProcessor) or _exports(found):
        yield found
    elif isinstance(found, (list, tuple)):
        for one in found:
            yield from _shipping(one, depth)
    elif depth and hasattr(found, "__dict__"):
        for name, inner in list(vars(found).items()):
            if any(part in name for part in _NAMES):
                yield from _shipping(inner, depth - 1)


def _exports(found: object) -> bool:
    """Tell whether *found* is an exporter to Braintrust: ours, or one over OTLP."""
    # A program that has one has loaded this already; others shall not pay for it.
    from opentelemetry.sdk.trace.export import SpanExporter

    from braintrust_otel._otel.exporter import BraintrustSpanExporter

    if not isinstance(found, SpanExporter):
        return False
    is_ours = isinstance(found, BraintrustSpanExporter)
    return is_ours or "braintrust" in str(getattr(found, "_endpoint", ""))
