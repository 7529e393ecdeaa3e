"""Our spans over providers whose spans cannot carry, or cannot show, what rows need."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF
from opentelemetry.trace import NoOpTracerProvider

import braintrust_otel as braintrust
from braintrust_otel._otel.lean import LeanSpan
from braintrust_otel._otel.provider import LeanTracerProvider, maker_for
from braintrust_otel._runtime import root
from braintrust_otel.testing import CapturedRows, capture_rows
from support.otel_api import OpaqueProvider

UNTESTED = "99.0.0"
LATER = 50_000  # ms
VARYING = frozenset({"context", "created", "project_id", "root_span_id", "span_id", "span_parents"})


def sdk() -> TracerProvider:
    return TracerProvider(shutdown_on_exit=False)


def sdk_that_drops() -> TracerProvider:
    return TracerProvider(shutdown_on_exit=False, sampler=ALWAYS_OFF)


def program(provider: Any) -> None:
    """Log a small trace in every way there is."""
    braintrust.init_logger(project="demo", tracer_provider=provider)
    with braintrust.start_span(name="outer", input="question", start_time=100.0) as outer:
        outer.log(metadata={"a": {"x": 1}})
        inner = braintrust.start_span(name="inner", type="tool", output=[1, 2])
        with pytest.raises(KeyError), inner:
            raise KeyError("lost")
        outer.log(metadata={"a": {"y": 2}}, output="answer", scores={"good": 1})
        outer.set_attributes(name="renamed")
        outer.end(102.0)
    outer.log(tags=["late"])


def shape(rows: CapturedRows) -> list[dict[str, Any]]:
    """Return the rows without what differs from run to run, ids replaced by names."""
    found = rows.all()
    names = {row["span_id"]: row["span_attributes"]["name"] for row in found}
    return [
        {
            **{key: value for key, value in row.items() if key not in VARYING and key[0] != "_"},
            "id": row["id"] == row["root_span_id"] + row["span_id"],
            "span": names[row["span_id"]],
            "parents": [names[parent] for parent in row["span_parents"] or ()],
            "error": row.get("error", "").splitlines()[-1:],
            "times": {key: value for key, value in row["metrics"].items() if value < 1e9},
            "metrics": list(row["metrics"]),
            "origin": row["context"].pop("span_origin")["instrumentation"],
        }
        for row in found
    ]


@pytest.fixture
def use_untested_sdk() -> Callable[[Any], Any]:
    """Return what lets our spans run through a provider as if its SDK was not a tested one."""

    def use(provider: Any) -> Any:
        root.tracing = maker_for(provider, UNTESTED)
        return provider

    return use


@pytest.mark.parametrize("make", [OpaqueProvider, sdk, sdk_that_drops])
def test_rows_are_complete_over_any_provider(
    make: Callable[[], Any], use_untested_sdk: Callable[[Any], Any], rows: CapturedRows
) -> None:
    """Rows of spans that are not lean are those of lean spans."""
    program(rows.provider)
    expected = shape(rows)

    with capture_rows() as again:
        program(use_untested_sdk(make()))
        actual = shape(again)

    assert actual == expected
    assert [row["span"] for row in actual] == ["renamed", "inner"]


def test_an_untested_sdk_makes_its_own_spans(
    use_untested_sdk: Callable[[Any], Any], rows: CapturedRows
) -> None:
    """Over an SDK that was not tested no span of ours is lean, and none is looked into."""
    exporter = InMemorySpanExporter()
    provider = use_untested_sdk(sdk())
    provider.add_span_processor(SimpleSpanProcessor(exporter))

    program(provider)

    spans = exporter.get_finished_spans()
    assert [span.name for span in spans] == ["inner", "renamed"]
    assert not any(isinstance(span, LeanSpan) for span in spans)
    assert {dict(span.attributes or {})["braintrust.parent"] for span in spans} == {
        "project_name:demo"
    }


def test_our_provider_on_an_untested_sdk_is_the_sdks() -> None:
    """The provider that we make makes the SDK's own spans where the SDK was not tested."""

    class Provider(LeanTracerProvider):
        sdk_version = UNTESTED

    tracer = Provider(shutdown_on_exit=False).get_tracer("scope")

    assert not isinstance(tracer.start_span("x"), LeanSpan)


@pytest.mark.parametrize("wrap", [SimpleSpanProcessor, BatchSpanProcessor])
def test_what_was_shipped_is_not_shipped_again(
    wrap: Callable[[Any], Any], use_untested_sdk: Callable[[Any], Any], rows: CapturedRows
) -> None:
    """A second processor and an exporter leave alone a span whose payload is kept beside it."""
    provider = use_untested_sdk(sdk())
    provider.add_span_processor(braintrust.BraintrustSpanProcessor(parent="project_name:a"))
    provider.add_span_processor(braintrust.BraintrustSpanProcessor(parent="project_name:b"))
    provider.add_span_processor(wrap(braintrust.BraintrustSpanExporter("project_name:c")))

    program(provider)
    provider.force_flush(LATER)

    assert len(rows.all()) == 2
    assert len(rows.all("demo")) == 2
    assert rows.named("renamed")["metadata"] == {"a": {"x": 1, "y": 2}}


def test_the_other_vendor_is_told_everything_but_payload(rows: CapturedRows) -> None:
    """A provider that is not the SDK's hears of names, routing, status and ends."""
    provider = OpaqueProvider()

    program(provider)

    started, error = ("start", "outer", {"braintrust.parent": "project_name:demo"}), "KeyError"
    assert provider.told[0] == started
    assert [told[0] for told in provider.told] == ["start", "start", "status", "end", "name", "end"]
    assert error in provider.told[2][2]
    assert provider.told[-1] == ("end", 102_000_000_000)
    assert "question" not in repr(provider.told)


def test_an_opaque_current_span_can_be_logged_to(rows: CapturedRows) -> None:
    """What is logged on another vendor's unreadable span becomes a row with its ids."""
    provider = OpaqueProvider()
    braintrust.init_logger(project="demo", tracer_provider=provider)
    with provider.get_tracer("x").start_as_current_span("theirs") as span:
        braintrust.current_span().log(input="q")
        braintrust.current_span().log(output="a")
        with braintrust.start_span(name="child"):
            pass

    row, child = rows.all() if rows.all()[0].get("input") else rows.all()[::-1]
    assert row["span_id"] == trace.format_span_id(span.get_span_context().span_id)
    assert (row["input"], row["output"]) == ("q", "a")
    assert child["span_parents"] == [row["span_id"]]
    assert child["root_span_id"] == row["root_span_id"]


def test_an_adopted_opaque_span_can_be_ended(rows: CapturedRows) -> None:
    """Ending another vendor's unreadable span through ours tells its row the end, once."""
    provider = OpaqueProvider()
    braintrust.init_logger(project="demo", tracer_provider=provider)
    with trace.use_span(provider.get_tracer("x").start_span("theirs")):
        span = braintrust.current_span()
    span.log(input="q")

    ended = [span.end(5.0), span.end(6.0)]

    assert ended == [5.0, 5.0]
    assert rows.one()["metrics"] == {"end": 5.0}
    assert [told for told in provider.told if told[0] == "end"] == [("end", 5_000_000_000)]


@pytest.mark.parametrize("is_nested", [False, True])
def test_a_provider_that_makes_no_spans_turns_tracing_off(
    is_nested: bool, rows: CapturedRows, caplog: pytest.LogCaptureFixture
) -> None:
    """Without spans, as with OTEL_SDK_DISABLED, calls do nothing, and that is said once."""
    caplog.set_level(logging.WARNING)
    logger = braintrust.init_logger(project="demo", tracer_provider=NoOpTracerProvider())
    above = sdk().get_tracer("x").start_span("above") if is_nested else trace.INVALID_SPAN

    with trace.use_span(above), braintrust.start_span(name="x") as span:
        span.log(input=1)
        logger.log(input=2)

    assert span is braintrust.NOOP_SPAN
    assert rows.all() == []
