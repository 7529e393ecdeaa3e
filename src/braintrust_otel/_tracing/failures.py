"""Writes exceptions as the text that spans carry."""

from __future__ import annotations

import traceback as tracebacks
from types import TracebackType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from braintrust_otel._tracing.base import Span

__all__ = ["log_exc_info_to_span", "stringify_exception"]


def stringify_exception(
    exc_type: type[BaseException] | None,
    exc_value: BaseException | None,
    tb: TracebackType | None,
) -> str:
    """Return an exception with its traceback, as Python prints it.

    It ends in ``ExceptionType: message``. What caused the exception comes before it, the members
    of an exception group are inside it. The arguments are those of ``__exit__``.
    """
    return "".join(tracebacks.format_exception(exc_type, exc_value, tb))


def log_exc_info_to_span(
    span: Span,
    exc_type: type[BaseException] | None,
    exc_value: BaseException | None,
    tb: TracebackType | None,
) -> None:
    """Log an exception on *span*, where no block does it. The arguments are those of ``__exit__``.

    A block or a traced function does the same for the exception that leaves it.
    """
    if exc_value is None:
        span.record(error=stringify_exception(exc_type, exc_value, tb))
    else:
        span.record_error(exc_value if tb is None else exc_value.with_traceback(tb))
