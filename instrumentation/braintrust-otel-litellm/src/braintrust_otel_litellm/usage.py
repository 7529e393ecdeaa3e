"""Reads the token counts that LiteLLM hands on, without those that it made up."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from braintrust_otel.instrument import members, usage_metrics

__all__ = ["count_tokens"]

_PARTS: Final = ("prompt_tokens", "completion_tokens")
_WRITTEN: Final = "prompt_cache_creation_tokens"
_REASONING: Final = "completion_reasoning_tokens"

# Counts that LiteLLM brings from Anthropic's form into OpenAI's; nothing else has this member.
_CONVERTED: Final = "cache_creation_input_tokens"
_SPLIT: Final = {
    "ephemeral_5m_input_tokens": "prompt_cache_creation_5m_tokens",
    "ephemeral_1h_input_tokens": "prompt_cache_creation_1h_tokens",
}


def count_tokens(*reports: Any) -> dict[str, int]:
    """Return the metrics of a call, whose stream may have reported its counts in several parts.

    Each count only grows while a stream goes on, and a report that leaves one out has it as zero.
    So the highest of each is the one that counts.
    """
    counts: dict[str, int] = {}
    for report in reports:
        metrics = usage_metrics(report)
        if metrics.get("tokens"):  # what was not reported is all zeros
            metrics.update(_written(members(report)))
            for metric, count in metrics.items():
                counts[metric] = max(count, counts.get(metric, 0))
    if len(reports) > 1 and counts:
        counts["tokens"] = max(counts["tokens"], sum(counts.get(part, 0) for part in _PARTS))
    if any(_CONVERTED in members(report) for report in reports):
        return _as_reported(counts)
    return counts


def _written(told: Mapping[str, Any]) -> dict[str, int]:
    """Return the tokens that were written to a cache, for LiteLLM's own way to tell them."""
    found = {_WRITTEN: told.get(_CONVERTED)}
    details = members(told.get("prompt_tokens_details"))
    split = members(details.get("cache_creation_token_details"))
    found.update({metric: split.get(name) for name, metric in _SPLIT.items()})
    return {metric: count for metric, count in found.items() if count}


def _as_reported(counts: dict[str, int]) -> dict[str, int]:
    """Return *counts* without those that came about in bringing them from one form to another.

    Where the provider left a count out, there is a zero. How much of an answer was thought is
    estimated, if the provider did not tell, and nothing says which of the two it is.
    """
    kept = {name: count for name, count in counts.items() if count and name != _REASONING}
    if kept.keys() & _SPLIT.values():
        kept.pop(_WRITTEN, None)
        kept.update({metric: kept.get(metric, 0) for metric in _SPLIT.values()})
    return kept
