"""Tells tail sampling how a span belongs to its trace."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from braintrust_otel._model.containers import parse_container
from braintrust_otel._model.sampling import TracePart

if TYPE_CHECKING:
    from opentelemetry.trace import SpanContext

    from braintrust_otel._model.containers import Container
    from braintrust_otel._model.records import SpanRecord

__all__ = ["container_said", "own_part_of", "span_part"]


def span_part(
    identity: SpanContext | None, parent: SpanContext | None, container: Container
) -> TracePart | None:
    """Return how another library's span, which has ended, belongs to its trace.

    Args:
        identity: The span.
        parent: The span above it.
        container: Where it goes.
    """
    if identity is None:
        return None
    is_end = parent is None or parent.is_remote
    return TracePart(identity.trace_id, container, is_root=parent is None, is_end=is_end)


def own_part_of(span: Any, record: SpanRecord) -> TracePart | None:
    """Return how a span of our API, open or ended, belongs to its trace."""
    identity, parent = span.get_span_context(), span.parent
    has_ended = span.end_time is not None
    is_local_root = parent is None or parent.is_remote
    return TracePart(
        identity.trace_id,
        record.container,
        is_root=parent is None and record.root_span_id is None,
        is_end=has_ended and is_local_root,
        is_open=not has_ended,
        open_key=identity.span_id,
        row_id=record.row_id,
    )


def container_said(home: object, otherwise: Container) -> Container:
    """Return where a span goes whose attribute is *home*."""
    said = parse_container(home) if isinstance(home, str) else None
    return said or otherwise
