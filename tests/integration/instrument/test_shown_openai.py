"""Other vendors' processors see calls of a real client in OpenTelemetry's words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import openai
import pytest
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

import braintrust_otel as braintrust
from braintrust_otel._runtime import root
from braintrust_otel.testing import CapturedRows, capture_rows
from support.provider import Provider, Reply, RunningProvider

ANSWER = {
    "id": "c1",
    "object": "chat.completion",
    "created": 1,
    "model": "m-2026",
    "choices": [
        {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "Now"}}
    ],
    "usage": {"prompt_tokens": 7, "completion_tokens": 2, "total_tokens": 9},
}
VECTOR = {"object": "embedding", "index": 0, "embedding": [0.5]}
VECTORS = {
    "object": "list",
    "model": "e-2026",
    "data": [VECTOR],
    "usage": {"prompt_tokens": 3, "total_tokens": 3},
}


@pytest.fixture
def rows() -> Iterator[CapturedRows]:
    """Catch what the test logs."""
    with capture_rows() as captured:
        yield captured


@pytest.fixture
def provider() -> Iterator[Provider]:
    """Provide a provider that answers what the test scripts."""
    with RunningProvider() as running:
        yield running


@pytest.fixture
def client(provider: Provider) -> Iterator[openai.OpenAI]:
    """Provide a traced client."""
    with openai.OpenAI(base_url=provider.url, api_key="x", max_retries=0) as made:
        yield braintrust.wrap_openai(made)


@pytest.fixture
def seen(rows: object) -> InMemorySpanExporter:
    """Provide what another vendor sees."""
    assert root.pinned is not None
    exporter = InMemorySpanExporter()
    root.pinned.provider.add_span_processor(SimpleSpanProcessor(exporter))
    braintrust.init_logger(project="p")
    return exporter


def attributes(seen: InMemorySpanExporter) -> dict[str, Any]:
    (span,) = seen.get_finished_spans()
    return dict(span.attributes or {})


def test_chat_is_shown(
    provider: Provider, client: openai.OpenAI, seen: InMemorySpanExporter
) -> None:
    """A chat shows what was asked of whom, and what came back, but no message."""
    provider.will(Reply(ANSWER))

    client.chat.completions.create(
        model="m", messages=[{"role": "user", "content": "When?"}], seed=3, n=1, stop=["END"]
    )

    shown = attributes(seen)
    assert isinstance(shown.pop("server.port"), int)
    assert shown == {
        "braintrust.parent": "project_name:p",
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "openai",
        "gen_ai.request.model": "m",
        "gen_ai.request.seed": 3,
        "gen_ai.request.choice.count": 1,
        "gen_ai.request.stop_sequences": ("END",),
        "gen_ai.response.id": "c1",
        "gen_ai.response.model": "m-2026",
        "gen_ai.response.finish_reasons": ("stop",),
        "gen_ai.usage.input_tokens": 7,
        "gen_ai.usage.output_tokens": 2,
        "server.address": "127.0.0.1",
    }


def test_embedding_is_no_chat(
    provider: Provider, client: openai.OpenAI, seen: InMemorySpanExporter
) -> None:
    """Other methods say what they are."""
    provider.will(Reply(VECTORS))

    client.embeddings.create(model="e", input="x", encoding_format="float", dimensions=1)

    shown = attributes(seen)
    assert shown["gen_ai.operation.name"] == "embeddings"
    assert shown["gen_ai.request.encoding_formats"] == ("float",)
    assert shown["gen_ai.embeddings.dimension.count"] == 1
    assert shown["gen_ai.usage.input_tokens"] == 3


def test_refused_call_shows_its_error(
    provider: Provider, client: openai.OpenAI, seen: InMemorySpanExporter
) -> None:
    """The class of the client's exception is the type of the error."""
    provider.will(Reply({"error": {"message": "no"}}, status=400))

    with pytest.raises(openai.BadRequestError):
        client.embeddings.create(model="e", input="x")

    assert attributes(seen)["error.type"] == "openai.BadRequestError"
