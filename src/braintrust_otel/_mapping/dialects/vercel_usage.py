"""Turns the token counts of the AI SDK into metrics."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from braintrust_otel._mapping.dialects.providers import provider_name
from braintrust_otel._mapping.dialects.reading import structure, whole
from braintrust_otel._mapping.dialects.usage import read_counts, token_findings
from braintrust_otel._mapping.findings import Finding

__all__ = ["vercel_usage"]

_DETAILS: Final = "ai.usage.inputTokenDetails."
_EMBEDDED: Final = "ai.usage.tokens"
_PROVIDER_METADATA: Final = "ai.response.providerMetadata"
_TOKENS: Final = (
    ("prompt_tokens", ("ai.usage.inputTokens", "ai.usage.promptTokens", _EMBEDDED)),
    ("completion_tokens", ("ai.usage.outputTokens", "ai.usage.completionTokens")),
    ("tokens", ("ai.usage.totalTokens", _EMBEDDED)),
    ("prompt_cached_tokens", (f"{_DETAILS}cacheReadTokens", "ai.usage.cachedInputTokens")),
    ("prompt_cache_creation_tokens", (f"{_DETAILS}cacheWriteTokens",)),
    (
        "completion_reasoning_tokens",
        ("ai.usage.outputTokenDetails.reasoningTokens", "ai.usage.reasoningTokens"),
    ),
)
_FALLBACKS: Final = (
    ("prompt_cached_tokens", ("cacheReadInputTokens", "cachedPromptTokens")),
    ("prompt_cache_creation_tokens", ("cacheCreationInputTokens", "cacheWriteInputTokens")),
    ("completion_reasoning_tokens", ("reasoningTokens",)),
)
_EXCLUSIVE_PROVIDERS: Final = ("anthropic", "bedrock")
"""Whose counts of the prompt were handed on as they came, before there were details of them."""


def vercel_usage(attributes: Mapping[str, object]) -> Iterator[Finding]:
    """Return the metrics of one request to the model."""
    counts = read_counts(attributes, _TOKENS)
    for metric, count in _from_provider(attributes).items():
        counts.setdefault(metric, (count, ()))
    has_details = any(name.startswith(_DETAILS) for name in attributes)
    provider = provider_name(attributes.get("ai.model.provider"))
    hands_on = provider is not None and provider.partition(".")[0] in _EXCLUSIVE_PROVIDERS
    yield from token_findings(counts, exclusive=hands_on and not has_details)


def _from_provider(attributes: Mapping[str, object]) -> dict[str, int]:
    """Return the counts that only the provider's own metadata tell."""
    told = structure(attributes.get(_PROVIDER_METADATA))
    if not isinstance(told, dict):
        return {}
    found: dict[str, int] = {}
    for members in _objects(told):
        for metric, names in _FALLBACKS:
            for name in names:
                count = whole(members.get(name))
                if count is not None:
                    found.setdefault(metric, count)
    return found


def _objects(told: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for members in told.values():
        if isinstance(members, dict):
            yield members
            usage = members.get("usage")
            if isinstance(usage, dict):
                yield usage
