"""Many tasks and threads at once: each span goes under its own parent."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from opentelemetry.context import attach, get_current

import braintrust_otel as braintrust
from braintrust_otel._diagnostics import Notices
from braintrust_otel._otel.propagation import detach_quietly
from braintrust_otel._otel.provider import LeanTracerProvider
from braintrust_otel._runtime.environment import Environment
from braintrust_otel._runtime.gate import ForkGate
from braintrust_otel._runtime.pipeline import open_pipeline
from braintrust_otel._runtime.places import Place
from braintrust_otel._runtime.root import Pinned, root
from braintrust_otel._settings import load_settings

TASKS, DEPTH = 1_000, 20
THREADS, SPANS = 8, 1_000

Wrong = list[tuple[Any, Any]]


@pytest.fixture(autouse=True)
def _logger() -> Iterator[None]:
    """Log to nowhere: only what spans say of themselves is looked at."""
    quiet = {"BRAINTRUST_SYNC_FLUSH": "1", "BRAINTRUST_QUEUE_SIZE": "0"}
    settings = load_settings({**quiet, "BRAINTRUST_EXIT_TIMEOUT": "0"}, {})
    environment = Environment(settings, Notices(lambda _: None), ForkGate())
    pipeline = open_pipeline(Place("http://127.0.0.1:9", "key"), environment)
    token = attach(get_current())
    with root.set_aside(Pinned(pipeline, LeanTracerProvider(shutdown_on_exit=False))):
        braintrust.init_logger(project="many")
        yield
    detach_quietly(token)


def place_of(span: Any) -> tuple[Any, Any]:
    return span.root_span_id, span.span_parents


async def nest(depth: int, parent: Any, wrong: Wrong) -> None:
    """Open a span under *parent*, and others inside it, other tasks running in between."""
    with braintrust.start_span() as opened:
        span: Any = opened
        expected = (span.root_span_id, None)
        if parent is not None:
            expected = (parent.root_span_id, [parent.span_id])
        if place_of(span) != expected:
            wrong.append((place_of(span), expected))
        await asyncio.sleep(0)
        if depth > 1:
            await nest(depth - 1, span, wrong)
        if braintrust.current_span() is not span:
            wrong.append((braintrust.current_span(), span))


async def test_many_tasks(request: pytest.FixtureRequest) -> None:
    """A thousand tasks, each with twenty spans inside each other."""
    wrong: Wrong = []

    await asyncio.gather(*[nest(DEPTH, None, wrong) for _ in range(TASKS)])

    assert wrong == []


def test_many_threads() -> None:
    """Eight threads, each with a thousand spans under one of its own."""
    wrong: Wrong = []
    together = threading.Barrier(THREADS)

    @braintrust.traced
    def step() -> Any:
        return braintrust.current_span()

    def work() -> None:
        together.wait()
        with braintrust.start_span(name="thread") as opened:
            thread_span: Any = opened
            expected = (thread_span.root_span_id, [thread_span.span_id])
            places = [place_of(step()) for _ in range(SPANS)]
        wrong.extend((place, expected) for place in places if place != expected)

    threads = [threading.Thread(target=work) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert wrong == []
