"""The public way to start a span by hand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from braintrust_otel._runtime import root
from braintrust_otel._tracing.base import Span
from braintrust_otel._tracing.noop import NOOP_SPAN
from braintrust_otel._tracing.request import request_of
from braintrust_otel._tracing.start import start
from braintrust_otel._tracing.values import GivenParent

if TYPE_CHECKING:
    from braintrust_otel._tracing.state import BraintrustState

__all__ = ["start_span"]


def start_span(  # noqa: PLR0913, PLR0917  # the public signature
    name: str | None = None,
    type: str | None = None,  # noqa: A002  # the public name
    span_attributes: Mapping[str, Any] | None = None,
    start_time: float | None = None,
    set_current: bool | None = None,
    parent: GivenParent | None = None,
    propagated_event: Mapping[str, Any] | None = None,
    state: BraintrustState | None = None,
    *,
    internal: Any = None,
    **event: Any,
) -> Span:
    """Start a span under what is current: a span, an exported parent, or the logger.

    Use it as a context manager, which makes it current and ends it::

        with start_span(name="retrieve", type="tool", input=query) as span:
            span.log(output=search(query))

    Args:
        name: Name; default ``root`` for a span without parent, else where it was started.
        type: ``llm``, ``score``, ``function``, ``eval``, ``task``, ``tool`` or another text.
            Default ``task`` for a span without parent span, else none.
        span_attributes: Further attributes; ``name`` and ``type`` in it win on the row.
        start_time: Seconds since the epoch; default now.
        set_current: False keeps the span from becoming current.
        parent: What ``export()`` returned, in this process or another; or the headers of a
            request, with W3C ``traceparent`` and ``baggage``. It wins over what is current; one
            that cannot be read is said once and ignored. Headers that name no project leave the
            current one.
        propagated_event: Fields that the span and all its descendants get, JSON values only.
        state: An account, as ``login_to_state`` returns it: its logger is then the current one.
        internal: Accepted for compatibility with the official SDK's integrations.
        **event: First fields of the row, as ``Span.log`` takes them, and ``id`` for the row's id.

    Returns:
        The span; the no-op span when nothing is configured.

    Raises:
        ValueError: A field has the wrong shape.
    """
    if not (parent or root.active):
        return NOOP_SPAN
    request = request_of(
        name, type, span_attributes, start_time, set_current, parent, propagated_event, event
    )
    if state is None:
        return start(request)
    with state.as_current():
        return start(request)
