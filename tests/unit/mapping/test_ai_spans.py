"""Which spans are about AI is told by names alone."""

from __future__ import annotations

import pytest

from braintrust_otel._mapping.ai_spans import is_ai_span, may_be_model_call


@pytest.mark.parametrize("name", ["gen_ai.chat", "ai.generateText", "llm.call", "traceloop.x"])
def test_a_name_tells(name: str) -> None:
    """A span is about AI if its name has one of the prefixes."""
    assert is_ai_span(name, ())


@pytest.mark.parametrize(
    "attribute",
    [
        "gen_ai.system",
        "braintrust.input_json",
        "llm.model_name",
        "ai.model.id",
        "traceloop.span.kind",
        "openinference.span.kind",
        "langfuse.observation.type",
        "mlflow.spanType",
    ],
)
def test_an_attribute_tells(attribute: str) -> None:
    """A span is about AI if one of its attributes has such a name, whatever else it has."""
    assert is_ai_span("POST", ["http.method", "braintrust.parent", attribute])


def test_a_span_event_tells() -> None:
    """Older instrumentors put all that is about AI into span events."""
    assert is_ai_span("chat", (), ["exception", "gen_ai.user.message"])


@pytest.mark.parametrize(
    "attribute",
    ["braintrust.parent", "braintrust.org", "braintrust.app_url", "http.method", "aim", "llms"],
)
def test_other_names_do_not_tell(attribute: str) -> None:
    """Where a span goes, and names that only look alike, do not make it about AI."""
    assert not is_ai_span("airline", [attribute], ["exception"])


def test_what_may_be_a_call_is_told_by_its_attributes() -> None:
    """Only spans that name a model, an operation or a kind are looked into."""
    assert may_be_model_call({"gen_ai.request.model": "m"})
    assert not may_be_model_call({"http.method": "GET"})
