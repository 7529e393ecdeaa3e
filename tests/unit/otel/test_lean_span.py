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
from opentelemetry.sdk.trace.id_generator import IdGenerator
from opentelemetry.sdk.trace.sampling import (
    ALWAYS_OFF,
    DEFAULT_OFF,
    Decision,
    Sampler,
    SamplingResult,
    StaticSampler,
)
from opentelemetry.trace import (
    Link,
    NonRecordingSpan,
    SpanContext,
    SpanKind,
    Status,
    StatusCode,
    TraceFlags,
    Tracer,
    TraceState,
    set_span_in_context,
)

from braintrust_otel._otel.provider import LeanTracerProvider

Script = Callable[[Tracer], None]

SCRIPTS: dict[str, Script] = {}


def script(function: Script) -> Script:
    """Add a behaviour to the table."""
    SCRIPTS[function.__name__] = function
    return function


class CountingIds(IdGenerator):
    """Gives ids in order, so that two runs give the same."""

    def __init__(self) -> None:
        self.last = 0

    def generate_span_id(self) -> int:
        self.last += 1
        return self.last

    def generate_trace_id(self) -> int:
        self.last += 1
        return self.last


class AddingSampler(Sampler):
    """Samples everything, adding an attribute and a trace state."""

    def should_sample(self, *args: Any, **kwargs: Any) -> SamplingResult:
        return SamplingResult(
            Decision.RECORD_AND_SAMPLE, {"sampler": "was here"}, TraceState([("k", "v")])
        )

    def get_description(self) -> str:
        return "AddingSampler"


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


def ended(tracer: Tracer, **kwargs: Any) -> Any:
    span = tracer.start_span("ended", start_time=10, **kwargs)
    span.end(20)
    return span


@script
def plain_attributes(tracer: Tracer) -> None:
    span = tracer.start_span("s", start_time=1, attributes={"a": 1, "b": "x"})
    span.set_attribute("c", 1.5)
    span.set_attributes({"d": True, "a": 2})
    span.end(2)


@script
def sequences_and_odd_values(tracer: Tracer) -> None:
    span = tracer.start_span("s", start_time=1)
    for key, value in (
        ("list", ["a", "b"]),
        ("tuple", (1, 2)),
        ("mixed", ["a", 1]),
        ("none", None),
        ("bytes", b"abc"),
        ("bad bytes", b"\xff"),
        ("object", object),
        ("dict", {"a": 1}),
        ("empty", []),
        ("nested", [[1], [2]]),
        ("", "empty key"),
        (1, "key is no text"),
    ):
        span.set_attribute(key, value)  # type: ignore[arg-type]
    span.end(2)


@script
def everything_set_after_the_end(tracer: Tracer) -> None:
    span = ended(tracer)
    span.set_attribute("late", 1)
    span.set_attributes({"later": 1})
    span.add_event("late")
    span.add_link(SpanContext(1, 1, is_remote=False))
    span.update_name("late")
    span.set_status(Status(StatusCode.ERROR, "late"))
    span.record_exception(ValueError("late"))
    span.end(30)


@script
def a_status_once_ok_stays(tracer: Tracer) -> None:
    span = tracer.start_span("s", start_time=1)
    span.set_status(StatusCode.OK)
    span.set_status(StatusCode.ERROR, "no")
    span.end(2)


@script
def an_error_can_become_ok_but_not_unset(tracer: Tracer) -> None:
    span = tracer.start_span("s", start_time=1)
    span.set_status(Status(StatusCode.ERROR, "first"))
    span.set_status(StatusCode.UNSET)
    span.end(2)
    other = tracer.start_span("t", start_time=1)
    other.set_status(Status(StatusCode.ERROR, "first"), "ignored")
    other.set_status(StatusCode.OK, "fine")
    other.end(2)


@script
def a_recorded_exception(tracer: Tracer) -> None:
    span = tracer.start_span("s", start_time=1)
    span.record_exception(ValueError("v"), {"extra": 1}, timestamp=5, escaped=True)
    span.end(2)


@script
def an_exception_leaves_the_block(tracer: Tracer) -> None:
    span = tracer.start_span("s", start_time=1)
    with pytest.raises(KeyError), span:
        raise KeyError("k")


@script
def nothing_recorded_when_told_so(tracer: Tracer) -> None:
    span = tracer.start_span(
        "s", start_time=1, record_exception=False, set_status_on_exception=False
    )
    with pytest.raises(KeyError), span:
        raise KeyError("k")


@script
def current_span_with_exception(tracer: Tracer) -> None:
    with pytest.raises(OSError, match="x"), tracer.start_as_current_span("s"):
        raise OSError("x")


@script
def events_with_attributes(tracer: Tracer) -> None:
    span = tracer.start_span("s", start_time=1)
    span.add_event("e", {"a": 1, "l": [1, 2], "none": None}, timestamp=3)
    span.add_event("f", timestamp=4)
    span.end(2)


@script
def links_at_start_and_later(tracer: Tracer) -> None:
    link = Link(SpanContext(7, 8, is_remote=True), {"why": "x"})
    invalid = Link(SpanContext(0, 0, is_remote=False))
    span = tracer.start_span("s", start_time=1, links=[link, invalid])
    span.add_link(SpanContext(9, 10, is_remote=False), {"l": [1]})
    span.add_link(SpanContext(0, 0, is_remote=False))
    span.end(2)
    other = tracer.start_span("t", start_time=1, links=None)
    other.add_link(SpanContext(9, 10, is_remote=False))
    other.end(2)


@script
def many_of_everything(tracer: Tracer) -> None:
    links = [Link(SpanContext(7, n, is_remote=True), {"a": 1, "b": 2}) for n in range(1, 6)]
    span = tracer.start_span("s", start_time=1, links=links)
    for n in range(6):
        span.set_attribute(f"k{n}", "long text " * 3)
        span.add_event(f"e{n}", {"a": "long text", "b": 2, "c": 3}, timestamp=n)
        span.add_link(SpanContext(9, n + 1, is_remote=False))
    span.set_attribute("k4", "again")
    span.set_attribute("k9", ["long text " * 3])
    span.end(2)


@script
def parents_and_kinds(tracer: Tracer) -> None:
    remote = SpanContext(
        5, 6, is_remote=True, trace_flags=TraceFlags(1), trace_state=TraceState([("a", "b")])
    )
    context = set_span_in_context(NonRecordingSpan(remote))
    child = tracer.start_span("child", context, kind=SpanKind.CLIENT, start_time=1)
    grandchild = tracer.start_span("grandchild", set_span_in_context(child), start_time=2)
    grandchild.end(3)
    child.end(4)


@script
def unsampled_parent(tracer: Tracer) -> None:
    remote = SpanContext(5, 6, is_remote=True, trace_flags=TraceFlags(0))
    context = set_span_in_context(NonRecordingSpan(remote))
    span = tracer.start_span("child", context, start_time=1)
    span.set_attribute("a", 1)
    span.end(2)


@script
def renamed_and_started_twice(tracer: Tracer) -> None:
    span: Any = tracer.start_span("s", start_time=1)
    span.update_name("new name")
    if isinstance(span, SdkSpan):
        span.start(99)
    span.end(2)


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


def test_one_scope_gets_one_tracer() -> None:
    """Asking twice for the tracer of one scope gives the same lean tracer."""
    provider = LeanTracerProvider(shutdown_on_exit=False)

    assert provider.get_tracer("scope") is provider.get_tracer("scope")
