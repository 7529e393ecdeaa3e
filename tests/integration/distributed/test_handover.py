"""Handing containers and traces over between Braintrust and OpenTelemetry alone."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

import pytest
from opentelemetry import baggage, trace
from opentelemetry.context import Context, attach, detach, get_current
from opentelemetry.propagate import inject
from opentelemetry.propagators.textmap import TextMapPropagator
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.trace import NonRecordingSpan, SpanContext, TraceFlags, set_span_in_context
from typing_extensions import override

import braintrust_otel as braintrust
from braintrust_otel import otel
from braintrust_otel._model.containers import Parent, project_logs
from braintrust_otel._model.slugs import decode_slug, encode_slug
from braintrust_otel.testing import CapturedRows

TRACE, SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
TRACEPARENT = f"00-{TRACE}-{SPAN}-01"


@pytest.fixture(autouse=True)
def _no_context() -> Iterator[None]:
    """Start the test with nothing current."""
    token = attach(Context())
    yield
    detach(token)


@pytest.fixture
def tracer() -> trace.Tracer:
    """Provide a tracer of a program whose provider ships to Braintrust."""
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(otel.BraintrustSpanProcessor("project_name:fallback"))
    return provider.get_tracer("other.library")


def test_a_parent_in_baggage_routes_and_travels(tracer: trace.Tracer, rows: CapturedRows) -> None:
    """Spans below go to the named project, and requests from there say so."""
    headers: dict[str, str] = {}

    token = otel.add_parent_to_baggage("project_name:demo")
    with tracer.start_as_current_span("work"):
        inject(headers)
    detach(token)

    assert headers["baggage"] == "braintrust.parent=project_name%3Ademo"
    assert rows.one() in rows.all("demo")
    assert baggage.get_all() == {}


def test_a_parent_is_added_to_a_given_context() -> None:
    """Other baggage of that context is current with it."""
    token = otel.add_parent_to_baggage("project_id:p", baggage.set_baggage("k", "v", Context()))
    seen = dict(baggage.get_all())
    detach(token)

    assert seen == {"k": "v", "braintrust.parent": "project_id:p"}


def test_what_is_no_parent_is_said_and_left_out(caplog: pytest.LogCaptureFixture) -> None:
    """Receivers are not sent a parent that they cannot read."""
    with caplog.at_level(logging.WARNING, "braintrust_otel"):
        token = otel.add_parent_to_baggage("demo")
    seen = dict(baggage.get_all())
    detach(token)

    assert seen == {}
    assert ["'demo' names nothing" in record.message for record in caplog.records] == [True]


def test_the_parent_of_a_foreign_span_is_added(tracer: trace.Tracer) -> None:
    """Where the processor sends a span is where the receiver's spans shall go."""
    routed = {"braintrust.parent": "project_id:p"}
    with tracer.start_as_current_span("work", attributes=routed) as span:
        token = otel.add_span_parent_to_baggage(span)
        seen = dict(baggage.get_all())

    assert token is not None
    assert seen == {"braintrust.parent": "project_id:p"}


def test_the_parent_of_a_braintrust_span_is_added() -> None:
    """A span of our API knows where it goes."""
    braintrust.init_logger(project="demo")
    with braintrust.start_span() as span:
        token = otel.add_span_parent_to_baggage(span)
        seen = dict(baggage.get_all())

    assert token is not None
    assert seen == {"braintrust.parent": "project_name:demo"}


@pytest.mark.parametrize("span", [None, trace.INVALID_SPAN, braintrust.NOOP_SPAN, object()])
def test_a_span_without_parent_adds_nothing(span: Any, caplog: pytest.LogCaptureFixture) -> None:
    """That a span does not say where it goes is said."""
    before = get_current()
    with caplog.at_level(logging.WARNING, "braintrust_otel"):
        token = otel.add_span_parent_to_baggage(span)

    assert token is None
    assert get_current() is before
    assert ["does not say where it goes" in one.message for one in caplog.records] == [True]


def test_foreign_spans_go_under_an_exported_span(tracer: trace.Tracer, rows: CapturedRows) -> None:
    """A program that has only the exported text continues the trace in its project."""
    braintrust.init_logger(project="demo")
    with braintrust.start_span("sender") as span:
        slug = span.export()

    with tracer.start_as_current_span("receiver", context=otel.context_from_span_export(slug)):
        pass

    sender, receiver = rows.named("sender"), rows.named("receiver")
    assert receiver["span_parents"] == [sender["span_id"]]
    assert receiver["root_span_id"] == sender["root_span_id"]
    assert receiver in rows.all("demo")


def test_an_exported_span_wins_over_the_parent_around(
    tracer: trace.Tracer, rows: CapturedRows
) -> None:
    """The context says where the spans in it go, not the block in which it was made."""
    slug = encode_slug(Parent(project_logs("demo"), "row", SPAN, TRACE))

    with braintrust.parent_context(encode_slug(Parent(project_logs("around")))):
        tracer.start_span("receiver", otel.context_from_span_export(slug)).end()

    assert rows.one() in rows.all("demo")


def test_an_exported_logger_is_a_container_only(tracer: trace.Tracer, rows: CapturedRows) -> None:
    """Below an exported logger spans are roots in its project."""
    slug = braintrust.init_logger(project="demo").export()

    tracer.start_span("receiver", otel.context_from_span_export(slug)).end()

    assert rows.one() in rows.all("demo")
    assert rows.one()["span_parents"] is None


@pytest.mark.parametrize(
    "slug",
    ["", "nonsense", encode_slug(Parent(project_logs("demo"), "r", "4" * 32, "4" * 32))],
)
def test_what_opentelemetry_cannot_continue_is_refused(slug: str) -> None:
    """An unreadable text, and ids that are not OpenTelemetry's, are errors of the caller."""
    with pytest.raises(ValueError, match=r"cannot go under|could not be read"):
        otel.context_from_span_export(slug)


def test_headers_become_an_exported_parent() -> None:
    """What a plain OpenTelemetry program sends can be given on as a text."""
    slug = otel.parent_from_headers(
        {"Traceparent": TRACEPARENT, "baggage": "braintrust.parent=project_name%3Ademo"}
    )

    assert slug is not None
    assert decode_slug(slug) == Parent(project_logs("demo"), "otel", SPAN, TRACE)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"traceparent": TRACEPARENT},
        {"baggage": "braintrust.parent=project_name:demo"},
        {"traceparent": TRACEPARENT, "baggage": "braintrust.parent=project_name:"},
        {"traceparent": "00-0-0-01", "baggage": "braintrust.parent=project_name:demo"},
    ],
)
def test_headers_that_name_too_little_are_no_parent(headers: dict[str, str]) -> None:
    """Both the span and the container have to be there."""
    assert otel.parent_from_headers(headers) is None


class Custom(TextMapPropagator):
    """Reads a format of its own."""

    @override
    def extract(self, carrier: Any, context: Context | None = None, getter: Any = None) -> Context:
        ids = int(carrier["x-trace"], 16), int(SPAN, 16)
        identity = SpanContext(*ids, is_remote=True, trace_flags=TraceFlags(1))
        context = set_span_in_context(NonRecordingSpan(identity), context)
        return baggage.set_baggage("braintrust.parent", carrier["x-parent"], context)

    @override
    def inject(self, carrier: Any, context: Context | None = None, setter: Any = None) -> None:
        """Not needed here."""

    @property
    @override
    def fields(self) -> set[str]:
        return set()


def test_headers_of_another_format_become_a_parent() -> None:
    """A propagator of the program's own says what the headers mean."""
    headers = {"x-trace": TRACE, "x-parent": "project_name:demo"}

    slug = otel.parent_from_headers(headers, propagator=Custom())

    assert slug is not None
    assert decode_slug(slug) == Parent(project_logs("demo"), "otel", SPAN, TRACE)


@pytest.mark.parametrize(
    "headers",
    [
        {"x-trace": TRACE, "x-parent": "nonsense"},
        {"x-trace": "0", "x-parent": "project_name:demo"},
        {"x-trace": "no number"},
    ],
)
def test_another_format_that_says_too_little_is_no_parent(headers: dict[str, str]) -> None:
    """What the propagator does not find, and what it raises, is no parent."""
    assert otel.parent_from_headers(headers, propagator=Custom()) is None
