"""Carries the current span into threads and thread pools."""

from __future__ import annotations

import contextvars
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

import wrapt
from opentelemetry.context import Context, attach, get_current
from typing_extensions import ParamSpec, override

from braintrust_otel._otel.propagation import detach_quietly

__all__ = ["TracedThreadPoolExecutor", "setup_threads", "undo_setup_threads"]

P = ParamSpec("P")
R = TypeVar("R")


class TracedThreadPoolExecutor(ThreadPoolExecutor):
    """A ``ThreadPoolExecutor`` whose tasks see the current span, and every other context variable.

    Each task has a copy of what was current where it was submitted, so what a task makes current
    is seen by nobody else.
    """

    @override
    def submit(self, fn: Callable[P, R], /, *args: P.args, **kwargs: P.kwargs) -> Future[R]:
        """Run ``fn(*args, **kwargs)`` in a thread of the pool, with the caller's context."""
        run: Callable[..., Any] = contextvars.copy_context().run
        return super().submit(run, fn, *args, **kwargs)


def setup_threads() -> bool:
    """Let ordinary threads and thread pools inherit the current span.

    Where a thread is started, or a task submitted (``run_in_executor`` does so too), the span and
    the logger that are current there are current in it: OpenTelemetry's context is carried over,
    other context variables are not. Calling it again changes nothing. ``init_logger`` calls it
    when ``BRAINTRUST_INSTRUMENT_THREADS`` is set.

    Returns:
        True; there is nothing that could be missing.
    """
    for owner, name, wrapper in _PATCHES:
        if not isinstance(owner.__dict__[name], _ThreadPatch):
            setattr(owner, name, _ThreadPatch(owner.__dict__[name], wrapper))
    return True


def undo_setup_threads() -> None:
    """Take back what ``setup_threads`` did.

    Where another library has wrapped the same methods meanwhile, ours stays inside its wrapper.
    """
    for owner, name, _ in _PATCHES:
        patch = owner.__dict__[name]
        if isinstance(patch, _ThreadPatch):
            setattr(owner, name, patch.__wrapped__)


class _ThreadPatch(wrapt.FunctionWrapper):  # type: ignore[type-arg]  # generic in stubs only
    """A method that we have patched."""


def _start(start: Callable[..., Any], thread: threading.Thread, args: Any, kwargs: Any) -> Any:
    context = get_current()
    # Without a current span or logger, with a context that Python was given for the thread, or
    # for a thread that has been started before, there is nothing to carry.
    if context and getattr(thread, "_context", None) is None and thread.ident is None:
        _run_inside(thread, context)
    return start(*args, **kwargs)


def _run_inside(thread: threading.Thread, context: Context) -> None:
    """Let *thread* run inside *context*, also where its class has a ``run`` of its own."""
    before = thread.__dict__.get("run")

    def run() -> None:
        # Restored first: the thread must not keep itself alive, nor see a run that it never had.
        if before is None:
            del thread.__dict__["run"]
        else:
            thread.__dict__["run"] = before
        token = attach(context)
        try:
            thread.run()
        finally:
            detach_quietly(token)

    thread.__dict__["run"] = run


def _submit(submit: Callable[..., Any], pool: ThreadPoolExecutor, args: Any, kwargs: Any) -> Any:
    context = get_current()
    if not (context and args):
        return submit(*args, **kwargs)
    return submit(_call_inside, context, *args, **kwargs)


def _call_inside(context: Context, function: Callable[..., R], /, *args: Any, **kwargs: Any) -> R:
    token = attach(context)
    try:
        return function(*args, **kwargs)
    finally:
        detach_quietly(token)


_PATCHES: tuple[tuple[type, str, Callable[..., Any]], ...] = (
    (threading.Thread, "start", _start),
    (ThreadPoolExecutor, "submit", _submit),
)
