"""The life of one captured call: it starts once, and finishes or fails exactly once."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar, Token
from functools import partial
from typing import Any, TypeVar

from opentelemetry.instrumentation.utils import is_instrumentation_enabled
from opentelemetry.trace import INVALID_SPAN_CONTEXT, SpanContext

from braintrust_otel._runtime import root
from braintrust_otel._tracing.noop import NOOP_SPAN
from braintrust_otel._tracing.start import begin_span
from braintrust_otel.instrument.genai import Shown
from braintrust_otel.instrument.seams import (
    BeginChild,
    BeginSpan,
    CallSpan,
    Child,
    Clocks,
    Fields,
    ReadFailure,
    ReportBug,
)

__all__ = ["Call", "Calls", "current_call", "suppressed"]

T = TypeVar("T")

# Where the setting for message content means spans.
_ON_SPANS = frozenset({"true", "span_only", "span_and_event"})

# The captured call that runs: whatever it calls in turn is a part of it, not a call of its own.
# True where nothing is captured although no call runs.
_INSIDE: ContextVar[Call | bool] = ContextVar("braintrust_otel_inside_call", default=False)


_CLOCKS = Clocks()


def _is_active() -> bool:
    return root.active


def _begin_child(parent: CallSpan, child: Child, instrumentation: str) -> CallSpan:
    return begin_span(child.name, type=child.type, instrumentation=instrumentation, under=parent)


def _report_bug(doing: str, error: Exception) -> None:
    root.notices.bug(doing, error)


def _shows_content() -> bool:
    """Whether other vendors' processors may see messages: masked rows must not have a way past."""
    return root.masker is None and root.settings().capture_message_content in _ON_SPANS


class Calls:
    """Starts the calls of one instrumentor.

    Args:
        instrumentation: Name of the instrumentor, for ``context.span_origin``.
        active: Whether anything may be traced at all: False makes calls pass straight through.
        begin: Starts spans.
        begin_child: Starts spans under them.
        clocks: Where times come from.
        report: Told of our own bugs, which never reach the instrumented program.
        shows_content: Whether other vendors' processors may see the messages of a call.
    """

    __slots__ = (
        "active",
        "begin",
        "begin_child",
        "clocks",
        "instrumentation",
        "report",
        "shows_content",
    )

    def __init__(  # noqa: PLR0913  # all but the name are for tests and have defaults
        self,
        instrumentation: str,
        *,
        active: Callable[[], bool] = _is_active,
        begin: BeginSpan = begin_span,
        begin_child: BeginChild = _begin_child,
        clocks: Clocks = _CLOCKS,
        report: ReportBug = _report_bug,
        shows_content: Callable[[], bool] = _shows_content,
    ) -> None:
        self.instrumentation = instrumentation
        self.active = active
        self.begin = begin
        self.begin_child = begin_child
        self.clocks = clocks
        self.report = report
        self.shows_content = shows_content

    def start(
        self,
        name: str,
        *,
        type: str = "llm",  # noqa: A002  # the word of the public API
        operation: str | None = None,
        read: Callable[[], Fields] | None = None,
    ) -> Call | None:
        """Start a call; its span's parent is what is current here and now.

        Args:
            name: Name of the span.
            type: Type of the span.
            operation: OpenTelemetry's word for what is called, such as ``text_completion``; None
                for what the name and the type say, which is mostly ``chat``.
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
        call = Call(span, self, self.shown(span, name, type, operation))
        if read is not None:
            call.record(read)
        return call

    def shown(
        self,
        span: CallSpan,
        name: str,
        type: str,  # noqa: A002  # the word of the public API
        operation: str | None = None,
    ) -> Shown | None:
        """Return what shows the call to other vendors' processors; None where there are none."""
        watched: Any = span
        if not getattr(watched, "is_watched", False):
            return None
        shown = Shown(watched, operation, self.shows_content)
        shown.started(name, type)
        return shown


class Call:
    """One captured call.

    ``finish``, ``fail`` and ``abandon`` end it; the first of them counts, from whichever thread it
    comes, and the others do nothing. Nothing here raises on its own account.

    Args:
        span: The span to end.
        calls: Where the clocks and the report of bugs come from.
        shown: Shows the call to others, or None.
    """

    __slots__ = (
        "_active_at",
        "_calls",
        "_first_token",
        "_open",
        "_shown",
        "_span",
        "_started",
        "_steady",
    )

    def __init__(self, span: CallSpan, calls: Calls, shown: Shown | None = None) -> None:
        self._span = span
        self._calls = calls
        self._shown = shown
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
        self._record(read, is_answer=False)

    def _record(self, read: Callable[[], Fields], *, is_answer: bool) -> None:
        try:
            fields = dict(read())
            children: Any = fields.pop("children", ())
            attributes: Any = fields.pop("attributes", None)
            self._span.record(**fields)
            for child in children:
                self._record_child(child)
            if self._shown is not None:
                further = {} if attributes is None else attributes()
                self._shown.told(fields, further, is_answer=is_answer)
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

    @contextmanager
    def current(self) -> Iterator[None]:
        """Make the call's span current in this block: what is captured there comes below it.

        For a call that is made of others, such as a run of tools and model calls; ``run`` and
        ``wait`` are for a call that is captured as one. The block's errors are left to the caller.
        """
        span: Any = self._span
        enter, leave = getattr(span, "set_current", None), getattr(span, "unset_current", None)
        if enter is None or leave is None:
            yield
            return
        enter()
        try:
            yield
        finally:
            leave()

    def enter(self) -> Token[Call | bool]:
        """Make what this thread or task calls from now on a part of this call, until ``leave``.

        ``run`` and ``wait`` do so for a whole call, which an exception ends. This is for the steps
        of a stream, any number of them.
        """
        return _INSIDE.set(self)

    def leave(self, token: Token[Call | bool]) -> None:
        """Take back what ``enter`` did, given what it returned."""
        _leave(token)

    def _record_child(self, child: Child) -> None:
        span = self._calls.begin_child(self._span, child, self._calls.instrumentation)
        try:
            span.record(**child.fields)
            shown = self._calls.shown(span, child.name, child.type)
            if shown is not None:
                shown.told(child.fields, {}, is_answer=True)
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
            self._record(read, is_answer=True)
        try:
            if self._first_token is not None:
                self._span.record(metrics={"time_to_first_token": self._first_token})
            if error is not None:
                self._span.record_error(error)
            if self._shown is not None:
                self._shown.ended(self._first_token, error)
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
