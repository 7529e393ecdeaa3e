"""A provider that is created after the logger: its spans and ours, each with processors of its own.

The logger has set a provider by then, and OpenTelemetry lets nobody replace that.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from opentelemetry.sdk.trace import SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from typing_extensions import override

import braintrust_otel as braintrust
from braintrust_otel.testing import CapturedRows

AI = {"gen_ai.operation.name": "chat"}
LATER = 50_000  # ms
WHOLE = {
    "GET /": None,
    "ours": "GET /",
    "work": "ours",
    "chat": "work",
    "inner": "work",
    "SELECT": "inner",
}


class OtlpToBraintrust(InMemorySpanExporter):
    """Stands in for an OTLP exporter, of which only the address tells where it sends to."""

    _endpoint = "https://api.braintrust.dev/otel/v1/traces"


class Wrapper(SpanProcessor):
    """Hands on to another processor, as vendors' own processors do."""

    def __init__(self, wrapped: SpanProcessor) -> None:
        self.wrapped = wrapped

    @override
    def on_start(self, span: Any, parent_context: Any = None) -> None:
        self.wrapped.on_start(span, parent_context)

    @override
    def on_end(self, span: Any) -> None:
        self.wrapped.on_end(span)


def elsewhere() -> SpanProcessor:
    return SimpleSpanProcessor(InMemorySpanExporter())


def everything() -> SpanProcessor:
    return braintrust.BraintrustSpanProcessor()


def wrapped() -> SpanProcessor:
    return Wrapper(Wrapper(everything()))


def exported() -> SpanProcessor:
    return BatchSpanProcessor(braintrust.BraintrustSpanExporter("project_name:demo"))


def filtered() -> SpanProcessor:
    return braintrust.BraintrustSpanProcessor(filter_ai_spans=True)


def over_otlp() -> SpanProcessor:
    return SimpleSpanProcessor(OtlpToBraintrust())


@pytest.fixture
def later(rows: CapturedRows) -> Callable[[SpanProcessor], TracerProvider]:
    """Return what creates a provider with a processor, after the logger."""
    braintrust.init_logger(project="demo")

    def create(processor: SpanProcessor) -> TracerProvider:
        provider = TracerProvider(shutdown_on_exit=False)
        provider.add_span_processor(processor)
        return provider

    return create


def program(provider: TracerProvider) -> None:
    """Make a trace of spans of both kinds."""
    tracer = provider.get_tracer("app")
    with (
        tracer.start_as_current_span("GET /"),
        braintrust.start_span(name="ours"),
        tracer.start_as_current_span("work"),
    ):
        tracer.start_span("chat", attributes=AI).end()
        with braintrust.start_span(name="inner"):
            tracer.start_span("SELECT").end()
    provider.force_flush(LATER)


def tree(rows: CapturedRows) -> dict[str, str | None]:
    """Return the name of each row's span, and of the one above; fails if that has no row."""
    found = rows.all("demo")
    names = {row["span_id"]: row["span_attributes"]["name"] for row in found}
    assert len(names) == len(found)
    above = {row["span_id"]: (row["span_parents"] or [None])[0] for row in found}
    return {
        names[span]: None if parent is None else names[parent] for span, parent in above.items()
    }


def without(*names: str) -> dict[str, str | None]:
    return {name: above for name, above in WHOLE.items() if name not in names}


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        # Spans that go elsewhere have no rows, and ours do not stand under them.
        (elsewhere, {"ours": None, "inner": "ours"}),
        (everything, WHOLE),
        (wrapped, WHOLE),
        (exported, WHOLE),
        # What a filter leaves out comes bare where it is above a row.
        (filtered, without("SELECT")),
    ],
)
def test_spans_of_both_are_one_tree(
    make: Callable[[], SpanProcessor],
    expected: dict[str, str | None],
    later: Callable[[SpanProcessor], TracerProvider],
    rows: CapturedRows,
) -> None:
    """Every row is there once, under one that is there; the trace is the same everywhere."""
    provider = later(make())

    program(provider)

    assert tree(rows) == expected
    assert len({row["root_span_id"] for row in rows.all("demo")}) == 1


def test_spans_that_arrive_over_otlp_are_above_ours(
    later: Callable[[SpanProcessor], TracerProvider], rows: CapturedRows
) -> None:
    """Where an OTLP exporter sends a provider's spans to Braintrust, ours stand under them."""
    provider = later(over_otlp())

    with provider.get_tracer("app").start_as_current_span("GET /") as above:
        braintrust.start_span(name="ours").end()

    assert rows.one()["span_parents"] == [f"{above.get_span_context().span_id:016x}"]


def test_a_filter_for_another_account_ships_nothing_for_our_rows(
    later: Callable[[SpanProcessor], TracerProvider], rows: CapturedRows
) -> None:
    """Spans that only another account may get are not above rows of ours."""
    others = braintrust.BraintrustSpanProcessor(
        "project_name:theirs", api_key="sk-2", filter_ai_spans=True
    )
    provider = later(others)

    with provider.get_tracer("app").start_as_current_span("GET /"):
        braintrust.start_span(name="ours").end()

    assert tree(rows) == {"ours": None}


def test_a_span_above_that_is_over_is_shipped_too(
    later: Callable[[SpanProcessor], TracerProvider], rows: CapturedRows
) -> None:
    """A row of ours under a span that a filter left out, and that has ended, brings it along."""
    provider = later(filtered())
    tracer = provider.get_tracer("app")

    with tracer.start_as_current_span("GET /", end_on_exit=False) as above:
        above.end()
        braintrust.start_span(name="ours").end()

    assert tree(rows) == {"GET /": None, "ours": "GET /"}


def test_a_span_of_ours_that_is_over_has_none_below(
    later: Callable[[SpanProcessor], TracerProvider], rows: CapturedRows
) -> None:
    """Under an unshipped span a row goes to the open span of ours that is next above."""
    provider = later(elsewhere())
    tracer = provider.get_tracer("app")

    with braintrust.start_span(name="outer"), braintrust.start_span(name="middle") as middle:
        middle.end()
        with tracer.start_as_current_span("work"), tracer.start_as_current_span("deeper"):
            braintrust.start_span(name="inner").end()

    assert tree(rows) == {"outer": None, "middle": "outer", "inner": "outer"}


def test_another_trace_has_no_parent_here(
    later: Callable[[SpanProcessor], TracerProvider], rows: CapturedRows
) -> None:
    """Under an unshipped root of its own trace a row is a root, whatever of ours is open."""
    provider = later(elsewhere())

    with (
        braintrust.start_span(name="outer"),
        provider.get_tracer("app").start_as_current_span("apart", context=braintrust_free()),
    ):
        braintrust.start_span(name="inner").end()

    assert tree(rows) == {"outer": None, "inner": None}


def braintrust_free() -> Any:
    """Return a context in which nothing is current."""
    from opentelemetry.context import Context

    return Context()


def test_a_logger_joins_the_later_provider_when_told(
    later: Callable[[SpanProcessor], TracerProvider], rows: CapturedRows
) -> None:
    """A second ``init_logger`` with the provider joins it: its processors see our spans too."""
    exporter = InMemorySpanExporter()
    provider = later(SimpleSpanProcessor(exporter))
    braintrust.init_logger(project="demo", tracer_provider=provider)

    program(provider)

    assert tree(rows) == without("SELECT")
    assert {span.name for span in exporter.get_finished_spans()} == WHOLE.keys()
