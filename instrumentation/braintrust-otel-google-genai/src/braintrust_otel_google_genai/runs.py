"""Runs: the library asks the model, calls Python functions for it, and asks it again."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import partial
from typing import Any

from braintrust_otel.instrument import Call, Calls, Fields, suppressed
from braintrust_otel_google_genai.accumulators import RunAccumulator
from braintrust_otel_google_genai.generators import Begin, followed
from braintrust_otel_google_genai.response import read_answer

__all__ = [
    "AsOneCall",
    "outside_run",
    "run_async",
    "run_async_stream",
    "run_stream",
    "run_sync",
    "runs_now",
]

# What captures the run that goes on here: what it does is captured, but it is no second run.
_RUNS: ContextVar[Calls | None] = ContextVar("braintrust_otel_google_genai_runs", default=None)


def runs_now() -> Calls | None:
    """Return what captures the run that goes on in this thread or task, if one does."""
    return _RUNS.get()


def run_sync(make: Callable[[], Any], begin: Begin, calls: Calls) -> Any:
    """Return what *make* gives, a run that has its answer at once."""
    call = begin()
    if call is None:
        return make()
    try:
        with _inside_run(call, calls):
            answer = make()
    except BaseException as error:
        call.fail(error)
        raise
    call.finish(partial(_read_result, answer))
    return answer


def run_async(make: Callable[[], Awaitable[Any]], begin: Begin, calls: Calls) -> Awaitable[Any]:
    """Return an awaitable of what that of *make* gives, a run that has its answer at once."""
    return _run_async(_made(make, calls), begin, calls)


def run_stream(make: Callable[[], Any], begin: Begin, calls: Calls) -> Any:
    """Return a generator of what that of *make* gives, a run whose answers are streamed."""
    return followed(_made(make, calls), begin, RunAccumulator, _AsRun(calls))


def run_async_stream(
    make: Callable[[], Awaitable[Any]], begin: Begin, calls: Calls
) -> Awaitable[Any]:
    """Return an awaitable of an asynchronous generator, a run whose answers are streamed."""
    return _run_async_stream(_made(make, calls), begin, calls)


@contextmanager
def outside_run(call: Call) -> Iterator[None]:
    """Let what is captured in this block stand below *call*, a function that a run has called."""
    with call.current(), _marked(None):
        yield


def _made(make: Callable[[], Any], calls: Calls) -> Any:
    """Return what *make* makes; where a method is wrapped twice, it is no second run."""
    with _marked(calls):
        return make()


async def _run_async(answer: Awaitable[Any], begin: Begin, calls: Calls) -> Any:
    call = begin()
    if call is None:
        return await answer
    try:
        with _inside_run(call, calls):
            result = await answer
    except BaseException as error:
        call.fail(error)
        raise
    call.finish(partial(_read_result, result))
    return result


async def _run_async_stream(answer: Awaitable[Any], begin: Begin, calls: Calls) -> Any:
    try:
        stream = await answer
    except BaseException as error:
        call = begin()
        if call is not None:
            call.fail(error)
        raise
    return followed(stream, begin, RunAccumulator, _AsRun(calls))


def _read_result(answer: Any) -> Fields:
    """Return the answer that a run came to; its tokens are counted where it was asked for."""
    told = read_answer(answer)
    return {name: value for name, value in told.items() if name in ("output", "metadata")}


@contextmanager
def _inside_run(call: Call, calls: Calls) -> Iterator[None]:
    with call.current(), _marked(calls):
        yield


@contextmanager
def _marked(calls: Calls | None) -> Iterator[None]:
    before = _RUNS.get()
    _RUNS.set(calls)
    try:
        yield
    finally:
        _RUNS.set(before)


class _AsRun:
    """Has chunks from a generator that does a run.

    Args:
        calls: What captures the run.
    """

    __slots__ = ("_calls",)

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    def pull(self, call: Call, stream: Iterator[Any], end: object) -> Any:
        """Return the next chunk of *stream*; *end* where there is none."""
        with _inside_run(call, self._calls):
            return next(stream, end)

    async def pull_async(self, call: Call, stream: AsyncIterator[Any], end: object) -> Any:
        """Return the next chunk of *stream*; *end* where there is none."""
        with _inside_run(call, self._calls):
            return await _next(stream, end)


class AsOneCall:
    """Has chunks from a generator all of whose work is one call of a model."""

    __slots__ = ()

    def pull(self, call: Call, stream: Iterator[Any], end: object) -> Any:
        """Return the next chunk of *stream*; *end* where there is none."""
        with suppressed():
            return next(stream, end)

    async def pull_async(self, call: Call, stream: AsyncIterator[Any], end: object) -> Any:
        """Return the next chunk of *stream*; *end* where there is none."""
        with suppressed():
            return await _next(stream, end)


async def _next(stream: AsyncIterator[Any], end: object) -> Any:
    try:
        return await stream.__anext__()
    except StopAsyncIteration:
        return end
