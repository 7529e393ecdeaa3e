"""The decorator that turns a function's calls into spans."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping
from typing import Any, TypeVar, cast, overload

from braintrust_otel._runtime import root
from braintrust_otel._tracing.tracedcalls import TracedCall, wrap_coroutine, wrap_function
from braintrust_otel._tracing.tracedgenerators import wrap_async_generator, wrap_generator

__all__ = ["traced"]

F = TypeVar("F", bound=Callable[..., Any])


@overload
def traced(function: F, /) -> F: ...
@overload
def traced(
    name: str | None = None,
    type: str | None = None,  # the public name
    span_attributes: Mapping[str, Any] | None = None,
    *,
    notrace_io: bool = False,
    **span_args: Any,
) -> Callable[[F], F]: ...
def traced(*span_args: Any, **span_kwargs: Any) -> Any:
    """Make every call of a function a span, with its arguments as input and its result as output.

    Used bare (``@traced``), with a name (``@traced("answer")``), or with any argument of
    ``start_span``. The span is current while the function runs, nests under what is current when
    it is called, and records an exception that leaves the function, which is re-raised unchanged.
    With nothing configured the function is called as if it were not decorated.

    Coroutine functions, generator functions and async generator functions stay what they are; a
    generator's span ends with it and holds what it yielded.

    Args:
        *span_args: The function when used bare; else ``name``, ``type`` and ``span_attributes``,
            as ``start_span`` takes them.
        **span_kwargs: Further arguments of ``start_span``, and ``notrace_io``: True keeps the
            arguments and the result out of the span.

    Returns:
        The decorated function, of the same kind and type, or a decorator.
    """
    if len(span_args) == 1 and not span_kwargs and callable(span_args[0]):
        return _decorate(span_args[0], {}, log_io=True)
    options = dict(zip(("name", "type", "span_attributes"), span_args))  # noqa: B905  # fewer is fine
    options.update(span_kwargs)
    log_io = not options.pop("notrace_io", False)
    if options.get("parent"):
        root.activate()
    return lambda function: _decorate(function, options, log_io=log_io)


def _decorate(function: F, options: Mapping[str, Any], *, log_io: bool) -> F:
    """Return *function* traced, in the form that its kind needs."""
    call = TracedCall(function, options, log_io=log_io)
    # A callable object is what its __call__ is.
    kind: Any = function if inspect.isroutine(function) else getattr(function, "__call__", None)  # noqa: B004  # not a test for being callable
    if isinstance(function, functools.partial):
        kind = function
    wrap: Callable[..., Any]
    if inspect.isasyncgenfunction(kind):
        wrap = wrap_async_generator
    elif inspect.isgeneratorfunction(kind):
        wrap = wrap_generator
    elif inspect.iscoroutinefunction(kind):
        wrap = wrap_coroutine
    else:
        wrap = wrap_function
    return cast("F", functools.update_wrapper(wrap(function, call), function))
