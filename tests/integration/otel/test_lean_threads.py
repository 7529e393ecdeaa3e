"""One lean span, changed by many threads at once."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from opentelemetry.sdk.trace import SpanLimits, TracerProvider
from opentelemetry.trace import SpanContext

from braintrust_otel._otel.provider import LeanTracerProvider

THREADS = 8
EACH = 200
ALL = THREADS * EACH
ROUNDS = range(20)


@pytest.fixture(autouse=True)
def _hasty_switching() -> Iterator[None]:
    """Let threads interrupt each other as often as they can."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


def in_threads(work: Callable[[int], None]) -> None:
    """Run *work* in many threads at the same time; what one raises is raised."""
    barrier = threading.Barrier(THREADS)
    errors: list[BaseException] = []

    def run(number: int) -> None:
        barrier.wait()
        try:
            work(number)
        except BaseException as error:  # noqa: BLE001  # reported below
            errors.append(error)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(THREADS)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert errors == []


@pytest.fixture(params=[None, 100], ids=["unlimited", "limited"])
def span(request: pytest.FixtureRequest) -> Any:
    """Provide an open lean span, without and with limits on what it holds."""
    most = request.param or ALL
    limits = SpanLimits(max_span_attributes=most, max_events=most, max_links=most)
    provider: TracerProvider = LeanTracerProvider(span_limits=limits, shutdown_on_exit=False)
    return provider.get_tracer("x").start_span("span")


def test_attributes_set_by_threads_are_kept_or_counted(span: Any) -> None:
    """Every attribute is there, or counted as dropped for the limit."""
    in_threads(lambda t: [span.set_attribute(f"{t} {n}", n) for n in range(EACH)] and None)
    span.end()

    assert len(span.attributes) + span.dropped_attributes == ALL


def test_events_added_by_threads_are_kept_or_counted(span: Any) -> None:
    """Every event is there, or counted, the first ones included."""
    in_threads(lambda t: [span.add_event(f"{t} {n}") for n in range(EACH)] and None)
    span.end()

    assert len(span.events) + span.dropped_events == ALL


def test_links_added_by_threads_are_kept_or_counted(span: Any) -> None:
    """Every link is there, or counted, the first ones included."""
    in_threads(
        lambda t: (
            [span.add_link(SpanContext(t + 1, n + 1, is_remote=False)) for n in range(EACH)]
            and None
        )
    )
    span.end()

    assert len(span.links) + span.dropped_links == ALL


@pytest.mark.parametrize("_round", ROUNDS)
def test_the_first_events_of_all_threads_are_kept(_round: int) -> None:
    """What threads add first, at the same moment, is not lost."""
    span: Any = LeanTracerProvider(shutdown_on_exit=False).get_tracer("x").start_span("span")

    in_threads(lambda t: span.add_event(str(t)))

    assert len(span.events) == THREADS


@pytest.mark.parametrize("_round", ROUNDS)
def test_no_attribute_is_lost_where_the_limit_is_reached(_round: int) -> None:
    """Threads that reach the limit at the same moment have their attributes kept or counted."""
    provider = LeanTracerProvider(
        span_limits=SpanLimits(max_span_attributes=20), shutdown_on_exit=False
    )
    span: Any = provider.get_tracer("x").start_span("span")

    in_threads(lambda t: [span.set_attribute(f"{t} {n}", n) for n in range(5)] and None)
    span.end()

    assert len(span.attributes) + span.dropped_attributes == THREADS * 5


def test_a_span_can_be_read_while_it_is_changed(span: Any) -> None:
    """Attributes, events and JSON can be read at any time, as processors do."""
    readers: list[Callable[[], object]] = [
        lambda: dict(span.attributes),
        span.to_json,
        lambda: list(span.events),
    ]

    def work(number: int) -> None:
        for n in range(EACH):
            span.set_attribute(f"{number} {n}", n)
            span.add_event("event")
            readers[n % len(readers)]() if n % 20 == number else None

    in_threads(work)

    assert span.is_recording()


def test_a_span_that_ends_while_it_is_changed_does_not_change_any_more(span: Any) -> None:
    """What comes after the end is refused, whichever thread was faster."""
    in_threads(
        lambda t: span.end() if t == 0 else [span.set_attribute(f"{t} {n}", n) for n in range(EACH)]
    )

    before = len(span.attributes)
    span.set_attribute("late", 1)

    assert len(span.attributes) == before
