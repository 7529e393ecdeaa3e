"""Vendors that hand processors copies of spans, as Logfire does, and proxies of providers."""

from __future__ import annotations

from typing import Any

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan, SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

import braintrust_otel as braintrust
from braintrust_otel._model.containers import Parent, project_logs
from braintrust_otel._model.slugs import encode_slug
from braintrust_otel._otel.lean import LeanSpan
from braintrust_otel._otel.provider import LeanTracerProvider, maker_for
from braintrust_otel._runtime import root
from braintrust_otel.testing import CapturedRows

DEMO = Parent(project_logs("demo"))


class Copying(SpanProcessor):
    """Passes on a changed copy of each span."""

    def __init__(self, inner: SpanProcessor) -> None:
        self._inner = inner

    def on_start(self, span: Any, parent_context: Any = None) -> None:
        self._inner.on_start(span, parent_context)

    def on_end(self, span: ReadableSpan) -> None:
        attributes = {**(span.attributes or {}), "vendor.note": "copied"}
        self._inner.on_end(
            ReadableSpan(
                span.name,
                span.context,
                span.parent,
                span.resource,
                attributes,
                start_time=span.start_time,
                end_time=span.end_time,
                instrumentation_scope=span.instrumentation_scope,
            )
        )

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        return self._inner.force_flush(timeout_millis)


class Proxy(trace.TracerProvider):
    """A provider that passes on to the SDK's, which it shows as ``provider``."""

    def __init__(self, provider: TracerProvider) -> None:
        self.provider = provider

    def get_tracer(self, *args: Any, **kwargs: Any) -> trace.Tracer:
        raise AssertionError("nobody needs the tracer of the proxy")


def processors() -> list[SpanProcessor]:
    """Return each way in which spans reach us, behind a vendor that copies them."""
    exporter = braintrust.BraintrustSpanExporter
    return [
        Copying(braintrust.BraintrustSpanProcessor("project_name:copies")),
        Copying(SimpleSpanProcessor(exporter("project_name:copies"))),
        Copying(BatchSpanProcessor(exporter("project_name:copies"))),
    ]


def sdk() -> TracerProvider:
    return TracerProvider(shutdown_on_exit=False)


def our_own() -> TracerProvider:
    return LeanTracerProvider(shutdown_on_exit=False)


@pytest.mark.parametrize("version", ["1.45.0", "99.0"], ids=["lean", "beside"])
@pytest.mark.parametrize("way", [[0], [1], [2], [0, 2], [2, 0], [0, 1, 2]])
def test_a_copy_of_our_span_is_our_span(way: list[int], version: str, rows: CapturedRows) -> None:
    """However often copies of our span arrive, its row is written once and holds its payload."""
    provider = sdk()
    root.tracing = maker_for(provider, version)
    braintrust.init_logger(project="demo", tracer_provider=provider)
    made = processors()
    [provider.add_span_processor(made[number]) for number in way]

    with braintrust.start_span(name="ours", input="payload") as span:
        pass
    provider.force_flush()

    row = rows.one()
    assert (row["input"], row["span_id"]) == ("payload", span.span_id)
    assert row.get("metadata") is None


@pytest.mark.parametrize("make", [sdk, our_own])
@pytest.mark.parametrize("way", [0, 1, 2])
def test_what_is_logged_on_a_copied_span_is_kept(way: int, make: Any, rows: CapturedRows) -> None:
    """What our API logged on another library's span is on its row, though we only see a copy."""
    provider = make()
    provider.add_span_processor(processors()[way])
    braintrust.init_logger(project="demo", tracer_provider=rows.provider)

    with provider.get_tracer("x").start_as_current_span("theirs"):
        braintrust.current_span().log(input="payload")
    provider.force_flush()

    assert rows.one()["input"] == "payload"


def test_our_span_ended_by_others_is_shipped_by_its_end(rows: CapturedRows) -> None:
    """A span of ours that others ended, where we only see copies, arrives with its own end."""
    provider = sdk()
    provider.add_span_processor(Copying(BatchSpanProcessor(braintrust.BraintrustSpanExporter())))
    root.tracing = maker_for(provider)
    span = braintrust.start_span(name="ours", parent=encode_slug(DEMO), input="payload")
    with trace.use_span(span.otel_span):
        trace.get_current_span().end(5_000_000_000)

    ended = span.end()

    row = rows.one()
    assert (row["input"], row["metrics"]["end"], ended) == ("payload", 5.0, 5.0)
    assert root.open_spans == {}


def test_a_vendors_own_processor_stays(rows: CapturedRows) -> None:
    """Joining a provider that replaces its processor when one is added leaves both in place."""

    class Replacing(TracerProvider):
        def add_span_processor(self, span_processor: SpanProcessor) -> None:
            raise AssertionError("this would take the vendor's own processor off")

    exporter = InMemorySpanExporter()
    provider = Replacing(shutdown_on_exit=False)
    TracerProvider.add_span_processor(provider, SimpleSpanProcessor(exporter))

    braintrust.init_logger(project="demo", tracer_provider=provider)
    provider.get_tracer("x").start_span("theirs", attributes={"gen_ai.system": "x"}).end()

    assert len(exporter.get_finished_spans()) == 1
    assert rows.one()["span_attributes"]["name"] == "theirs"


def test_a_proxy_of_the_sdks_provider_is_seen_through(rows: CapturedRows) -> None:
    """Over a provider that wraps the SDK's our spans are lean, and others' spans arrive too."""
    provider = sdk()

    braintrust.init_logger(project="demo", tracer_provider=Proxy(provider))
    with braintrust.start_span(name="ours"):
        is_lean = isinstance(trace.get_current_span(), LeanSpan)
        provider.get_tracer("x").start_span("theirs", attributes={"gen_ai.system": "x"}).end()

    assert is_lean
    assert [row["span_attributes"]["name"] for row in rows.all("demo")] == ["ours", "theirs"]
