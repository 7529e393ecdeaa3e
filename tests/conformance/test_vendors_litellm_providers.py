"""A call through LiteLLM is one row whichever provider it reaches, with every instrumentor on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

import braintrust_otel as braintrust
from braintrust_otel.testing import CapturedRows, capture_rows
from support.litellm_calls import addressed, collecting_afterwards, litellm
from support.recordings import replay_server

pytestmark = [
    pytest.mark.conformance,
    pytest.mark.filterwarnings("ignore"),  # LiteLLM and what it uses warn of their own affairs
]

ALL = ("openai", "anthropic", "litellm", "google_genai", "bedrock")
GEMINI = "/v1beta/models/gemini-2.0-flash:generateContent"


@pytest.fixture
def rows(monkeypatch: pytest.MonkeyPatch) -> Iterator[CapturedRows]:
    """Catch the rows of a logger, with every instrumentor on."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    switched = braintrust.auto_instrument()
    assert all(switched[name] for name in ALL)
    with collecting_afterwards(), capture_rows() as captured:
        braintrust.init_logger(project="conformance")
        yield captured
    braintrust.undo_auto_instrument()


@pytest.mark.parametrize(
    ("name", "model", "provider", "address"),
    [
        ("btsdk.test_auto_litellm.0", "openai/gpt-4o-mini", "openai", "{}/v1"),
        (
            "btsdk.test_anthropic_messages_sync.0",
            "anthropic/claude-3-haiku-20240307",
            "anthropic",
            "{}",
        ),
        (
            "openinference.test_instrumentation.test_generate_content.0",
            "gemini/gemini-2.0-flash",
            "google",
            "{}" + GEMINI,
        ),
        (
            "openinference.test_converse_tool_use_message.0",
            "bedrock/converse/mistral.devstral-2-123b",
            "bedrock",
            "{}/model/mistral.devstral-2-123b/converse",
        ),
    ],
    ids=["openai", "anthropic", "google", "bedrock"],
)
def test_call_is_one_row(
    rows: CapturedRows, name: str, model: str, provider: str, address: str
) -> None:
    """One row of type llm, of the provider underneath, with its tokens once."""
    question: list[Any] = [{"role": "user", "content": "hi"}]

    with replay_server() as server:
        url = address.format(server.base(name))
        answer = litellm.completion(**addressed(url, model, messages=question))

    (row,) = rows.all()
    assert row["span_attributes"]["type"] == "llm"
    assert row["metadata"]["provider"] == provider
    assert row["input"] == question
    assert row["metrics"]["tokens"] == answer.usage.total_tokens > 0
