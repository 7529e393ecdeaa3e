"""One traced run of a generator: its span, its context, and what it yielded."""

from __future__ import annotations

from types import TracebackType
from typing import TYPE_CHECKING, Any

from opentelemetry.context import Context, attach, get_current

from braintrust_otel._diagnostics import guard
from braintrust_otel._otel.propagation import detach_quietly, with_current
from braintrust_otel._runtime import root
from braintrust_otel._tracing.span import SpanImpl

if TYPE_CHECKING:
    from braintrust_otel._tracing.base import Span

__all__ = ["GeneratorRun"]


class GeneratorRun:
    """Keeps a generator's span current while its body runs, and ends it exactly once.

    As a context manager it surrounds one step of the body. What the body makes current stays
    current for its next step and is out of sight in between.

    Args:
        span: The span of this run.
        name: Name of the function, for the warning.
        limit: Most items to keep as output; 0 keeps none, a negative number keeps all.
    """

    __slots__ = ("_context", "_has_ended", "_items", "_limit", "_name", "_span", "_token")

    def __init__(self, span: Span, name: str, limit: int) -> None:
        self._span = span
        self._name = name
        self._limit = limit
        self._items: list[Any] | None = None if limit == 0 else []
        self._context: Context | None = None
        self._token: object | None = None
        self._has_ended = False

    def __enter__(self) -> None:
        if self._context is None:
            context, span = get_current(), self._span
            if isinstance(span, SpanImpl) and span.can_set_current:
                span.outer_context = context
                context = with_current(context, span, span.otel_span)
            self._context = context
        self._token = attach(self._context)

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._context = get_current()
        if self._token is not None:
            detach_quietly(self._token)

    def add(self, item: object) -> None:
        """Keep *item* for the output, or give the output up when there are too many."""
        if self._items is None:
            return
        if 0 <= self._limit <= len(self._items):
            self._items = None
            root.notices.say(
                f"The generator {self._name!r} yielded more than {self._limit} items, so its "
                "output is not logged. Set BRAINTRUST_MAX_GENERATOR_ITEMS (-1: no limit)."
            )
            return
        self._items.append(item)

    def end(self, error: BaseException | None = None) -> None:
        """Log what was yielded, and *error* if there is one, and end the span; once."""
        if self._has_ended:
            return
        self._has_ended = True
        with guard("ending a generator's span", root.notices):
            if self._items is not None:
                self._span.record(output=self._items)
            if error is not None:
                self._span.record_error(error)
            self._span.end()
