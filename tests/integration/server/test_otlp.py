"""Spans that travel over OTLP leave the rows that the exporter would have shipped itself."""

from __future__ import annotations

import gzip
import http.client
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

import pytest
from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor, SpanExportResult
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

import braintrust_otel as braintrust
from braintrust_otel._model.containers import project_logs
from braintrust_otel.server.app import LocalServer
from braintrust_otel.server.running import Running, listen
from braintrust_otel.server.settings import ServerSettings
from braintrust_otel.server.store import Store
from braintrust_otel.testing import capture_rows
from support.otlp import JSON, json_body, request, span
from support.span_scripts import SCRIPTS, CountingIds
from support.stores import store_in_memory

CONTENT = {
    "braintrust.input_json": '[{"role": "user", "content": "hi"}]',
    "braintrust.output": "plain",
    "braintrust.metadata": '{"model": "m"}',
    "braintrust.metrics": '{"tokens": 3}',
    "gen_ai.request.model": "gpt-4o",
    "gen_ai.usage.input_tokens": 3,
}
PROJECT = "project_name:p"
DIFFERENT = ("_xact_id", "project_id")


@pytest.fixture
def store() -> Iterator[Store]:
    """An empty store in memory."""
    made = store_in_memory()
    yield made
    made.close()


@pytest.fixture
def running(store: Store) -> Iterator[Running]:
    """A server over that store, on a free port."""
    with listen(LocalServer(store, ServerSettings(payload_max_bytes=1_000_000))).start() as made:
        yield made


def spans_of(script: str) -> Sequence[ReadableSpan]:
    """Return what the SDK's own spans hold after a script of the table."""
    kept = InMemorySpanExporter()
    provider = TracerProvider(
        resource=Resource({"service.name": "shop", "list": ["a", "b"]}),
        id_generator=CountingIds(),
        shutdown_on_exit=False,
    )
    provider.add_span_processor(SimpleSpanProcessor(kept))
    with trace.use_span(trace.INVALID_SPAN):
        SCRIPTS[script](provider.get_tracer("scope", "1.0"))
    return kept.get_finished_spans()


def content_spans() -> Sequence[ReadableSpan]:
    """Return a small tree that holds content."""
    kept = InMemorySpanExporter()
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(kept))
    tracer = provider.get_tracer("scope")
    with (
        trace.use_span(trace.INVALID_SPAN),
        tracer.start_as_current_span("outer"),
        tracer.start_as_current_span("inner", attributes=CONTENT) as inner,
    ):
        inner.record_exception(ValueError("boom"))
    return kept.get_finished_spans()


def shipped(spans: Sequence[ReadableSpan]) -> list[dict[str, Any]]:
    """Return the rows that our exporter makes of *spans*."""
    with capture_rows() as rows:
        braintrust.BraintrustSpanExporter(PROJECT).export(spans)
        return [comparable(row) for row in rows.all("p")]


def received(store: Store) -> list[dict[str, Any]]:
    """Return the rows that the server made."""
    found = [
        row
        for project in store.projects("p")
        for row in store.fetch(project_logs(project_id=project.id), None, 1_000).rows
    ]
    return [comparable(row) for row in sorted(found, key=lambda row: row["metrics"]["start"])]


def comparable(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return the row without who sent it: here the SDK in this process, there any exporter."""
    context = {**row["context"]}
    origin = context.pop("span_origin")
    kept = {name: value for name, value in row.items() if name not in DIFFERENT}
    return {**kept, "context": context, "instrumentation": origin["instrumentation"]}


def otlp_exporter(running: Running, **options: Any) -> OTLPSpanExporter:
    """Return the exporter, set up as documentation says."""
    return OTLPSpanExporter(
        endpoint=f"{running.url}/otel/v1/traces", headers={"x-bt-parent": PROJECT}, **options
    )


@pytest.mark.parametrize("script", SCRIPTS)
def test_every_span_leaves_the_same_row(store: Store, running: Running, script: str) -> None:
    """Whatever a program does with spans, both ways tell the same of them."""
    spans = spans_of(script)

    otlp_exporter(running).export(spans)

    assert received(store) == shipped(spans)


@pytest.mark.parametrize("compression", list(Compression))
def test_content_leaves_the_same_rows(
    store: Store, running: Running, compression: Compression
) -> None:
    """Payload, tokens and errors are the same, however the body is compressed."""
    spans = content_spans()

    result = otlp_exporter(running, compression=compression).export(spans)

    assert result is SpanExportResult.SUCCESS
    assert received(store) == shipped(spans)
    assert [row["id"] for row in received(store)] == [
        f"{one.context.trace_id:032x}{one.context.span_id:016x}" for one in reversed(spans)
    ]


@pytest.mark.parametrize("encoding", ["identity", "gzip"])
def test_body_in_pieces_is_taken(store: Store, running: Running, encoding: str) -> None:
    """Node's exporters send chunks and no length."""
    body = json_body(request(span()))
    packed = body if encoding == "identity" else gzip.compress(body, mtime=0)
    headers = {"content-encoding": encoding, "x-bt-parent": PROJECT}

    status, answer = post(running, iter([packed[:20], packed[20:]]), headers)

    assert (status, answer) == (200, {})
    assert len(received(store)) == 1


@pytest.mark.parametrize(
    ("body", "headers", "expected"),
    [
        (b" " * 1_000_001, {}, (413, 8)),
        (gzip.compress(bytes(50_000_000)), {"content-encoding": "gzip"}, (413, 8)),
        (b"{", {}, (400, 3)),
        (b"{", {"content-type": "text/plain"}, (415, 3)),
        (b"[" * 100_000, {}, (400, 3)),
    ],
    ids=["too large", "bomb", "malformed", "wrong type", "deeply nested"],
)
def test_bad_bodies_are_answered_as_such(
    running: Running, body: bytes, headers: dict[str, str], expected: tuple[int, int]
) -> None:
    """The client hears what is wrong, in the form that OTLP prescribes."""
    status, answer = post(running, body, headers)

    assert (status, answer["code"]) == expected
    assert answer["message"]


def post(running: Running, body: Any, headers: dict[str, str]) -> tuple[int, dict[str, Any]]:
    """Send a request with exactly these headers; return the status and the decoded answer."""
    connection = http.client.HTTPConnection(urlsplit(running.url).netloc)
    connection.request("POST", "/otel/v1/traces", body, {"content-type": JSON, **headers})
    answer = connection.getresponse()
    told = answer.status, json.loads(answer.read())
    connection.close()
    return told
