"""Turns the token counts that Anthropic reports into metrics."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from braintrust_otel.instrument import members

__all__ = ["usage_metrics"]


def usage_metrics(usage: Any) -> dict[str, int]:
    """Return the metrics of a ``usage``, a mapping or a model.

    Anthropic's ``input_tokens`` leave out what was read from and written to the prompt cache; the
    metric is the whole prompt. Tokens written to the cache are told by lifetime where the provider
    does so, else as one number. What was not reported is absent.
    """
    counts = members(usage)
    lifetimes = members(counts.get("cache_creation"))
    written = {
        "prompt_cache_creation_5m_tokens": _count(lifetimes, "ephemeral_5m_input_tokens"),
        "prompt_cache_creation_1h_tokens": _count(lifetimes, "ephemeral_1h_input_tokens"),
    }
    told_by_lifetime = sum(count or 0 for count in written.values())
    aggregate = _count(counts, "cache_creation_input_tokens")
    if None in written.values():
        written = {"prompt_cache_creation_tokens": aggregate}
    cached = _count(counts, "cache_read_input_tokens")
    prompt = _count(counts, "input_tokens")
    if prompt is not None:
        prompt += (cached or 0) + max(aggregate or 0, told_by_lifetime)
    completion = _count(counts, "output_tokens")
    details = members(counts.get("output_tokens_details"))
    metrics = {
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "tokens": None if prompt is None or completion is None else prompt + completion,
        "prompt_cached_tokens": cached,
        **written,
        "completion_reasoning_tokens": _count(details, "thinking_tokens"),
    }
    return {name: count for name, count in metrics.items() if count is not None}


def _count(counts: Mapping[str, Any], name: str) -> int | None:
    count = counts.get(name)
    if isinstance(count, bool) or not isinstance(count, (int, float)):
        return None
    return int(count) if count >= 0 and count == count // 1 else None
