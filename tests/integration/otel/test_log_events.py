"""What instrumentors write into logs becomes input and output of the span."""

from __future__ import annotations

import logging

import pytest
from opentelemetry import trace
from opentelemetry.sdk._logs import LoggingHandler
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor

import braintrust_otel as braintrust
from braintrust_otel._diagnostics import Notices
from braintrust_otel._otel.log_events import LogEvents
from braintrust_otel._runtime import root
from braintrust_otel.testing import CapturedRows
from support.log_records import ANSWER, QUESTION, Events

CHAT = {"gen_ai.operation.name": "chat"}
INPUT = [{"role": "user", "content": "Is it late?"}]
OUTPUT = [
    {
        "index": 0,
        "finish_reason": "stop",
        "message": {"role": "assistant", "content": "Not before the evening."},
    }
]


@pytest.fixture(autouse=True)
def _shipping(provider: TracerProvider, rows: CapturedRows) -> None:
    """Ship the spans of the program's provider; the rows are set up before that."""
    provider.add_span_processor(braintrust.BraintrustSpanProcessor("project_name:demo"))


@pytest.fixture
def events(rows: CapturedRows) -> Events:
    """Provide logs that are joined onto spans."""
    return Events()


@pytest.fixture
def said(rows: CapturedRows) -> list[str]:
    """Catch what the user is told; the rows are caught in a root of their own."""
    lines: list[str] = []
    root.notices = Notices(lines.append)
    return lines


def test_events_within_the_span(tracer: trace.Tracer, events: Events, rows: CapturedRows) -> None:
    """What is logged before the span ends is in its row from the first."""
    with tracer.start_as_current_span("chat", attributes=CHAT) as span:
        events.emit(span, *QUESTION)
        events.emit(span, *ANSWER)

    row = rows.named("chat")
    assert row["input"] == INPUT
    assert row["output"] == OUTPUT
    assert root.stats().logged == 1


def test_events_after_the_row(tracer: trace.Tracer, events: Events, rows: CapturedRows) -> None:
    """What is logged after the row was delivered merges into it."""
    span = tracer.start_span("chat", attributes=CHAT)
    span.end()
    braintrust.flush()

    events.emit(span, *QUESTION)
    events.emit(span, *ANSWER)

    assert rows.named("chat")["input"] == INPUT
    assert rows.named("chat")["output"] == OUTPUT


def test_events_on_a_span_of_our_api(events: Events, rows: CapturedRows) -> None:
    """Content without a span of its own goes to the enclosing one, where nothing was logged."""
    with braintrust.start_span(name="mine") as span:
        span.log(output="said by hand")
        events.emit(span.otel_span, *QUESTION)  # type: ignore[attr-defined]  # not in the public shape
        events.emit(span.otel_span, *ANSWER)  # type: ignore[attr-defined]  # as above

    assert rows.named("mine")["input"] == INPUT
    assert rows.named("mine")["output"] == "said by hand"


def test_events_under_an_exporter(events: Events, rows: CapturedRows) -> None:
    """The exporter's rows have the events too, late ones with its next delivery."""
    provider = TracerProvider(shutdown_on_exit=False)
    exporter = braintrust.BraintrustSpanExporter("project_name:demo")
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    span = provider.get_tracer("other").start_span("chat", attributes=CHAT)
    events.emit(span, *QUESTION)
    span.end()

    events.emit(span, *ANSWER)
    exporter.force_flush()

    assert rows.named("chat")["input"] == INPUT
    assert rows.named("chat")["output"] == OUTPUT


@pytest.mark.filterwarnings("ignore:`LoggingHandler`:DeprecationWarning")
def test_events_through_pythons_logging(
    tracer: trace.Tracer, events: Events, rows: CapturedRows
) -> None:
    """Semantic Kernel logs messages as JSON text through Python's logging."""
    logger = logging.getLogger("semantic_kernel.tests")
    logger.setLevel(logging.INFO)
    logger.addHandler(LoggingHandler(logger_provider=events.provider))

    with tracer.start_as_current_span("chat", attributes=CHAT):
        logger.info(
            '{"role": "user", "content": "Is it late?"}',
            extra={"event.name": "gen_ai.user.message", "gen_ai.system": "openai"},
        )

    assert rows.named("chat")["input"] == INPUT
    assert rows.named("chat").get("metadata") == {"provider": "openai"}


def test_events_are_masked(tracer: trace.Tracer, events: Events, rows: CapturedRows) -> None:
    """What comes from logs is masked as all else, also when it comes late."""
    root.masker = None
    braintrust.set_masking_function(lambda value: "masked" if value == INPUT else value)
    span = tracer.start_span("chat", attributes=CHAT)
    span.end()
    braintrust.flush()

    events.emit(span, *QUESTION)

    assert rows.named("chat")["input"] == "masked"


def test_event_without_a_span_is_counted(events: Events, said: list[str]) -> None:
    """Content that belongs to no span is in no row; that is counted and said."""
    events.emit(None, *QUESTION)

    assert root.stats().log_events.lost == 1
    assert len(said) == 1


def test_event_of_a_span_that_never_comes_is_said_at_the_end(
    events: Events, said: list[str]
) -> None:
    """Events whose span is not shipped wait for it, and are said when the program ends."""
    events.emit(TracerProvider().get_tracer("unknown").start_span("chat"), *QUESTION)
    waiting = root.stats().log_events.waiting

    root.shutdown()

    assert waiting == 1
    assert root.stats().log_events.lost == 1
    assert len(said) == 1


def test_what_waits_is_bounded(tracer: trace.Tracer, events: Events, rows: CapturedRows) -> None:
    """The oldest events make room for new ones; the loss is counted, the newest are joined."""
    root.log_events = LogEvents(max_spans=2)
    spans = [tracer.start_span(f"chat {number}", attributes=CHAT) for number in range(5)]
    [events.emit(span, *QUESTION) for span in spans]

    [span.end() for span in spans]

    assert [rows.named(f"chat {number}").get("input") for number in range(5)] == [
        *[None] * 3,
        *[INPUT] * 2,
    ]
    assert root.stats().log_events.lost == 3


def test_memory_is_bounded_in_bytes(tracer: trace.Tracer, events: Events) -> None:
    """Large contents make room for each other, whatever their number."""
    root.log_events = LogEvents(max_bytes=100_000)

    [events.emit(tracer.start_span("chat"), "gen_ai.choice", "x" * 20_000) for _ in range(50)]

    assert root.stats().log_events.size_bytes < 100_000


def test_forked_child_starts_empty(tracer: trace.Tracer, events: Events) -> None:
    """Events that were logged before a fork are the parent's."""
    events.emit(tracer.start_span("chat"), *QUESTION)

    root.log_events.after_fork_in_child()

    assert root.stats().log_events.logged == 0


def test_other_records_are_not_counted(tracer: trace.Tracer, events: Events) -> None:
    """The program's own log lines are none of our business."""
    events.emit(tracer.start_span("chat"), "my.event", "hello")

    assert root.stats().log_events.logged == 0
