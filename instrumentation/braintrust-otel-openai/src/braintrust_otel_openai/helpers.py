"""Goes around the library's stream helpers: ``with client.responses.stream(...) as stream``."""

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
    is_given,
    take_span_info,
)
from braintrust_otel_openai.operations import Operation
from braintrust_otel_openai.wrappers import list_iterators, reader

__all__ = ["StreamHelperWrapper"]


class StreamHelperWrapper:
    """Goes around ``stream``, synchronous or not, whose request is sent when a block is entered.

    Args:
        calls: Starts the calls.
        operation: What the helper asks for.
    """

    __slots__ = ("_calls", "_operation")

    def __init__(self, calls: Calls, operation: Operation) -> None:
        self._calls = calls
        self._operation = operation

    def __call__(
        self,
        method: Callable[..., Any],
        instance: Any,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
    ) -> Any:
        """Return the library's context manager, which traces its block when anything is traced."""
        info = take_span_info(kwargs)
        if not self._calls.active() or _is_resumed(kwargs):
            return method(*args, **kwargs)
        start = partial(self._start, instance, kwargs, info)
        try:
            list_iterators(self._operation, kwargs)
            manager = method(*args, **kwargs)
        except BaseException as error:
            call = start()
            if call is not None:
                call.fail(error)
            raise
        return follow_manager(manager, start, partial(self._accumulate, kwargs))

    def _start(self, instance: Any, kwargs: dict[str, Any], info: SpanInfo) -> Call | None:
        read = reader(self._operation, instance, kwargs, info)
        operation = self._operation
        return self._calls.start(info.name or operation.name, operation=operation.kind, read=read)

    def _accumulate(self, kwargs: dict[str, Any], call: Call) -> Accumulator:
        return self._operation.of_call(call, kwargs).accumulate()


def _is_resumed(kwargs: dict[str, Any]) -> bool:
    """Whether the helper reads on in a response that is there already."""
    response_id = kwargs.get("response_id")
    return response_id is not None and is_given(response_id)
