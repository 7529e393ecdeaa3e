"""What runs around the calls of traced functions and coroutine functions.

While nothing is being traced a call passes through after one look at ``root.active``; what tracing
needs is imported with the first call that is traced.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Coroutine, Mapping
from typing import TYPE_CHECKING, Any

from braintrust_otel._runtime import root

if TYPE_CHECKING:
    from braintrust_otel._tracing.base import Span
    from braintrust_otel._tracing.generators import GeneratorRun
    from braintrust_otel._tracing.state import BraintrustState

__all__ = ["TracedCall", "wrap_coroutine", "wrap_function"]


class TracedCall:
    """What is the same for all calls of one traced function.

    Its methods never raise: a failure of ours costs the span or one of its fields.

    Args:
        function: The function.
        options: Arguments of ``start_span`` for each call.
        log_io: Whether arguments and results are logged.
    """

    __slots__ = (
        "_begin",
        "_event",
        "_function",
        "_log_io",
        "_name",
        "_options",
        "_state",
        "_type",
    )

    def __init__(
        self, function: Callable[..., Any], options: Mapping[str, Any], *, log_io: bool
    ) -> None:
        self._function = function
        self._log_io = log_io
        rest = dict(options)
        attributes = rest.get("span_attributes") or {}
        self._name = rest.pop("name", None) or _name_of(function)
        self._type = rest.pop("type", None) or attributes.get("type") or "function"
        rest.pop("internal", None)
        self._state: BraintrustState | None = rest.pop("state", None)
        self._options = {key: rest.pop(key) for key in _START_OPTIONS if key in rest}
        self._event = rest
        self._begin: Callable[[tuple[Any, ...], Mapping[str, Any]], Span | None] | None = None

    def begin(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Span | None:
        """Start the span of one call, its arguments logged; None when it is not traced."""
        try:
            begin = self._begin or self._prepare()
            return begin(args, kwargs)
        except Exception as error:  # noqa: BLE001  # our own bug must not reach the traced program
            root.notices.bug(f"starting the span of {self._name!r}", error)
            return None

    def _prepare(self) -> Callable[[tuple[Any, ...], Mapping[str, Any]], Span | None]:
        """Import what tracing needs and read the signature, with the first traced call."""
        from braintrust_otel._tracing.capture import ArgumentCapture
        from braintrust_otel._tracing.noop import NOOP_SPAN
        from braintrust_otel._tracing.request import SpanRequest
        from braintrust_otel._tracing.start import start

        capture = ArgumentCapture(self._function) if self._log_io else None
        name, kind, options, given = self._name, self._type, self._options, self._event
        state = self._state

        def begin(args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Span | None:
            event = given
            if capture is not None:
                named = capture(args, kwargs)
                if named is not None:
                    event = {"input": named, **given} if given else {"input": named}
            request = SpanRequest(name, kind, event, **options)
            if state is None:
                span = start(request)
            else:
                with state.as_current():
                    span = start(request)
            return None if span is NOOP_SPAN else span

        self._begin = begin
        return begin

    def finish(self, span: Span, result: object) -> None:
        """Log the result and end the span, which was current."""
        if self._log_io and result is not None:
            span.record(output=result)
        span.__exit__(None, None, None)

    def begin_run(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> GeneratorRun | None:
        """Start the span of one run of a generator; None when it is not traced."""
        if not root.active:
            return None
        span = self.begin(args, kwargs)
        if span is None:
            return None
        from braintrust_otel._tracing.generators import GeneratorRun

        limit = root.max_generator_items() if self._log_io else 0
        return GeneratorRun(span, self._name, limit)


def wrap_function(function: Callable[..., Any], call: TracedCall) -> Callable[..., Any]:
    """Return *function* traced."""

    def traced_function(*args: Any, **kwargs: Any) -> Any:
        if not root.active:
            return function(*args, **kwargs)
        span = call.begin(args, kwargs)
        if span is None:
            return function(*args, **kwargs)
        span.set_current()
        try:
            result = function(*args, **kwargs)
        except BaseException as error:
            span.__exit__(type(error), error, error.__traceback__)
            raise
        call.finish(span, result)
        return result

    return traced_function


def wrap_coroutine(
    function: Callable[..., Coroutine[Any, Any, Any]], call: TracedCall
) -> Callable[..., Coroutine[Any, Any, Any]]:
    """Return the coroutine function *function* traced."""

    async def traced_coroutine(*args: Any, **kwargs: Any) -> Any:
        if not root.active:
            return await function(*args, **kwargs)
        span = call.begin(args, kwargs)
        if span is None:
            return await function(*args, **kwargs)
        span.set_current()
        try:
            result = await function(*args, **kwargs)
        except BaseException as error:
            span.__exit__(type(error), error, error.__traceback__)
            raise
        call.finish(span, result)
        return result

    return traced_coroutine


_START_OPTIONS = ("span_attributes", "start_time", "set_current", "parent", "propagated_event")


def _name_of(function: Callable[..., Any]) -> str:
    """Return the function's name; a partial's or a callable object's is found further in."""
    while isinstance(function, functools.partial):
        function = function.func
    name = getattr(function, "__name__", None)
    return name if isinstance(name, str) else type(function).__name__
