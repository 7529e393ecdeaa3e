"""Goes around the library's stream helper: ``with client.messages.stream(...) as stream``."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from braintrust_otel.instrument import (
    Accumulator,
    Call,
    Calls,
    SpanInfo,
    follow_manager,
    take_span_info,
)
from braintrust_otel_anthropic.operations import STREAM
from braintrust_otel_anthropic.own_spans import quieten
from braintrust_otel_anthropic.wrappers import list_iterators, reader

__all__ = ["StreamHelperWrapper"]


class StreamHelperWrapper:
    """Goes around ``stream``, synchronous or not, whose request is sent when a block is entered.

    Args:
        calls: Starts the calls.
    """

    __slots__ = ("_calls",)

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    def __call__(
        self,
        method: Callable[..., Any],
        instance: Any,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
    ) -> Any:
        """Return the library's context manager, which traces its block when anything is traced."""
        info = take_span_info(kwargs)
        if not self._calls.active():
            return method(*args, **kwargs)
        start = partial(self._start, instance, args, kwargs, info)
        try:
            list_iterators(STREAM, kwargs)
            manager = method(*args, **kwargs)
        except BaseException as error:
            call = start()
            if call is not None:
                call.fail(error)
            raise
        return follow_manager(manager, start, _accumulate)

    def _start(
        self, instance: Any, args: tuple[Any, ...], kwargs: dict[str, Any], info: SpanInfo
    ) -> Call | None:
        quieten(instance)
        read = reader(STREAM, instance, args, kwargs, info)
        return self._calls.start(info.name or STREAM.name, read=read)


def _accumulate(call: Call) -> Accumulator:
    return STREAM.accumulate()
