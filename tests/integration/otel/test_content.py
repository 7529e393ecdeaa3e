"""What is logged also travels on the spans, where the user asks for it: equal rows either way."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from opentelemetry.sdk.trace import ReadableSpan, SpanLimits, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

import braintrust_otel as braintrust
from braintrust_otel._otel.provider import LeanTracerProvider
from braintrust_otel.instrument import Calls
from braintrust_otel.testing import CapturedRows, capture_rows
from support.otlp_rows import comparable, rows_over_otlp

PROJECT = "p"
VARIABLE = "BRAINTRUST_OTEL_CONTENT"


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ask for content on the spans."""
    monkeypatch.setenv(VARIABLE, "true")


@pytest.fixture
def rows(shown: None) -> Iterator[CapturedRows]:
    with capture_rows() as captured:
        yield captured


def exported(provider: TracerProvider) -> InMemorySpanExporter:
    exporter = InMemorySpanExporter()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    return exporter


def spans_by_start(exporter: InMemorySpanExporter) -> list[ReadableSpan]:
    return sorted(exporter.get_finished_spans(), key=lambda span: span.start_time or 0)


def log_everything() -> None:
    """Log each field on a span of its own logger."""
    logger = braintrust.init_logger(project=PROJECT)
    with logger.start_span(name="all", type="task", input={"q": ["ä", 1, None, 2.5]}) as span:
        span.log(
            output="42",
            expected=[1, 2],
            metadata={"user": "u", "deep": {"a": 1}, "none": None},
            metrics={"tokens": 3, "cost": 0.25},
            scores={"good": 0.5, "none": None},
            tags=["a", "b"],
        )
        span.log(metadata={"deep": {"b": [True]}}, tags=["b", "c"], output={"x": float("nan")})
        span.set_attributes(name="renamed", span_attributes={"purpose": "scorer"})


def log_nothing() -> None:
    """End a span on which nothing was logged."""
    braintrust.init_logger(project=PROJECT).start_span(name="bare").end()


def fail() -> None:
    """Log on a span, and raise through it."""
    with braintrust.init_logger(project=PROJECT).start_span(name="failing") as span:
        span.log(input="Atlantis")
        raise ValueError("no such city")


def log_error() -> None:
    """Let an exception pass through a span."""
    with pytest.raises(ValueError, match="no such city"):
        fail()


def log_tree() -> None:
    """Nest spans of ours; the inner ones inherit from the outer one."""
    logger = braintrust.init_logger(project=PROJECT)
    with logger.start_span(name="outer", propagated_event={"metadata": {"tenant": 7}}) as outer:
        outer.log(input="in")
        with braintrust.start_span(name="inner", type="llm") as inner:
            inner.log(output=[{"role": "assistant", "content": "hi"}], metrics={"tokens": 5})


def trace_model_call() -> None:
    """Capture a model call as instrumentors do, which show model and tokens to other vendors."""
    braintrust.init_logger(project=PROJECT)
    request = {"input": [{"role": "user", "content": "hi"}], "metadata": {"model": "m", "top_p": 1}}
    answer = {"output": [{"role": "assistant"}], "metrics": {"prompt_tokens": 3, "tokens": 5}}
    call = Calls("braintrust-client").start("client.create", read=lambda: request)
    assert call is not None
    call.first_token()
    call.finish(lambda: answer)


def fail_model_call() -> None:
    """Capture a model call that fails."""
    braintrust.init_logger(project=PROJECT)
    call = Calls("braintrust-client").start("client.create", read=lambda: {"input": "hi"})
    assert call is not None
    call.fail(ValueError("no such model"))


def log_awkward_texts() -> None:
    """Log texts that look like JSON, numbers that JSON has not, and what is no object."""
    with braintrust.init_logger(project=PROJECT).start_span(name="awkward") as span:
        span.log(input='{"a": 1}', output="null", expected="[1", metadata={"json": '{"b": 2}'})
        span.log(metadata={"big": 2**70, "inf": float("inf"), "nested.key": {"c": "d"}})


SCRIPTS = [
    log_everything,
    log_nothing,
    log_error,
    log_tree,
    trace_model_call,
    fail_model_call,
    log_awkward_texts,
]


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.__name__)
def test_both_ways_mean_equal_rows(rows: CapturedRows, script: Callable[[], None]) -> None:
    """The spans, encoded for OTLP and received elsewhere, are the rows that were shipped."""
    exporter = exported(rows.provider)

    script()

    over_otlp = rows_over_otlp(spans_by_start(exporter), PROJECT)
    assert comparable(over_otlp) == comparable(rows.all())


def test_span_of_another_library_that_was_logged_to_travels_too(rows: CapturedRows) -> None:
    """What ``current_span().log()`` adds to a foreign span is on it when it ends."""
    exporter = exported(rows.provider)
    logger = braintrust.init_logger(project=PROJECT)
    with (
        logger.start_span(name="ours"),
        rows.provider.get_tracer("lib", "1.0").start_as_current_span("theirs") as theirs,
    ):
        theirs.set_attribute("hits", 3)
        braintrust.current_span().log(output="found", metadata={"k": "v"})

    over_otlp = rows_over_otlp(spans_by_start(exporter), PROJECT)

    assert comparable(over_otlp) == comparable(rows.all())


def test_span_of_a_plain_sdk_provider_carries_content(rows: CapturedRows) -> None:
    """A foreign span that is no lean one carries what was logged on it, as it was logged."""
    provider = TracerProvider()
    exporter = exported(provider)
    braintrust.init_logger(project=PROJECT)

    with provider.get_tracer("lib").start_as_current_span("theirs"):
        braintrust.current_span().log(output="found")
        braintrust.current_span().log(metadata={"k": "v"})

    (span,) = exporter.get_finished_spans()
    attributes = dict(span.attributes or {})
    assert attributes["braintrust.output_json"] == '"found"'
    assert attributes["braintrust.metadata"] == '{"k":"v"}'


def test_nothing_is_shown_unless_it_is_asked_for() -> None:
    """By default other exporters see where a span goes, and none of what was logged."""
    with capture_rows() as captured:
        exporter = exported(captured.provider)
        log_everything()

    (span,) = exporter.get_finished_spans()
    assert list(span.attributes or ()) == ["braintrust.parent"]


def test_nothing_is_shown_while_a_masking_function_is_set(rows: CapturedRows) -> None:
    """A masking function sees rows; what it has not seen does not leave."""
    exporter = exported(rows.provider)
    braintrust.set_masking_function(lambda value: "masked")
    try:
        log_everything()
    finally:
        braintrust.set_masking_function(None)

    (span,) = exporter.get_finished_spans()
    assert list(span.attributes or ()) == ["braintrust.parent"]


@pytest.mark.parametrize(
    "limits",
    [SpanLimits(max_attribute_length=5), SpanLimits(max_span_attributes=1)],
    ids=["length", "count"],
)
def test_limits_cut_nothing_of_the_content(shown: None, limits: SpanLimits) -> None:
    """Limits on attributes neither cut what was logged nor let it push others out."""
    with capture_rows():
        provider = LeanTracerProvider(span_limits=limits)
        exporter = exported(provider)
        logger = braintrust.init_logger(project=PROJECT, tracer_provider=provider)
        with logger.start_span(name="long", input="x" * 100, output="y" * 100):
            pass

    (span,) = exporter.get_finished_spans()
    attributes = dict(span.attributes or {})
    assert attributes["braintrust.input_json"] == f'"{"x" * 100}"'
    assert attributes["braintrust.output_json"] == f'"{"y" * 100}"'


def test_what_comes_too_late_is_said_once(
    rows: CapturedRows, caplog: pytest.LogCaptureFixture
) -> None:
    """A span that has ended can show no more; its row takes it as ever."""
    span = braintrust.init_logger(project=PROJECT).start_span(name="early")
    span.end()

    span.log(output="late")
    span.log(metadata={"later": True})

    assert caplog.text.count("after its end") == 1
    assert rows.one()["output"] == "late"
