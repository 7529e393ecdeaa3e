"""Reads answers and errors into row fields."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from braintrust_otel.instrument import Fields, members, response_attributes
from braintrust_otel_litellm.messages import as_answered
from braintrust_otel_litellm.providers import provider_name, requested
from braintrust_otel_litellm.usage import count_tokens

__all__ = [
    "answered_by",
    "choices_reader",
    "hidden",
    "read_failure",
    "reader",
    "vectors_reader",
    "with_choices",
]

ReadAnswer = Callable[[Any], Fields]


def reader(read: ReadAnswer) -> ReadAnswer:
    """Return what reads an answer that came at once, whose form *read* knows."""

    def read_answer(answer: Any) -> Fields:
        fields = dict(read(answer))
        told: Any = fields.get("metadata", {})
        fields["metadata"] = {**told, **answered_by(answer)}
        return {**fields, "attributes": partial(response_attributes, answer)}

    return read_answer


def choices_reader(read: ReadAnswer) -> ReadAnswer:
    """Return the same for answers that consist of choices."""

    def read_choices(answer: Any) -> Fields:
        return with_choices(read(answer), members(answer).get("usage"))

    return reader(read_choices)


def vectors_reader(read: ReadAnswer) -> ReadAnswer:
    """Return the same for answers without a text, of which LiteLLM says that it took no tokens."""

    def read_vectors(answer: Any) -> Fields:
        fields = dict(read(answer))
        metrics: Any = fields.pop("metrics", {})
        told = {name: count for name, count in metrics.items() if name != "completion_tokens"}
        return {**fields, "metrics": told} if told.get("tokens") else fields

    return reader(read_vectors)


def with_choices(fields: Fields, *usage: Any) -> dict[str, object]:
    """Return *fields* with the choices as the provider answered them, and the true token counts.

    Args:
        fields: What was read of an answer in OpenAI's form.
        usage: All that was told of the tokens.
    """
    told: dict[str, Any] = {name: value for name, value in fields.items() if name != "metrics"}
    metrics = count_tokens(*usage)
    if metrics:
        told["metrics"] = metrics
    if isinstance(told.get("output"), list):
        told["output"] = [as_answered(choice) for choice in told["output"]]
    return told


def answered_by(answer: Any) -> dict[str, object]:
    """Return the model and the provider, as far as *answer* says more of them than its own model.

    Args:
        answer: An answer, a chunk of one, or a stream.
    """
    _, asked = requested(hidden(answer, "litellm_model_name"))
    seen = hidden(answer, "custom_llm_provider") or getattr(answer, "custom_llm_provider", None)
    model, _ = requested(hidden(answer, "provider_response_model"))
    found = {"model": model, "provider": provider_name(seen) or asked}
    return {name: value for name, value in found.items() if value}


def hidden(answer: Any, name: str) -> Any:
    """Return what LiteLLM says beside *answer* under *name*; None where it says nothing."""
    said = getattr(answer, "_hidden_params", None)
    return said.get(name) if isinstance(said, dict) else getattr(said, name, None)


def read_failure(error: BaseException) -> Fields:
    """Return who was asked, as LiteLLM's exceptions say it."""
    provider = provider_name(getattr(error, "llm_provider", None))
    return {"metadata": {"provider": provider}} if provider else {}
