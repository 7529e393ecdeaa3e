"""A call starts once, and ends once: well, badly, or abandoned."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextvars import Context

import pytest
from opentelemetry.instrumentation.utils import suppress_instrumentation

from braintrust_otel.instrument import Call, Calls, Child, Fields, current_call, suppressed
from support.spans import FakeTracer


@pytest.fixture
def tracer() -> FakeTracer:
    return FakeTracer()


@pytest.fixture
def call(tracer: FakeTracer) -> Call:
    started = tracer.calls().start("Chat Completion")
    assert started is not None
    return started


def broken() -> Fields:
    """Read fields as a reader with a bug does."""
    raise RuntimeError("bug")


def test_started_call_has_a_span_with_its_first_fields(tracer: FakeTracer) -> None:
    """A call opens a span under its name and type, with the fields that were read."""
    tracer.calls().start("search", type="tool", read=lambda: {"input": "x"})

    span = tracer.span
    assert (span.name, span.type, span.instrumentation) == ("search", "tool", "test")
    assert (span.fields, span.ends) == ({"input": "x"}, [])


def test_nothing_is_read_when_nothing_is_traced(tracer: FakeTracer) -> None:
    """Where nothing is active there is no call, and the arguments are not looked at."""
    tracer.is_active = False

    call = tracer.calls().start("x", read=broken)

    assert call is None
    assert tracer.bugs == []


def test_bug_while_reading_costs_the_fields_only(tracer: FakeTracer) -> None:
    """A reader that raises is reported, and the call goes on without its fields."""
    call = tracer.calls().start("x", read=broken)

    assert call is not None
    assert [(doing, str(bug)) for doing, bug in tracer.bugs] == [("reading a call", "bug")]


def test_finished_call_ends_once(tracer: FakeTracer, call: Call) -> None:
    """Only the first end counts, whatever comes after it."""
    call.finish(lambda: {"output": "first"})

    call.finish(lambda: {"output": "second"})
    call.fail(ValueError("late"))
    call.abandon()

    span = tracer.span
    assert (span.fields, span.errors, span.ends) == ({"output": "first"}, [], [None])
    assert not call.is_open


def test_failed_call_has_its_error_and_what_came_before(tracer: FakeTracer, call: Call) -> None:
    """A failed call records the exception itself, beside what there was of an answer."""
    error = KeyboardInterrupt()

    call.fail(error, lambda: {"output": "half"})

    span = tracer.span
    assert (span.fields, span.errors, span.ends) == ({"output": "half"}, [error], [None])


def test_abandoned_call_ends_at_its_last_sign_of_life(tracer: FakeTracer, call: Call) -> None:
    """The time in which nobody could read on any more is not counted."""
    tracer.now = 103.0
    call.active()

    tracer.now = 250.0
    call.abandon(lambda: {"output": "half"})

    assert tracer.span.ends == [1_000_103.0]


def test_first_token_is_timed_from_the_start(tracer: FakeTracer, call: Call) -> None:
    """Only the first content counts for the time to the first token."""
    tracer.now = 100.25
    call.first_token()
    tracer.now = 101.0
    call.first_token()

    call.finish(lambda: {"metrics": {"tokens": 3}})

    assert tracer.span.fields["metrics"] == {"tokens": 3, "time_to_first_token": 0.25}


def test_bug_while_ending_does_not_keep_the_call_open(tracer: FakeTracer, call: Call) -> None:
    """A reader that raises at the end is reported, and the span ends all the same."""
    call.finish(broken)

    assert tracer.span.ends == [None]
    assert len(tracer.bugs) == 1


@pytest.mark.parametrize("error", [ValueError("x"), KeyboardInterrupt(), asyncio.CancelledError()])
def test_what_the_function_raises_passes_as_it_is(
    tracer: FakeTracer, call: Call, error: BaseException
) -> None:
    """The very exception reaches the user, and its span; no context is added to it."""

    def fail() -> None:
        raise error

    with pytest.raises(type(error)) as caught:
        call.run(fail, lambda failure: {"output": type(failure).__name__})

    span = tracer.span
    assert caught.value is error
    assert caught.value.__context__ is None
    assert (span.errors, span.fields) == ([error], {"output": type(error).__name__})


async def test_cancelled_wait_ends_the_call(tracer: FakeTracer, call: Call) -> None:
    """Cancelling the task that waits ends the span with the cancellation."""
    task = asyncio.ensure_future(call.wait(asyncio.Event().wait()))
    await asyncio.sleep(0)

    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task
    assert [type(error) for error in tracer.span.errors] == [asyncio.CancelledError]


def test_call_inside_a_call_is_not_captured(tracer: FakeTracer, call: Call) -> None:
    """What a captured call does through another captured method is part of it."""
    inner = call.run(lambda: tracer.calls().start("inner"))

    assert inner is None
    assert tracer.calls().start("next") is not None


async def test_awaited_call_inside_a_call_is_not_captured(tracer: FakeTracer, call: Call) -> None:
    """The same holds for what is awaited."""

    async def start_inner() -> Call | None:
        await asyncio.sleep(0)
        return tracer.calls().start("inner")

    inner = await call.wait(start_inner())

    assert inner is None
    assert tracer.calls().start("next") is not None


@pytest.mark.parametrize("block", [suppressed, suppress_instrumentation])
def test_nothing_is_captured_in_a_block_that_suppresses(
    tracer: FakeTracer, block: Callable[[], object]
) -> None:
    """Both our own suppression and OpenTelemetry's are honoured, inside the block only."""
    with block():  # type: ignore[attr-defined]  # both are context managers
        inside = tracer.calls().start("inside")

    assert inside is None
    assert tracer.calls().start("after") is not None


def test_call_driven_on_in_another_context_lets_go(tracer: FakeTracer, call: Call) -> None:
    """A coroutine that is closed from another context neither raises nor stays inside."""

    class Never:
        def __await__(self):  # type: ignore[no-untyped-def]  # noqa: ANN204  # a bare awaitable
            yield

    waiting = call.wait(Never())
    Context().run(waiting.send, None)

    Context().run(waiting.close)

    assert len(tracer.span.errors) == 1


def test_calls_report_bugs_in_the_log_by_default(caplog: pytest.LogCaptureFixture) -> None:
    """Without further ado a bug of ours is one line in the package's log."""
    Calls("test").report("testing the report of bugs", RuntimeError("bug"))

    assert "testing the report of bugs" in caplog.text


def test_children_are_spans_under_the_call(tracer: FakeTracer, call: Call) -> None:
    """What ran where the call went has a span of its own, which begins and ends at once."""
    call.finish(lambda: {"output": "x", "children": [Child("search", {"input": "q"})]})

    parent, child = tracer.spans
    assert parent.fields == {"output": "x"}
    assert (child.name, child.type, child.parent) == ("search", "tool", parent)
    assert (child.fields, len(child.ends)) == ({"input": "q"}, 1)


def test_bug_in_a_child_costs_the_child_only(tracer: FakeTracer, call: Call) -> None:
    """A child that is none leaves the row of the call as it is."""
    call.finish(lambda: {"output": "x", "children": [None]})

    assert tracer.span.fields == {"output": "x"}
    assert [doing for doing, _ in tracer.bugs] == ["reading a call"]
    assert len(tracer.span.ends) == 1


def test_running_call_is_known(call: Call) -> None:
    """Code of the library can be told which call it is a part of."""
    inside = call.run(current_call)

    assert inside is call
    assert current_call() is None


def test_suppressed_block_is_no_call() -> None:
    """Where nothing is captured no call runs."""
    with suppressed():
        assert current_call() is None


def test_call_over_a_fake_span_has_no_identity(call: Call) -> None:
    """A span that is none of OpenTelemetry's has the invalid context."""
    assert not call.span_context.is_valid
