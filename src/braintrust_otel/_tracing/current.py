"""What is current: the span, the logger, the experiment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from opentelemetry.context import get_current

from braintrust_otel._otel.propagation import SPAN_KEY
from braintrust_otel._runtime import root
from braintrust_otel._tracing.homes import find_current, home_logger
from braintrust_otel._tracing.noop import NOOP_SPAN
from braintrust_otel._tracing.span import SpanImpl
from braintrust_otel._tracing.start import adopt_foreign

if TYPE_CHECKING:
    from braintrust_otel._tracing.base import Span
    from braintrust_otel._tracing.logger import Logger

__all__ = ["current_experiment", "current_logger", "current_span"]


def current_span() -> Span:
    """Return the current span, or the no-op span when there is none.

    Over a recording span of another OpenTelemetry library it returns a wrapper of that span, so
    that fields can be logged on it.
    """
    if not root.active:
        return NOOP_SPAN
    found = find_current(get_current())
    if found is None:
        return NOOP_SPAN
    context, otel_span = found
    ours = context.get(SPAN_KEY)
    if isinstance(ours, SpanImpl) and ours.otel_span is otel_span:
        return ours
    return adopt_foreign(context, otel_span)


def current_logger() -> Logger | None:
    """Return the logger that ``init_logger`` made current, or None."""
    logger: Logger | None = home_logger(get_current())
    return logger


def current_experiment() -> Any:
    """Return the current experiment, or None."""
    return None
