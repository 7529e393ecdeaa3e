"""Spans leave nothing behind: no growth, and no cycles that wait for the garbage collector."""

from __future__ import annotations

import gc
import sys
import weakref
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any, cast

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.trace import Link, SpanContext, Tracer

import braintrust_otel as braintrust
from braintrust_otel._otel.provider import LeanTracerProvider, maker_for
from braintrust_otel._runtime import root
from braintrust_otel._runtime.pipeline import Pipeline
from braintrust_otel._runtime.places import EMBEDDED
from braintrust_otel._runtime.root import Pinned
from support.otel_api import OpaqueProvider

WARM_UP = 2_000
# Blocks of memory; a leak of one for each span would be ten times as many at least.
SLACK = 1_000


class Discarding:
    """A pipeline that makes the rows it is given, as a worker does, and drops them."""

    place = EMBEDDED

    def __init__(self) -> None:
        self.shipper = self
        self.rows = 0

    def put(self, source: Any) -> None:
        self.rows += len(list(source.rows()))

    def flush(self, timeout: float | None = None) -> bool:
        return True

    def shutdown(self, timeout: float | None = None) -> None:
        return


@pytest.fixture
def pipeline() -> Iterator[Discarding]:
    """Log to nowhere."""
    made = Discarding()
    provider = LeanTracerProvider(shutdown_on_exit=False)
    with root.set_aside(Pinned(cast("Pipeline", made), provider)):
        yield made


@pytest.fixture
def no_collector() -> Iterator[None]:
    """Leave it to reference counts to free what is not needed any more."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def bare(tracer: Tracer) -> Any:
    return tracer.start_span("span")


def full(tracer: Tracer) -> Any:
    span = tracer.start_span("span", attributes={"a": 1}, links=[Link(SpanContext(1, 2, False))])
    span.add_event("event", {"b": [1, 2]})
    span.record_exception(ValueError("v"))
    return span


def child(tracer: Tracer) -> Any:
    with tracer.start_as_current_span("parent"):
        return tracer.start_span("span")


@pytest.mark.usefixtures("no_collector")
@pytest.mark.parametrize("start", [bare, full, child])
def test_a_lean_span_is_freed_at_once(start: Callable[[Tracer], Any]) -> None:
    """A span of another library over our provider is in no cycle."""
    span = start(LeanTracerProvider(shutdown_on_exit=False).get_tracer("x"))
    freed = weakref.ref(span)

    span.end()
    del span

    assert freed() is None


def logged() -> Any:
    with braintrust.start_span(name="outer", input="q") as span:
        span.log(output="a", metadata={"k": 1})
        with braintrust.start_span(name="inner"):
            braintrust.current_span().log(input=1)
    return span


def failed() -> Any:
    with suppress(ValueError), braintrust.start_span(name="outer") as span:
        raise ValueError("v")
    return span


def flushed_open() -> Any:
    span = braintrust.start_span(name="outer")
    span.log(input=1)
    span.flush()
    span.end()
    span.log(output="late")
    return span


@pytest.mark.usefixtures("no_collector", "pipeline")
@pytest.mark.parametrize("log", [logged, failed, flushed_open])
def test_a_span_of_our_api_is_freed_at_once(log: Callable[[], Any]) -> None:
    """A span of ours is in no cycle, and nothing of ours holds it once its row is made."""
    braintrust.init_logger(project="demo")
    span = log()
    freed = weakref.ref(span.otel_span)

    del span

    assert freed() is None
    assert root.open_spans == {}


def lean() -> Any:
    return LeanTracerProvider(shutdown_on_exit=False)


def sdk() -> Any:
    return TracerProvider(shutdown_on_exit=False)


def opaque() -> Any:
    return OpaqueProvider(deque(maxlen=10))


@pytest.mark.parametrize(
    ("make", "version", "many"),
    [
        pytest.param(lean, "1.45", 50_000, id="ours"),
        pytest.param(sdk, "1.45", 10_000, id="sdk"),
        pytest.param(sdk, "99.0", 10_000, id="untested sdk"),
        pytest.param(opaque, "1.45", 10_000, id="not the sdk's"),
    ],
)
def test_memory_stays_flat(
    make: Callable[[], Any], version: str, many: int, pipeline: Discarding
) -> None:
    """Many thousands of spans take no more memory than two thousand."""
    provider = make()
    root.tracing = maker_for(provider, version)
    braintrust.init_logger(project="demo", tracer_provider=provider)
    root.records_beside = type(root.records_beside)(100)

    log_spans(WARM_UP)
    before = blocks()
    log_spans(many)
    after = blocks()

    assert after - before < SLACK
    assert pipeline.rows == WARM_UP + many


def log_spans(count: int) -> None:
    for _ in range(count // 2):
        with braintrust.start_span(name="outer", input="q"), braintrust.start_span(name="inner"):
            pass


def blocks() -> int:
    gc.collect()
    return sys.getallocatedblocks()
