"""BraintrustSpanProcessor in a program that uses OpenTelemetry already."""

from __future__ import annotations

from contextvars import copy_context
from typing import Any

import pytest
from opentelemetry import baggage, trace
from opentelemetry.context import attach
from opentelemetry.propagate import extract, inject
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import SpanLimits, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.sdk.trace.sampling import (
    ALWAYS_OFF,
    DEFAULT_OFF,
    Decision,
    Sampler,
    StaticSampler,
    TraceIdRatioBased,
)
from opentelemetry.trace import NonRecordingSpan, SpanContext, TraceFlags

import braintrust_otel as braintrust
from braintrust_otel.testing import CapturedRows

LONG = "x" * 10_000


def names(rows: CapturedRows, project: str | None = None) -> list[str]:
    return sorted(row["span_attributes"]["name"] for row in rows.all(project))


def processor(project: str) -> braintrust.BraintrustSpanProcessor:
    return braintrust.BraintrustSpanProcessor(f"project_name:{project}")


def sampled_by(sampler: Sampler) -> TracerProvider:
    return TracerProvider(sampler=sampler, shutdown_on_exit=False)


def test_a_foreign_span_becomes_a_row(
    provider: TracerProvider, tracer: trace.Tracer, rows: CapturedRows
) -> None:
    """A span of another library arrives as a row of the processor's project."""
    provider.add_span_processor(processor("mine"))

    with tracer.start_as_current_span("parent") as parent:
        tracer.start_span("child", attributes={"k": "v"}).end()

    child = rows.named("child")
    assert names(rows, "mine") == ["child", "parent"]
    assert child["metadata"] == {"k": "v"}
    assert child["span_parents"] == [trace.format_span_id(parent.get_span_context().span_id)]
    assert child["context"]["span_origin"]["instrumentation"] == {
        "name": "other.library",
        "version": "1.0",
    }


def test_our_spans_follow_the_processor_without_a_logger(
    provider: TracerProvider, rows: CapturedRows
) -> None:
    """With only a processor, spans of our API go where the processor's spans go."""
    provider.add_span_processor(processor("mine"))

    with braintrust.start_span(name="ours"):
        pass

    assert names(rows, "mine") == ["ours"]


def test_ours_and_theirs_are_one_tree(
    provider: TracerProvider, tracer: trace.Tracer, rows: CapturedRows
) -> None:
    """Spans of our API and of other libraries nest in each other, in one project."""
    braintrust.init_logger(project="demo", tracer_provider=provider)

    with (
        tracer.start_as_current_span("a"),
        braintrust.start_span(name="b"),
        tracer.start_as_current_span("c"),
        braintrust.start_span(name="d"),
    ):
        pass

    found = rows.all("demo")
    ids = [row["span_id"] for row in found]
    assert [row["span_attributes"]["name"] for row in found] == ["a", "b", "c", "d"]
    assert [row["span_parents"] for row in found] == [None, *([span_id] for span_id in ids[:-1])]
    assert len({row["root_span_id"] for row in found}) == 1


RECORD_ONLY = StaticSampler(Decision.RECORD_ONLY)


@pytest.mark.parametrize("sampler", [ALWAYS_OFF, DEFAULT_OFF, TraceIdRatioBased(0.0), RECORD_ONLY])
def test_sampling_keeps_ours_and_drops_theirs(sampler: Sampler, rows: CapturedRows) -> None:
    """Spans of our API are kept whatever the sampler says, with its flag; others' are not."""
    provider = sampled_by(sampler)
    braintrust.init_logger(project="demo", tracer_provider=provider)
    tracer = provider.get_tracer("x")

    with tracer.start_as_current_span("dropped"), braintrust.start_span(name="kept"):
        carrier: dict[str, str] = {}
        inject(carrier)
        tracer.start_span("dropped too").end()

    kept = rows.one()
    assert kept["span_attributes"]["name"] == "kept"
    assert kept["span_parents"] is None
    sent = trace.get_current_span(extract(carrier)).get_span_context()
    assert trace.format_span_id(sent.span_id) == kept["span_id"]
    assert not sent.trace_flags.sampled


def test_a_child_of_an_unsampled_span_of_ours_keeps_its_parent(rows: CapturedRows) -> None:
    """Our own spans are recorded, so their children are no roots, sampled or not."""
    braintrust.init_logger(project="demo", tracer_provider=sampled_by(ALWAYS_OFF))

    with braintrust.start_span(name="outer") as outer, braintrust.start_span(name="inner"):
        pass

    assert rows.named("inner")["span_parents"] == [outer.span_id]


def test_a_remote_parent_is_kept_whatever_its_flag(rows: CapturedRows) -> None:
    """A span under another service's unsampled span belongs to that trace."""
    braintrust.init_logger(project="demo", tracer_provider=sampled_by(DEFAULT_OFF))
    remote = SpanContext(0xABC, 0xDEF, is_remote=True, trace_flags=TraceFlags(0))

    with trace.use_span(NonRecordingSpan(remote)), braintrust.start_span(name="ours"):
        pass

    row = rows.one()
    assert (row["root_span_id"], row["span_parents"]) == (f"{0xABC:032x}", [f"{0xDEF:016x}"])


@pytest.mark.parametrize("is_ours", [True, False])
def test_resource_attributes_are_on_every_row(is_ours: bool, rows: CapturedRows) -> None:
    """What the provider's resource says is on rows of our spans and of others'."""
    provider = TracerProvider(resource=Resource({"service.name": "shop"}), shutdown_on_exit=False)
    provider.add_span_processor(processor("demo"))
    braintrust.init_logger(project="demo", tracer_provider=provider)
    start = {True: braintrust.start_span, False: provider.get_tracer("x").start_span}[is_ours]

    start(name="span").end()

    assert rows.one()["context"]["resource"]["service.name"] == "shop"


def test_span_limits_never_cut_payload(rows: CapturedRows) -> None:
    """However tight the limits of spans are, what was logged arrives whole, and goes home."""
    limits = SpanLimits(max_attributes=0, max_events=0, max_attribute_length=5)
    provider = TracerProvider(span_limits=limits, shutdown_on_exit=False)
    braintrust.init_logger(project="demo", tracer_provider=provider)

    with braintrust.start_span(name="span", input=LONG) as span:
        span.log(metadata={f"key {n}": LONG for n in range(200)})

    (row,) = rows.all("demo")
    assert row["input"] == LONG
    assert row["metadata"] == {f"key {n}": LONG for n in range(200)}


def test_several_processors_send_to_several_projects(
    provider: TracerProvider, tracer: trace.Tracer, rows: CapturedRows
) -> None:
    """Each processor sends what nothing routes to its own project; ours go to one only."""
    provider.add_span_processor(processor("first"))
    provider.add_span_processor(processor("second"))

    tracer.start_span("theirs").end()
    with braintrust.start_span(name="ours"):
        pass

    assert names(rows, "first") == ["ours", "theirs"]
    assert names(rows, "second") == ["theirs"]


@pytest.mark.parametrize("is_first", [True, False])
def test_a_processor_beside_a_logger_keeps_its_project(
    is_first: bool, provider: TracerProvider, tracer: trace.Tracer, rows: CapturedRows
) -> None:
    """A processor that names a project sends others' spans there, whatever logger is current."""
    late, early = [processor("mine")][is_first:], [processor("mine")][: int(is_first)]
    [provider.add_span_processor(one) for one in early]
    braintrust.init_logger(project="demo", tracer_provider=provider)
    [provider.add_span_processor(one) for one in late]

    tracer.start_span("theirs").end()
    with braintrust.start_span(name="ours"):
        tracer.start_span("below ours").end()

    assert "theirs" in names(rows, "mine")
    assert names(rows, "demo")[:2] == ["below ours", "ours"]


@pytest.mark.parametrize(("given", "expected"), [([], "here"), (["mine"], "mine")])
def test_the_logger_of_a_context_routes_in_it(
    given: list[str],
    expected: str,
    provider: TracerProvider,
    tracer: trace.Tracer,
    rows: CapturedRows,
) -> None:
    """Others' spans go to the logger that is current where they start, not to the latest one."""
    [provider.add_span_processor(processor(name)) for name in given]
    braintrust.init_logger(project="here", tracer_provider=provider)
    copy_context().run(braintrust.init_logger, project="elsewhere", tracer_provider=provider)

    tracer.start_span("span", attributes={"gen_ai.system": "x"}).end()

    assert names(rows, expected) == ["span"]
    assert len(rows.all()) == 1


@pytest.mark.parametrize("is_ours", [True, False])
def test_baggage_routes(is_ours: bool, provider: TracerProvider, rows: CapturedRows) -> None:
    """A parent in the baggage of a request decides where the spans below it go."""
    provider.add_span_processor(processor("mine"))
    start = {True: braintrust.start_span, False: provider.get_tracer("x").start_span}[is_ours]
    headers = {
        "traceparent": f"00-{0xABC:032x}-{0xDEF:016x}-01",
        "baggage": "a=b,braintrust.parent=project_name%3Aelse%20where",
    }

    attach(extract(headers))
    start(name="span").end()

    (row,) = rows.all("else where")
    assert (row["root_span_id"], row["span_parents"]) == (f"{0xABC:032x}", [f"{0xDEF:016x}"])


def test_an_attribute_of_the_span_itself_wins(
    provider: TracerProvider, tracer: trace.Tracer, rows: CapturedRows
) -> None:
    """A span that names its parent container at its start goes there, with what is below it."""
    provider.add_span_processor(processor("demo"))
    context = baggage.set_baggage("braintrust.parent", "project_name:baggage")

    attributes = {"braintrust.parent": "project_name:own"}
    with tracer.start_as_current_span("span", context, attributes=attributes):
        tracer.start_span("child").end()

    assert names(rows, "own") == ["child", "span"]
    assert rows.named("span").get("metadata") is None


@pytest.mark.parametrize("text", ["nonsense", "project_name:", "dataset_id:1", ""])
def test_an_attribute_that_names_nothing_is_no_route(
    text: str, provider: TracerProvider, tracer: trace.Tracer, rows: CapturedRows
) -> None:
    """A span whose parent attribute cannot be read goes where the others go."""
    provider.add_span_processor(processor("mine"))

    tracer.start_span("span", attributes={"braintrust.parent": text}).end()

    assert names(rows, "mine") == ["span"]


@pytest.mark.parametrize("text", ["nonsense", "project_name:", "slug==", ""])
def test_a_parent_that_names_nothing_is_refused(text: str) -> None:
    """A processor is not made for a place that does not exist."""
    with pytest.raises(ValueError, match="project_name:<name>"):
        braintrust.BraintrustSpanProcessor(parent=text)


def test_others_see_names_and_routes_and_no_payload(
    provider: TracerProvider, rows: CapturedRows
) -> None:
    """Other processors see name, times and container of our spans, never what was logged."""
    exporter = InMemorySpanExporter()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    braintrust.init_logger(project="demo", tracer_provider=provider)

    with braintrust.start_span(name="ours", input="secret", metadata={"k": "secret"}) as span:
        span.log(output="secret", scores={"good": 1}, error="secret")

    (seen,) = exporter.get_finished_spans()
    assert seen.name == "ours"
    assert dict(seen.attributes or {}) == {"braintrust.parent": "project_name:demo"}
    assert "secret" not in seen.to_json()
    assert rows.one()["input"] == "secret"


def test_an_exception_is_a_status_for_others(provider: TracerProvider, rows: CapturedRows) -> None:
    """An error that left our span's block is its status for other processors."""
    exporter = InMemorySpanExporter()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    braintrust.init_logger(project="demo", tracer_provider=provider)

    with pytest.raises(ValueError, match="bad"), braintrust.start_span(name="ours"):
        raise ValueError("bad")

    (seen,) = exporter.get_finished_spans()
    assert (seen.status.is_ok, seen.status.description) == (False, "ValueError: bad")


def test_a_broken_neighbour_does_not_cost_rows(
    provider: TracerProvider, rows: CapturedRows
) -> None:
    """A row arrives whole even if another vendor's processor raises at the end of the span."""

    class Broken(SimpleSpanProcessor):
        def on_end(self, span: Any) -> None:
            raise RuntimeError("broken")

    provider.add_span_processor(Broken(InMemorySpanExporter()))
    braintrust.init_logger(project="demo", tracer_provider=provider)

    braintrust.start_span(name="ours", input=1).end(5e9)

    row = rows.one()
    assert (row["input"], row["metrics"]["end"]) == (1, 5e9)
