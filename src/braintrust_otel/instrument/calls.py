"""The life of one captured call: it starts once, and finishes or fails exactly once."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar, Token
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol, TypeVar

from opentelemetry.instrumentation.utils import is_instrumentation_enabled
from opentelemetry.trace import INVALID_SPAN_CONTEXT, SpanContext

from braintrust_otel._runtime import root
from braintrust_otel._tracing.noop import NOOP_SPAN
from braintrust_otel._tracing.start import begin_span

__all__ = [
    "BeginChild",
    "BeginSpan",
    "Call",
    "CallSpan",
    "Calls",
    "Child",
    "Clocks",
    "Fields",
    "ReadFailure",
    "ReportBug",
    "current_call",
    "suppressed",
]

T = TypeVar("T")

Fields = Mapping[str, object]
"""Fields of a row: ``input``, ``output``, ``metadata``, ``metrics``, ``error``, ...

``children`` is no field of the row: each ``Child`` in it becomes a span under that of the call.
"""

# The captured call that runs: whatever it calls in turn is a part of it, not a call of its own.
# True where nothing is captured although no call runs.
_INSIDE: ContextVar[Call | bool] = ContextVar("braintrust_otel_inside_call", default=False)


ReadFailure = Callable[[BaseException], Fields]
"""Returns the fields that an exception carries, such as an answer that could not be parsed."""


class CallSpan(Protocol):
    """What a call needs of its span; none of it raises."""

    def record(self, **fields: Any) -> None:
        """Add fields to the span's row."""
        ...

    def record_error(self, error: BaseException) -> None:
        """Put the error on the span."""
        ...

    def end(self, end_time: float | None = None) -> float:
        """End the span, at *end_time* (epoch seconds) or now."""
        ...


@dataclass(frozen=True, slots=True)
class Child:
    """A part of a call that ran where the call went, such as a tool that the provider runs.

    Attributes:
        name: Name of its span.
        fields: Fields of its row.
        type: Type of its span.
    """

    name: str
    fields: Fields
    type: str = "tool"


class BeginSpan(Protocol):
    """Starts a span that does not become current, or returns the no-op span."""

    def __call__(
        self,
        name: str,
        *,
        type: str | None = None,  # noqa: A002  # the word of the public API
        instrumentation: str | None = None,
    ) -> CallSpan:
        """Start a span called *name*."""
        ...


BeginChild = Callable[[CallSpan, Child, str], CallSpan]
"""Starts the span of a child under a call's span, for the instrumentor of that name."""


ReportBug = Callable[[str, Exception], None]
"""Told what was being done when our own code raised, and what it raised."""


def _is_active() -> bool:
    return root.active


def _begin_child(parent: CallSpan, child: Child, instrumentation: str) -> CallSpan:
    return begin_span(child.name, type=child.type, instrumentation=instrumentation, under=parent)


def _report_bug(doing: str, error: Exception) -> None:
    root.notices.bug(doing, error)


@dataclass(frozen=True, slots=True)
class Clocks:
    """Where times come from.

    Attributes:
        steady: Monotonic seconds, for durations.
        wall: Epoch seconds, for times on rows.
    """

    steady: Callable[[], float] = time.monotonic
    wall: Callable[[], float] = time.time


class Calls:
    """Starts the calls of one instrumentor.

    Args:
        instrumentation: Name of the instrumentor, for ``context.span_origin``.
        active: Whether anything may be traced at all: False makes calls pass straight through.
        begin: Starts spans.
        begin_child: Starts spans under them.
        clocks: Where times come from.
        report: Told of our own bugs, which never reach the instrumented program.
    """

    __slots__ = ("active", "begin", "begin_child", "clocks", "instrumentation", "report")

    def __init__(  # noqa: PLR0913  # all but the name are for tests and have defaults
        self,
        instrumentation: str,
        *,
        active: Callable[[], bool] = _is_active,
        begin: BeginSpan = begin_span,
        begin_child: BeginChild = _begin_child,
        clocks: Clocks = Clocks(),  # frozen
        report: ReportBug = _report_bug,
    ) -> None:
        self.instrumentation = instrumentation
        self.active = active
        self.begin = begin
        self.begin_child = begin_child
        self.clocks = clocks
        self.report = report

    def start(
        self,
        name: str,
        *,
        type: str = "llm",  # noqa: A002  # the word of the public API
        read: Callable[[], Fields] | None = None,
    ) -> Call | None:
        """Start a call; its span's parent is what is current here and now.

        Args:
            name: Name of the span.
            type: Type of the span.
            read: Returns the first fields of the row. It runs only when the call is traced, and
                whatever it raises costs these fields and one log line, nothing else.

        Returns:
            The call, or None when nothing is traced, inside another captured call, and where
            OpenTelemetry's ``suppress_instrumentation`` says so.
        """
        if _INSIDE.get() or not is_instrumentation_enabled():
            return None
        span = self.begin(name, type=type, instrumentation=self.instrumentation)
        if span is NOOP_SPAN:
            return None
        call = Call(span, self)
        if read is not None:
            call.record(read)
        return call


class Call:
    """One captured call.

    ``finish``, ``fail`` and ``abandon`` end it; the first of them counts, from whichever thread it
    comes, and the others do nothing. Nothing here raises on its own account.

    Args:
        span: The span to end.
        calls: Where the clocks and the report of bugs come from.
    """

    __slots__ = ("_active_at", "_calls", "_first_token", "_open", "_span", "_started", "_steady")

    def __init__(self, span: CallSpan, calls: Calls) -> None:
        self._span = span
        self._calls = calls
        self._steady = calls.clocks.steady
        self._started = self._steady()
        self._active_at = self._started
        self._first_token: float | None = None
        # Popped by whoever ends the call: one atomic operation instead of a lock.
        self._open = [True]

    @property
    def is_open(self) -> bool:
        """Whether the call has not ended yet."""
        return bool(self._open)

    @property
    def span_context(self) -> SpanContext:
        """The OpenTelemetry identity of the call's span; the invalid one if it has none."""
        otel_span = getattr(self._span, "otel_span", None)
        if otel_span is None:
            return INVALID_SPAN_CONTEXT
        context: SpanContext = otel_span.get_span_context()
        return context

    def active(self) -> None:
        """Note that the call is alive: an abandoned call ends at its last sign of life."""
        self._active_at = self._steady()

    def stays_active(self) -> bool:
        """Note that the call is alive, if it has not ended; return whether it is open.

        ``is_open`` and ``active`` in one, for each chunk of a stream.
        """
        if not self._open:
            return False
        self._active_at = self._steady()
        return True

    def first_token(self) -> None:
        """Note the first content-bearing piece of an answer; later ones do not count."""
        if self._first_token is None:
            self._first_token = self._steady() - self._started

    def record(self, read: Callable[[], Fields]) -> None:
        """Add the fields that *read* returns; what it raises is reported and goes no further."""
        try:
            fields = dict(read())
            children: Any = fields.pop("children", ())
            self._span.record(**fields)
            for child in children:
                self._record_child(child)
        except Exception as error:  # noqa: BLE001  # our own bug must not reach the program
            self.report("reading a call", error)

    def report(self, doing: str, bug: Exception) -> None:
        """Report a bug of our own, met while *doing* something; the call goes on."""
        self._calls.report(doing, bug)

    def finish(self, read: Callable[[], Fields] | None = None) -> None:
        """End the call well, adding the fields that *read* returns."""
        self._end(read, None, None)

    def fail(self, error: BaseException, read: Callable[[], Fields] | None = None) -> None:
        """End the call with *error*, adding what *read* returns: what there was before it broke."""
        self._end(read, error, None)

    def abandon(self, read: Callable[[], Fields] | None = None) -> None:
        """End the call at its last sign of life, because nobody can use it any longer."""
        idle = self._steady() - self._active_at
        self._end(read, None, self._calls.clocks.wall() - idle)

    def run(self, function: Callable[[], T], failure: ReadFailure | None = None) -> T:
        """Call *function* as a part of this call; what it raises fails the call and goes on.

        Args:
            function: Does the library's work.
            failure: Returns the fields that an exception carries.
        """
        token = _INSIDE.set(self)
        try:
            return function()
        except BaseException as error:
            self._fail_with(error, failure)
            raise
        finally:
            _leave(token)

    async def wait(self, awaitable: Awaitable[T], failure: ReadFailure | None = None) -> T:
        """Await *awaitable* as a part of this call; what it raises fails the call and goes on.

        Args:
            awaitable: Does the library's work.
            failure: Returns the fields that an exception carries.
        """
        token = _INSIDE.set(self)
        try:
            return await awaitable
        except BaseException as error:
            self._fail_with(error, failure)
            raise
        finally:
            _leave(token)

    def _record_child(self, child: Child) -> None:
        span = self._calls.begin_child(self._span, child, self._calls.instrumentation)
        try:
            span.record(**child.fields)
        finally:
            span.end()

    def _fail_with(self, error: BaseException, failure: ReadFailure | None) -> None:
        self.fail(error, None if failure is None else partial(failure, error))

    def _end(
        self,
        read: Callable[[], Fields] | None,
        error: BaseException | None,
        end_time: float | None,
    ) -> None:
        try:
            self._open.pop()
        except IndexError:
            return
        if read is not None:
            self.record(read)
        try:
            if self._first_token is not None:
                self._span.record(metrics={"time_to_first_token": self._first_token})
            if error is not None:
                self._span.record_error(error)
            self._span.end(end_time)
        except Exception as bug:  # noqa: BLE001  # our own bug must not reach the program
            self.report("ending a call", bug)


def current_call() -> Call | None:
    """Return the captured call that runs in this thread or task, if one does."""
    inside = _INSIDE.get()
    return None if isinstance(inside, bool) else inside


@contextmanager
def suppressed() -> Iterator[None]:
    """Capture nothing in this block, in this thread or task: it is part of something captured."""
    token = _INSIDE.set(True)
    try:
        yield
    finally:
        _leave(token)


def _leave(token: Token[Call | bool]) -> None:
    try:
        _INSIDE.reset(token)
    except ValueError:
        # The coroutine was driven on from another context; what was set there is gone with it.
        _INSIDE.set(False)
