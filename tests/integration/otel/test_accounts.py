"""Processors and exporters that deliver to an account: whose, when, and until when."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SimpleSpanProcessor
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF

import braintrust_otel as braintrust
from support import backend_faults as faults
from support.backend import Backend

LATER = 50_000  # ms
Wrap = Callable[[Any], SpanProcessor]


def account(backend: Backend) -> dict[str, str]:
    return {"api_key": backend.api_key, "app_url": backend.url}


def names(backend: Backend) -> list[str]:
    return sorted(row["span_attributes"]["name"] for row in backend.stored())


@pytest.fixture
def processor(backend: Backend) -> braintrust.BraintrustSpanProcessor:
    """Provide a processor that was given its account in code."""
    return braintrust.BraintrustSpanProcessor("project_name:mine", **account(backend))


@pytest.fixture
def exporter(backend: Backend) -> braintrust.BraintrustSpanExporter:
    """Provide an exporter that was given its account in code."""
    return braintrust.BraintrustSpanExporter("project_name:mine", **account(backend))


def test_the_account_of_the_processor_gets_everything(
    processor: braintrust.BraintrustSpanProcessor,
    provider: TracerProvider,
    tracer: trace.Tracer,
    backend: Backend,
) -> None:
    """Spans of others, of ours, and what is logged late go to the account given in code."""
    provider.add_span_processor(processor)

    with tracer.start_as_current_span("theirs"), braintrust.start_span(name="ours") as span:
        pass
    span.log(output="late")
    is_done = provider.force_flush(LATER)

    assert is_done
    assert names(backend) == ["ours", "theirs"]
    assert {row["project_id"] for row in backend.stored()} == {backend.stored()[0]["project_id"]}
    assert "late" in {row.get("output") for row in backend.stored()}


def test_a_flush_of_the_provider_ships_what_open_spans_hold(
    processor: braintrust.BraintrustSpanProcessor, provider: TracerProvider, backend: Backend
) -> None:
    """After a flush the backend holds what was logged on a span that is still open."""
    provider.add_span_processor(processor)
    span = braintrust.start_span(name="ours", input=1)

    provider.force_flush(LATER)
    (partial,) = backend.stored()
    span.end()
    provider.force_flush(LATER)

    (whole,) = backend.stored()
    assert (partial["input"], "end" in partial["metrics"]) == (1, False)
    assert (whole["input"], "end" in whole["metrics"]) == (1, True)


def test_a_flush_that_times_out_says_so(
    processor: braintrust.BraintrustSpanProcessor,
    provider: TracerProvider,
    tracer: trace.Tracer,
    backend: Backend,
) -> None:
    """A flush that is given no time while the backend hangs answers False, and loses nothing."""
    provider.add_span_processor(processor)
    gate = threading.Event()
    backend.fail("logs3", lambda exchange: gate.wait(5) and exchange.proceed())
    tracer.start_span("theirs").end()

    is_done = provider.force_flush(1)
    gate.set()

    assert not is_done
    assert provider.force_flush(LATER)
    assert names(backend) == ["theirs"]


def test_shutting_a_provider_down_delivers(
    processor: braintrust.BraintrustSpanProcessor,
    provider: TracerProvider,
    tracer: trace.Tracer,
    backend: Backend,
) -> None:
    """What ended before the shutdown of the provider is delivered by it."""
    provider.add_span_processor(processor)
    tracer.start_span("theirs").end()

    provider.shutdown()

    assert names(backend) == ["theirs"]


def test_a_new_provider_ships_after_the_shutdown_of_an_old_one(backend: Backend) -> None:
    """A program that replaces its provider goes on to log, also through spans of our API."""
    old, new = TracerProvider(shutdown_on_exit=False), TracerProvider(shutdown_on_exit=False)
    braintrust.init_logger(project="mine", tracer_provider=old, **account(backend))
    with braintrust.start_span(name="before"):
        old.shutdown()

    braintrust.start_span(name="between").end()
    new.add_span_processor(braintrust.BraintrustSpanProcessor(**account(backend)))
    new.get_tracer("x").start_span("after").end()
    new.force_flush(LATER)

    assert names(backend) == ["after", "before", "between"]


@pytest.mark.parametrize("wrap", [BatchSpanProcessor, SimpleSpanProcessor])
def test_an_exporter_ships_ours_and_theirs(
    wrap: Wrap,
    exporter: braintrust.BraintrustSpanExporter,
    provider: TracerProvider,
    tracer: trace.Tracer,
    backend: Backend,
) -> None:
    """In the user's own processor the exporter delivers others' spans and ours, with payload."""
    provider.add_span_processor(wrap(exporter))
    parent = braintrust.init_logger(project="mine", tracer_provider=provider, **account(backend))

    with tracer.start_as_current_span("theirs"), parent.start_span(name="ours", input="payload"):
        pass
    is_done = provider.force_flush(LATER)
    provider.shutdown()

    assert is_done
    assert names(backend) == ["ours", "theirs"]
    assert "payload" in {row.get("input") for row in backend.stored()}


@pytest.mark.parametrize("wrap", [BatchSpanProcessor, SimpleSpanProcessor])
def test_an_exporter_alone_ships_others_spans(
    wrap: Wrap,
    exporter: braintrust.BraintrustSpanExporter,
    provider: TracerProvider,
    tracer: trace.Tracer,
    backend: Backend,
) -> None:
    """An exporter needs nothing else of ours; its shutdown delivers."""
    provider.add_span_processor(wrap(exporter))

    with tracer.start_as_current_span("a"):
        tracer.start_span("b", attributes={"braintrust.parent": "project_name:else"}).end()
    provider.shutdown()

    projects = {row["span_attributes"]["name"]: row["project_id"] for row in backend.stored()}
    assert sorted(projects) == ["a", "b"]
    assert projects["a"] != projects["b"]


def test_an_exporter_keeps_what_it_could_not_deliver(
    exporter: braintrust.BraintrustSpanExporter,
    provider: TracerProvider,
    tracer: trace.Tracer,
    backend: Backend,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A failed export says so once; its spans arrive with a later one."""
    monkeypatch.setenv("BRAINTRUST_NUM_RETRIES", "0")
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    backend.fail("logs3", faults.status(503))

    tracer.start_span("first").end()
    before = names(backend)
    tracer.start_span("second").end()
    provider.force_flush(LATER)

    assert before == []
    assert names(backend) == ["first", "second"]


def test_a_batch_processor_gives_the_exporter_only_sampled_spans(
    exporter: braintrust.BraintrustSpanExporter, backend: Backend
) -> None:
    """OpenTelemetry's own processors drop what is not sampled; a logger's ours are kept."""
    provider = TracerProvider(sampler=ALWAYS_OFF, shutdown_on_exit=False)
    provider.add_span_processor(BatchSpanProcessor(exporter))
    provider.get_tracer("x").start_span("theirs").end()
    braintrust.init_logger(project="mine", tracer_provider=provider, **account(backend))
    braintrust.start_span(name="ours").end()

    provider.force_flush(LATER)
    provider.shutdown()

    assert names(backend) == ["ours"]
