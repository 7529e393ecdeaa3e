"""A client that makes spans of its own makes none for a captured call."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from braintrust_otel.instrument import QuietTracer, library_version
from braintrust_otel_anthropic.clients import wrap_client
from braintrust_otel_anthropic.own_spans import quieten
from support.anthropic_calls import block_events, client_of, message, message_events, streamed
from support.provider import Provider, Reply
from support.spans import FakeTracer

ASKED: dict[str, Any] = {"model": "tiny", "messages": [{"role": "user", "content": "hi"}]}
TEXT = {"type": "text", "text": "a"}

has_own_spans = pytest.mark.skipif(
    library_version("anthropic") < (2, 12), reason="this version makes no spans"
)


@pytest.fixture
def own_spans() -> InMemorySpanExporter:
    """Provide what keeps the client's own spans."""
    return InMemorySpanExporter()


@pytest.fixture
def talkative(
    provider: Provider, tracer: FakeTracer, own_spans: InMemorySpanExporter
) -> Iterator[Any]:
    """Provide a traced client that makes spans of its own."""
    own = TracerProvider(shutdown_on_exit=False)
    own.add_span_processor(SimpleSpanProcessor(own_spans))
    with client_of(provider.url, asynchronous=False) as made:
        with_spans = made.with_options(open_telemetry={"tracer_provider": own})
        yield wrap_client(with_spans, tracer.calls())


@has_own_spans
def test_captured_calls_are_one_span(
    provider: Provider, talkative: Any, tracer: FakeTracer, own_spans: InMemorySpanExporter
) -> None:
    """Calls, streams and the stream helper are spans of ours and of nobody else."""
    events = message_events(block_events(TEXT))
    provider.will(Reply(message([TEXT])), streamed(events), streamed(events))

    talkative.messages.create(**ASKED, max_tokens=9)
    list(talkative.messages.create(**ASKED, max_tokens=9, stream=True))
    with talkative.messages.stream(**ASKED, max_tokens=9) as stream:
        stream.until_done()

    assert own_spans.get_finished_spans() == ()
    assert [len(span.ends) for span in tracer.spans] == [1, 1, 1]


@has_own_spans
def test_other_calls_keep_their_spans(
    provider: Provider, talkative: Any, tracer: FakeTracer, own_spans: InMemorySpanExporter
) -> None:
    """What is not captured has the client's own span, before and after a captured call."""
    provider.will(Reply({"input_tokens": 3}), Reply(message([TEXT])), Reply({"input_tokens": 3}))

    talkative.messages.count_tokens(**ASKED)
    talkative.messages.create(**ASKED, max_tokens=9)
    talkative.messages.count_tokens(**ASKED)

    names = [span.name for span in own_spans.get_finished_spans()]
    assert names == ["anthropic.messages.count_tokens"] * 2
    assert len(tracer.spans) == 1


@has_own_spans
def test_untraced_calls_keep_their_spans(
    provider: Provider, talkative: Any, tracer: FakeTracer, own_spans: InMemorySpanExporter
) -> None:
    """Where nothing is active the client's own spans are all there is."""
    provider.will(Reply(message([TEXT])), Reply(message([TEXT])))
    talkative.messages.create(**ASKED, max_tokens=9)
    tracer.is_active = False

    talkative.messages.create(**ASKED, max_tokens=9)

    (span,) = own_spans.get_finished_spans()
    assert span.name == "anthropic.messages.create"


@pytest.mark.parametrize("client", [None, object(), SimpleNamespace(x=1)])
def test_client_without_spans_stays_as_it_is(client: Any) -> None:
    """A client that makes no spans is not touched."""
    before = dict(getattr(client, "__dict__", {}))

    quieten(SimpleNamespace(_client=client))

    assert dict(getattr(client, "__dict__", {})) == before


def test_client_is_quietened_once() -> None:
    """Every further call finds the tracer in its place."""
    tracer = object()
    client = SimpleNamespace(_lazy_tracer=tracer, _tracer=tracer)
    quieten(SimpleNamespace(_client=client))
    first = client._lazy_tracer

    quieten(SimpleNamespace(_client=client))

    assert type(first) is QuietTracer
    assert client._lazy_tracer is first


def test_switched_off_spans_stay_off() -> None:
    """A client that was told to make no spans has no tracer afterwards either."""
    client = SimpleNamespace(_lazy_tracer=None, _tracer=None)

    quieten(SimpleNamespace(_client=client))

    assert client._lazy_tracer is None
