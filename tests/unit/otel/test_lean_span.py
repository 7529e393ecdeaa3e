"""One table of behaviours, run against the installed SDK's span and against ours."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import Event, ReadableSpan, SpanLimits, SpanProcessor, TracerProvider
from opentelemetry.sdk.trace import Span as SdkSpan
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.sdk.trace.sampling import (
    ALWAYS_OFF,
    DEFAULT_OFF,
    Decision,
    StaticSampler,
)

from braintrust_otel._otel.provider import LeanTracerProvider
from support.span_scripts import SCRIPTS, AddingSampler, CountingIds, Script


class Watcher(SpanProcessor):
    """Writes down what processors are told, and when."""

    def __init__(self) -> None:
        self.seen: list[tuple[Any, ...]] = []

    def on_start(self, span: SdkSpan, parent_context: Context | None = None) -> None:
        span.set_attribute("seen.at", "start")
        above = trace.get_current_span(parent_context).get_span_context().span_id
        self.seen.append(("start", span.name, span.is_recording(), above))

    def _on_ending(self, span: SdkSpan) -> None:
        span.set_attribute("seen.at", "ending")
        span.update_name("renamed while ending")
        self.seen.append(("ending", span.name, span.is_recording()))

    def on_end(self, span: ReadableSpan) -> None:
        self.seen.append(("end", span.name, isinstance(span, ReadableSpan)))


def facts(span: ReadableSpan) -> dict[str, Any]:
    """Return everything an exporter can read of a span, but for when and where code ran."""
    has_own_clock = span.name == "s"
    context: Any = span.context
    return {
        "name": (span.name, span._name),
        "kind": (span.kind, span._kind),
        "context": (repr(context), context.trace_flags, dict(context.trace_state)),
        "parent": repr(span.parent),
        "times": None if has_own_clock else (span.start_time, span.end_time),
        "status": (span.status.status_code, span.status.description, span._status.status_code),
        "attributes": (dict(span.attributes or {}), dict(span._attributes or {})),
        "events": [event_facts(event) for event in span.events],
        "links": [(repr(link.context), dict(link.attributes or {})) for link in span.links],
        "dropped": (span.dropped_attributes, span.dropped_events, span.dropped_links),
        "scope": repr(span.instrumentation_scope),
        "resource": dict(span.resource.attributes),
    }


def event_facts(event: Event) -> tuple[Any, ...]:
    attributes = dict(event.attributes or {})
    is_exception = attributes.pop("exception.stacktrace", None) is not None
    return (event.name, None if is_exception else event.timestamp, attributes)


SETTINGS: dict[str, Callable[[], dict[str, Any]]] = {
    "defaults": dict,
    "tight limits": lambda: {
        "span_limits": SpanLimits(
            max_attributes=3,
            max_events=2,
            max_links=2,
            max_event_attributes=2,
            max_link_attributes=1,
            max_attribute_length=8,
            max_span_attribute_length=6,
        )
    },
    "no attributes": lambda: {"span_limits": SpanLimits(max_span_attributes=0, max_events=0)},
    "adding sampler": lambda: {"sampler": AddingSampler()},
    "recording only": lambda: {"sampler": StaticSampler(Decision.RECORD_ONLY)},
    "always off": lambda: {"sampler": ALWAYS_OFF},
    "parent-based off": lambda: {"sampler": DEFAULT_OFF},
}


def observe(
    kind: type[TracerProvider], settings: dict[str, Any], steps: Script, caplog: Any
) -> tuple[list[dict[str, Any]], list[tuple[Any, ...]], list[str]]:
    provider = kind(
        resource=Resource({"service.name": "x"}),
        shutdown_on_exit=False,
        id_generator=CountingIds(),
        **settings,
    )
    exporter, watcher = InMemorySpanExporter(), Watcher()
    provider.add_span_processor(watcher)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    caplog.clear()
    steps(provider.get_tracer("scope", "1.0", "https://schema.example", {"a": "b"}))
    messages = [record.getMessage() for record in caplog.records]
    return [facts(span) for span in exporter.get_finished_spans()], watcher.seen, messages


@pytest.fixture(autouse=True)
def _no_current_span() -> Iterator[None]:
    with trace.use_span(trace.INVALID_SPAN):
        yield


@pytest.mark.parametrize("settings", SETTINGS.values(), ids=SETTINGS)
@pytest.mark.parametrize("steps", SCRIPTS.values(), ids=SCRIPTS)
def test_a_lean_span_behaves_as_the_installed_sdk_does(
    steps: Script, settings: Callable[[], dict[str, Any]], caplog: pytest.LogCaptureFixture
) -> None:
    """What exporters, processors and the log see is the same for both kinds of span."""
    caplog.set_level(logging.DEBUG)

    expected = observe(TracerProvider, settings(), steps, caplog)
    actual = observe(LeanTracerProvider, settings(), steps, caplog)

    assert actual == expected


def test_a_span_that_ends_in_two_threads_ends_once() -> None:
    """Of several threads that end a span at the same time, one does."""
    provider = LeanTracerProvider(shutdown_on_exit=False)
    exporter = InMemorySpanExporter()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    span = provider.get_tracer("scope").start_span("s")
    barrier = threading.Barrier(8)

    def end() -> None:
        barrier.wait()
        span.end()

    threads = [threading.Thread(target=end) for _ in range(8)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]

    assert len(exporter.get_finished_spans()) == 1


def test_a_disabled_provider_stays_disabled(monkeypatch: pytest.MonkeyPatch) -> None:
    """The SDK's switch turns off our provider too."""
    monkeypatch.setenv("OTEL_SDK_DISABLED", "true")

    span = LeanTracerProvider(shutdown_on_exit=False).get_tracer("scope").start_span("s")

    assert not span.is_recording()


def test_one_scope_gets_one_tracer_where_the_sdk_keeps_them() -> None:
    """Asking twice for the tracer of one scope gives what the installed SDK gives."""
    sdk, lean = TracerProvider(shutdown_on_exit=False), LeanTracerProvider(shutdown_on_exit=False)

    is_one = lean.get_tracer("scope") is lean.get_tracer("scope")

    assert is_one == (sdk.get_tracer("scope") is sdk.get_tracer("scope"))
