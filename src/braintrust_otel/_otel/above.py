"""Finds the span that a starting span will be under: its parent, if that is shipped at all."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

from opentelemetry.trace import NonRecordingSpan, get_current_span

from braintrust_otel._otel.ancestry import Place
from braintrust_otel._otel.sources import record_of
from braintrust_otel._runtime import root

if TYPE_CHECKING:
    from opentelemetry.context import Context
    from opentelemetry.sdk.trace import Span
    from opentelemetry.trace import SpanContext

    from braintrust_otel._runtime.beside import SpanKey

__all__ = ["Above", "place_above"]


class Above(NamedTuple):
    """Where a starting span is.

    Attributes:
        place: Its place in the tree of what is shipped.
        is_forgotten: Whether its own parent was known once and is no longer.
    """

    place: Place
    is_forgotten: bool = False


def place_above(span: Span, context: Context, knows: Callable[[SpanKey], bool] | None) -> Above:
    """Return where *span*, which starts in *context*, will be.

    Its parent may be one that nobody ships: a span that was not sampled, or one of another provider
    in this process. Then it is under that one's parent, if that is shipped, else a root.

    Args:
        span: The span.
        context: The context that it starts in.
        knows: Tells whether a span that has ended is still known; None if all are shipped.
    """
    parent, key = span.parent, _key(span.get_span_context())
    if parent is None or parent.is_remote:
        return Above(Place(key, None if parent is None else parent.span_id, is_settled=True))
    above: Any = get_current_span(context)
    above = getattr(above, "span", above)  # Logfire's own class around the SDK's
    if record_of(above) is not None or parent.span_id in root.open_spans:
        return Above(Place(key, parent.span_id, is_settled=True))
    if above.get_span_context().span_id != parent.span_id:
        return Above(Place(key, parent.span_id))
    is_forgotten = _has_ended(above) and knows is not None and not knows(_key(parent))
    if not is_forgotten and _is_shipped(above, parent, span):
        return Above(Place(key, parent.span_id))
    return Above(_further_up(key, getattr(above, "parent", None), knows), is_forgotten)


def _further_up(
    key: SpanKey, parent: SpanContext | None, knows: Callable[[SpanKey], bool] | None
) -> Place:
    """Return the place of a span under the parent of one that is not shipped, if that one is."""
    if parent is None:
        return Place(key, None)
    is_settled = parent.is_remote or parent.span_id in root.open_spans
    if not (is_settled or (knows is not None and knows(_key(parent)))):
        return Place(key, None)
    return Place(key, parent.span_id, is_settled)


def _is_shipped(above: Any, parent: SpanContext, span: Span) -> bool:
    """Tell whether the span above *span*, another library's, is shipped as *span* is."""
    if not parent.trace_flags.sampled:
        return False
    if isinstance(above, NonRecordingSpan):
        return True  # made by hand of ids that came from elsewhere
    theirs, ours = _listeners(above), _listeners(span)
    return theirs is None or ours is None or theirs is ours


def _listeners(span: Any) -> Any:
    """Return what the span's provider tells of it, which is one thing for each provider."""
    return getattr(span, "_span_processor", None)


def _has_ended(above: Any) -> bool:
    return getattr(above, "end_time", None) is not None


def _key(identity: SpanContext) -> SpanKey:
    return (identity.trace_id, identity.span_id)
