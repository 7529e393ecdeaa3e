"""Whole traces are kept or dropped once it is known what is in them."""

from __future__ import annotations

from typing import Any

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.trace import NonRecordingSpan, SpanContext, TraceFlags, set_span_in_context

import braintrust_otel as braintrust
from braintrust_otel._runtime import root
from braintrust_otel.otel import TailSampling, set_tail_sampling
from braintrust_otel.testing import CapturedRows
from support.log_records import QUESTION, Events


@pytest.fixture(autouse=True)
def _demo(rows: CapturedRows) -> None:
    """Log to a project; the rows are caught in a root of their own."""
    braintrust.init_logger(project="demo")


def sample(**rules: Any) -> None:
    set_tail_sampling(TailSampling(**rules))


def names(rows: CapturedRows) -> list[str]:
    return sorted(row["span_attributes"]["name"] for row in rows.all())


def log_trace(name: str, **event: Any) -> str:
    """Log a trace of two spans, and return the slug of the inner one."""
    with braintrust.start_span(name=name), braintrust.start_span(name=f"{name} inner") as inner:
        inner.log(**event)
    return inner.export()


@pytest.mark.parametrize(
    ("rules", "event"),
    [
        ({}, {"error": "broken"}),
        ({"costlier_than": 0.1}, {"metrics": {"estimated_cost": 0.2}}),
        ({"scores_below": 0.5}, {"scores": {"good": 0.4}}),
        ({"base_rate": 1.0}, {"output": "fine"}),
        ({"slower_than": 0.0}, {"output": "fine"}),
    ],
    ids=["error", "cost", "score", "base", "slow"],
)
def test_trace_is_kept_whole(
    rules: dict[str, Any], event: dict[str, Any], rows: CapturedRows
) -> None:
    """One span that matters keeps all spans of its trace."""
    sample(**rules)

    log_trace("kept", **event)

    assert names(rows) == ["kept", "kept inner"]
    assert root.stats().sampling.kept == 1


@pytest.mark.parametrize(
    ("rules", "event"),
    [
        ({}, {"output": "fine"}),
        ({"errors": False}, {"error": "broken"}),
        ({"costlier_than": 0.1}, {"metrics": {"estimated_cost": 0.1}}),
        ({"scores_below": 0.5}, {"scores": {"good": 0.5}}),
        ({"slower_than": 60.0}, {"output": "fine"}),
    ],
    ids=["nothing", "errors off", "cheap", "good", "fast"],
)
def test_trace_is_dropped_whole(
    rules: dict[str, Any], event: dict[str, Any], rows: CapturedRows
) -> None:
    """A trace that no rule wants leaves nothing but its count."""
    sample(**rules)

    log_trace("dropped", **event)

    assert names(rows) == []
    assert root.stats().sampling.dropped == 1
    assert root.stats().sampling.dropped_rows == 2


def test_foreign_spans_are_sampled(provider: TracerProvider, rows: CapturedRows) -> None:
    """A trace of other libraries' spans is judged when its root ends."""
    provider.add_span_processor(braintrust.BraintrustSpanProcessor("project_name:demo"))
    sample()
    tracer = provider.get_tracer("x")

    with tracer.start_as_current_span("fine"):
        tracer.start_span("fine inner").end()
    with tracer.start_as_current_span("broken"):
        tracer.start_span("broken inner").set_status(trace.StatusCode.ERROR)

    assert names(rows) == []
    assert root.stats().sampling.dropped == 2


def test_error_of_a_foreign_span_keeps_its_trace(
    provider: TracerProvider, rows: CapturedRows
) -> None:
    """An error inside is an error of the trace."""
    provider.add_span_processor(braintrust.BraintrustSpanProcessor("project_name:demo"))
    sample()
    tracer = provider.get_tracer("x")

    with tracer.start_as_current_span("broken"):
        inner = tracer.start_span("inner")
        inner.set_status(trace.StatusCode.ERROR)
        inner.end()

    assert names(rows) == ["broken", "inner"]


def test_exporter_samples_too(rows: CapturedRows) -> None:
    """What an exporter is given is held back until the root is exported."""
    provider = TracerProvider(shutdown_on_exit=False)
    exporter = braintrust.BraintrustSpanExporter("project_name:demo")
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    sample()
    tracer = provider.get_tracer("x")

    with tracer.start_as_current_span("fine"):
        tracer.start_span("inner").end()

    assert names(rows) == []


def test_filtered_trees_are_sampled(provider: TracerProvider, rows: CapturedRows) -> None:
    """The bare root of a filtered tree is its end."""
    provider.add_span_processor(
        braintrust.BraintrustSpanProcessor("project_name:demo", filter_ai_spans=True)
    )
    sample()
    tracer = provider.get_tracer("x")

    with tracer.start_as_current_span("GET /"):
        tracer.start_span("chat", attributes={"gen_ai.operation.name": "chat"}).end()

    assert root.stats().sampling.held == 0
    assert names(rows) == []
    assert root.stats().sampling.dropped == 1


def test_late_spans_and_feedback_follow_a_drop(rows: CapturedRows) -> None:
    """What comes for a dropped trace is dropped and counted."""
    sample()
    inner = log_trace("dropped")
    root.flush()

    braintrust.update_span(inner, output="late")
    braintrust.start_span(name="late", parent=inner).end()

    assert names(rows) == []
    assert root.stats().sampling.dropped_rows == 4


def test_late_feedback_reaches_a_kept_trace(rows: CapturedRows) -> None:
    """What comes for a kept trace is shipped."""
    sample(base_rate=1.0)
    inner = log_trace("kept")
    root.flush()

    braintrust.update_span(inner, output="late")

    assert rows.named("kept inner")["output"] == "late"


def test_feedback_within_the_trace_counts(rows: CapturedRows) -> None:
    """A bad score that a user gives before the trace is over keeps it."""
    sample(scores_below=0.5)

    with braintrust.start_span(name="root"):
        inner = braintrust.start_span(name="inner")
        inner.end()
        inner.log_feedback(scores={"thumbs": 0})

    assert rows.named("inner")["scores"] == {"thumbs": 0}


def test_feedback_on_chosen_ids_follows(rows: CapturedRows) -> None:
    """Rows whose ids the program chose are known as well."""
    sample()
    logger = braintrust.current_logger()
    logger.log(id="mine", output="fine")
    root.flush()

    logger.log_feedback(id="mine", scores={"good": 1})

    assert rows.all() == []
    assert root.stats().sampling.dropped_rows == 2


def test_feedback_on_unknown_rows_passes(rows: CapturedRows) -> None:
    """What is said of traces of long ago, or of other processes, is shipped."""
    sample()

    braintrust.current_logger().log_feedback(id="a" * 48, scores={"good": 1})
    root.flush()

    assert root.stats().sent == 1


def test_flush_decides_nothing(rows: CapturedRows) -> None:
    """A trace that is open when something flushes is still judged by all that is in it."""
    sample()

    with braintrust.start_span(name="root") as span:
        span.log(input="q")
        assert names(rows) == []
        span.log(error="broken")

    assert rows.named("root")["input"] == "q"
    assert rows.named("root")["error"] == "broken"


def test_end_decides_what_is_open(rows: CapturedRows) -> None:
    """When the program ends open traces are judged by what is known of them."""
    sample()
    braintrust.start_span(name="broken", error="x")
    braintrust.start_span(name="fine")

    root.shutdown()

    assert root.stats().sampling.kept == 1
    assert root.stats().sampling.dropped == 1


def test_parts_of_distributed_traces_are_judged_each(
    provider: TracerProvider, rows: CapturedRows
) -> None:
    """A trace with its root elsewhere ends here with each part, and each may matter."""
    provider.add_span_processor(braintrust.BraintrustSpanProcessor("project_name:demo"))
    sample()
    elsewhere = SpanContext(2**100, 7, is_remote=True, trace_flags=TraceFlags(1))
    context = set_span_in_context(NonRecordingSpan(elsewhere))
    tracer = provider.get_tracer("x")

    tracer.start_span("fine", context).end()
    root.flush()
    broken = tracer.start_span("broken", context)
    broken.set_status(trace.StatusCode.ERROR)
    broken.end()

    assert names(rows) == ["broken"]


def test_span_judged_early_is_whole_when_it_is_kept_later(rows: CapturedRows) -> None:
    """What was dropped of an open span is not missing from the row that is kept."""
    sample(max_traces=1)
    span = braintrust.start_span(name="root", input="q")
    braintrust.start_span(name="other")
    assert rows.all() == []
    assert root.stats().sampling.dropped == 1

    span.log(error="broken")
    span.end()

    assert rows.named("root")["input"] == "q"
    assert rows.named("root")["span_attributes"]["name"] == "root"


def test_log_events_follow_their_span(provider: TracerProvider, rows: CapturedRows) -> None:
    """Late content of a dropped trace is dropped; it does not come as a row of its own."""
    provider.add_span_processor(braintrust.BraintrustSpanProcessor("project_name:demo"))
    events = Events()
    sample()
    span = provider.get_tracer("x").start_span("chat")
    span.end()
    root.flush()

    events.emit(span, *QUESTION)

    assert names(rows) == []


def test_off_ships_everything(rows: CapturedRows) -> None:
    """Without rules nothing is held back, nor counted."""
    sample()
    set_tail_sampling(None)

    log_trace("kept")

    assert names(rows) == ["kept", "kept inner"]


def test_experiments_are_never_sampled(provider: TracerProvider) -> None:
    """The rows of an experiment are its result: none may be missing."""
    provider.add_span_processor(braintrust.BraintrustSpanProcessor("project_name:demo"))
    sample()

    attributes = {"braintrust.parent": "experiment_id:e1"}
    provider.get_tracer("x").start_span("case", attributes=attributes).end()

    assert root.stats().sampling.dropped == 0
    assert root.stats().logged == 1


def test_settings_switch_it_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """``BRAINTRUST_TAIL_SAMPLING_RATE`` is all it takes."""
    monkeypatch.setenv("BRAINTRUST_TAIL_SAMPLING_RATE", "0")
    monkeypatch.setenv("BRAINTRUST_LOCAL", "never")
    monkeypatch.setenv("BRAINTRUST_API_KEY", "none")
    with root.set_aside():
        braintrust.init_logger(project="demo", app_url="http://127.0.0.1:9")

        log_trace("dropped")
        root.flush(5)

        assert root.stats().sampling.dropped == 1
