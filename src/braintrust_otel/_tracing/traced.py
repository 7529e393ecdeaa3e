"""The decorator that turns a function's calls into spans."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping
from typing import Any, TypeVar, cast, overload

from braintrust_otel._runtime import root
from braintrust_otel._tracing.marking import is_marked_async
from braintrust_otel._tracing.tracedcalls import TracedCall, wrap_coroutine, wrap_function
from braintrust_otel._tracing.tracedgenerators import wrap_async_generator, wrap_generator

__all__ = ["traced"]

F = TypeVar("F", bound=Callable[..., Any])


@overload
def traced(function: F, /, **span_args: Any) -> F: ...
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

    Used bare (``@traced``), with a name (``@traced("answer")``), with any argument of
    ``start_span``, or as a function (``traced(answer, name="reply")``). The span is current while
    the function runs, nests under what is current when it is called, and records an exception
    that leaves the function, which is re-raised unchanged. With nothing configured the function is
    called as if it were not decorated.

    Coroutine functions, generator functions and async generator functions stay what they are; a
    generator's span ends with it and holds what it yielded.

    Args:
        *span_args: The function; or ``name``, ``type`` and ``span_attributes``, as ``start_span``
            takes them.
        **span_kwargs: Further arguments of ``start_span``, and ``notrace_io``: True keeps the
            arguments and the result out of the span.

    Returns:
        The decorated function, of the same kind and type, or a decorator.
    """
    if span_args and _is_decorable(span_args[0]):
        return traced(**span_kwargs)(span_args[0])
    options = dict(zip(_POSITIONAL, span_args))  # noqa: B905  # fewer is fine
    options.update(span_kwargs)
    log_io = not options.pop("notrace_io", False)
    if options.get("parent"):
        root.activate()
    return lambda function: _decorate(function, options, log_io=log_io)


def _decorate(function: F, options: Mapping[str, Any], *, log_io: bool) -> F:
    """Return *function* traced, in the form that its kind needs."""
    if isinstance(function, (classmethod, staticmethod)):
        inside = _decorate(function.__func__, options, log_io=log_io)
        return cast("F", type(function)(inside))
    call = TracedCall(function, options, log_io=log_io)
    wrapped = _wrapper_for(function)(function, call)
    return cast("F", functools.update_wrapper(wrapped, function))


def _wrapper_for(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return what wraps functions of the kind that *function* is."""
    kind: Any = function
    if not (inspect.isroutine(function) or isinstance(function, functools.partial)):
        # A callable object is what its __call__ is.
        kind = getattr(function, "__call__", None)  # noqa: B004  # not a test for being callable
    if inspect.isasyncgenfunction(kind):
        return wrap_async_generator
    if inspect.isgeneratorfunction(kind):
        return wrap_generator
    if inspect.iscoroutinefunction(kind) or is_marked_async(function):
        return wrap_coroutine
    return wrap_function


def _is_decorable(value: object) -> bool:
    """Tell whether *value* is something to trace, and not the name of a span."""
    return callable(value) or isinstance(value, classmethod)


_POSITIONAL: tuple[str, ...] = ("name", "type", "span_attributes")
