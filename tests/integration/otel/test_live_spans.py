"""A span has a row as soon as it starts, and its end is merged into that."""

from __future__ import annotations

from typing import Any

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF

import braintrust_otel as braintrust
from braintrust_otel._runtime import root
from braintrust_otel.testing import CapturedRows

AI = {"gen_ai.operation.name": "chat", "gen_ai.request.model": "gpt-4o"}
HTTP = {"http.method": "GET"}


def ship(provider: TracerProvider, **options: Any) -> None:
    provider.add_span_processor(
        braintrust.BraintrustSpanProcessor("project_name:demo", live=True, **options)
    )


def names(rows: CapturedRows) -> list[str]:
    return [row["span_attributes"]["name"] for row in rows.all()]


def test_running_span_of_another_library_is_seen(
    provider: TracerProvider, tracer: trace.Tracer, rows: CapturedRows
) -> None:
    """The row of the start says who the span is, and has no end."""
    ship(provider)

    tracer.start_span("chat", attributes={**AI, "unknown": 1})

    row = rows.named("chat")
    assert row["span_attributes"] == {"name": "chat", "type": "llm"}
    assert row["metrics"].keys() == {"start"}
    assert "metadata" not in row


def test_end_merges_into_the_start(
    provider: TracerProvider, tracer: trace.Tracer, rows: CapturedRows
) -> None:
    """One row is left, and it is the one that a span without a start row has."""
    ship(provider)
    span = tracer.start_span("chat", attributes=AI)
    braintrust.flush()
    span.set_attribute("gen_ai.input.messages", '[{"role": "user", "parts": []}]')
    span.update_name("chat gpt-4o")

    span.end()

    (row,) = rows.all()
    assert row["span_attributes"] == {"name": "chat gpt-4o", "type": "llm"}
    assert row["metrics"].keys() == {"start", "end"}
    assert row["metadata"] == {"model": "gpt-4o"}
    assert root.stats().logged == 2


@pytest.mark.parametrize("options", [{}, {"filter_ai_spans": True}], ids=str)
def test_feedback_on_a_running_span_stays(
    options: dict[str, Any], provider: TracerProvider, tracer: trace.Tracer, rows: CapturedRows
) -> None:
    """The row of the end does not wipe what others wrote in between."""
    ship(provider, **options)
    span = tracer.start_span("chat", attributes=AI)
    row_id = rows.named("chat")["id"]
    braintrust.init_logger(project="demo").log_feedback(id=row_id, scores={"good": 1})
    braintrust.flush()

    span.end()

    assert rows.named("chat")["scores"] == {"good": 1}


def test_running_span_of_ours_is_seen(provider: TracerProvider, rows: CapturedRows) -> None:
    """What is logged when a span of our API starts is there while it runs."""
    ship(provider)

    span = braintrust.start_span(name="mine", input="q")

    assert root.stats().logged == 1
    assert rows.named("mine")["input"] == "q"
    assert "end" not in rows.named("mine")["metrics"]
    span.end()
    assert "end" in rows.named("mine")["metrics"]


def test_setting_switches_it_on(
    tracer: trace.Tracer,
    provider: TracerProvider,
    rows: CapturedRows,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """With ``BRAINTRUST_LIVE_SPANS`` every processor announces its spans."""
    monkeypatch.setenv("BRAINTRUST_LIVE_SPANS", "true")
    provider.add_span_processor(braintrust.BraintrustSpanProcessor("project_name:demo"))

    tracer.start_span("chat")
    braintrust.start_span(name="mine")

    assert root.stats().logged == 2
    assert names(rows) == ["chat", "mine"]


def test_off_by_default(tracer: trace.Tracer, provider: TracerProvider, rows: CapturedRows) -> None:
    """Nobody pays for rows that nobody asked for."""
    provider.add_span_processor(braintrust.BraintrustSpanProcessor("project_name:demo"))

    tracer.start_span("chat")
    braintrust.start_span(name="mine")

    assert root.stats().logged == 0


def test_filtered_span_leaves_no_row(
    provider: TracerProvider, tracer: trace.Tracer, rows: CapturedRows
) -> None:
    """A span that will not be shipped has no start row either."""
    ship(provider, filter_ai_spans=True)

    with tracer.start_as_current_span("GET /", attributes=HTTP):
        tracer.start_span("SELECT").end()

    assert names(rows) == []


def test_what_is_above_a_live_span_is_seen_bare(
    provider: TracerProvider, tracer: trace.Tracer, rows: CapturedRows
) -> None:
    """A tree that is running is connected, and bare where its spans are not about AI."""
    ship(provider, filter_ai_spans=True)

    with (
        tracer.start_as_current_span("GET /", attributes=HTTP) as top,
        tracer.start_as_current_span("inner", attributes=HTTP) as inner,
    ):
        tracer.start_span("chat", attributes=AI)
        running = rows.all()

    assert [row["span_parents"] for row in running] == [
        None,
        [trace.format_span_id(top.get_span_context().span_id)],
        [trace.format_span_id(inner.get_span_context().span_id)],
    ]
    assert "metadata" not in rows.named("GET /")
    assert "end" in rows.named("GET /")["metrics"]


def test_what_is_above_a_live_span_of_ours_is_seen(
    provider: TracerProvider, tracer: trace.Tracer, rows: CapturedRows
) -> None:
    """The request that a traced function runs in is there while it runs."""
    ship(provider, filter_ai_spans=True)

    with tracer.start_as_current_span("GET /", attributes=HTTP):
        braintrust.start_span(name="mine")
        running = names(rows)

    assert running == ["GET /", "mine"]


def test_span_about_ai_from_later_on_has_no_start_row(
    provider: TracerProvider, tracer: trace.Tracer, rows: CapturedRows
) -> None:
    """What a span is about may only turn out while it runs."""
    ship(provider, filter_ai_spans=True)
    span = tracer.start_span("request")
    running = names(rows)

    span.set_attributes(AI)
    span.end()

    assert running == []
    assert names(rows) == ["request"]


def test_announced_span_keeps_its_row(
    provider: TracerProvider, tracer: trace.Tracer, rows: CapturedRows
) -> None:
    """A span that was about AI when it started gets its end, whatever it is called then."""
    ship(provider, filter_ai_spans=True)
    span = tracer.start_span("gen_ai.chat")
    span.update_name("request")

    span.end()

    assert "end" in rows.named("request")["metrics"]


def test_hook_is_not_asked_about_running_spans(
    provider: TracerProvider, tracer: trace.Tracer, rows: CapturedRows
) -> None:
    """With a ``custom_filter`` only ended spans can be judged, so none is announced."""
    ship(provider, custom_filter=lambda span: span.name == "chat")

    tracer.start_span("chat", attributes=AI).end()
    tracer.start_span("chat", attributes=AI)

    assert root.stats().logged == 1


def test_spans_that_are_not_sampled_have_no_start_row(rows: CapturedRows) -> None:
    """Sampling is respected from the start."""
    provider = TracerProvider(sampler=ALWAYS_OFF, shutdown_on_exit=False)
    ship(provider)

    provider.get_tracer("x").start_span("chat", attributes=AI)

    assert names(rows) == []
