"""What programs do with spans: one table, run over the SDK's spans and over ours.

Times are given wherever a script can give them. Where code must run in between, the span is called
"s" and has its own clock.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from opentelemetry.sdk.trace import Span as SdkSpan
from opentelemetry.sdk.trace.id_generator import IdGenerator
from opentelemetry.sdk.trace.sampling import Decision, Sampler, SamplingResult
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

__all__ = ["SCRIPTS", "AddingSampler", "CountingIds", "Script"]

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
