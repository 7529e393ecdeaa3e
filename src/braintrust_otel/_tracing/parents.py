"""The parent that new spans go under where no span is current."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from opentelemetry.context import get_current

from braintrust_otel._model.containers import Parent
from braintrust_otel._otel.propagation import PARENT_KEY, attach_value, detach_quietly
from braintrust_otel._runtime import root
from braintrust_otel._tracing.components import SpanComponentsV4, components_of
from braintrust_otel._tracing.current import current_span
from braintrust_otel._tracing.given import read_parent
from braintrust_otel._tracing.homes import Home, home_logger, home_of_current
from braintrust_otel._tracing.noop import NOOP_SPAN
from braintrust_otel._tracing.values import GivenParent

if TYPE_CHECKING:
    from braintrust_otel._tracing.base import Span
    from braintrust_otel._tracing.logger import Logger
    from braintrust_otel._tracing.state import BraintrustState

__all__ = ["get_span_parent_object", "parent_context"]


@contextmanager
def parent_context(
    parent: GivenParent | None, state: BraintrustState | None = None
) -> Iterator[None]:
    """Put the spans that start in the block under *parent*, unless a span is current there.

    For work that was begun elsewhere::

        with parent_context(request.headers):
            handle(request)

    It follows tasks as the current span does, and what was in force before is so again after the
    block. A current span wins over it, and so does an explicit ``parent=``.

    Args:
        parent: What ``export()`` returned, or the headers of a request. None and the empty text
            mean none, also where an outer block names one; one that cannot be read is said once
            and means none.
        state: Accepted for compatibility with the official SDK.
    """
    found = read_parent(parent, _around) if parent else None
    if found is not None:
        root.activate()
    token = attach_value(PARENT_KEY, found)
    try:
        yield
    finally:
        detach_quietly(token)


def get_span_parent_object(
    parent: GivenParent | None = None, state: BraintrustState | None = None
) -> SpanComponentsV4 | Logger | Span:
    """Return what a span that starts now would go under.

    In this order: the current span; *parent*, else the parent that ``parent_context`` set; the
    current logger; the no-op span.

    Args:
        parent: What ``export()`` returned, or the headers of a request; one that cannot be read
            counts as absent.
        state: Its logger comes before the current one.
    """
    span = current_span()
    if span is not NOOP_SPAN:
        return span
    context = get_current()
    found: Any = (read_parent(parent, _around) if parent else None) or context.get(PARENT_KEY)
    if isinstance(found, Parent):
        return components_of(found)
    logger: Logger | None = None if state is None else state.logger
    return logger or home_logger(context) or NOOP_SPAN


def _around() -> Home | None:
    return home_of_current(get_current())
