"""Turns the token counts that providers report into metrics."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from braintrust_otel.instrument.plain import members

__all__ = ["usage_metrics"]

_PROMPT = ("prompt_tokens", "input_tokens")
_COMPLETION = ("completion_tokens", "output_tokens")

# Where OpenAI-shaped answers report a part of the prompt or of the completion, and its metric.
_PROMPT_PARTS = {
    "cached_tokens": "prompt_cached_tokens",
    "cache_write_tokens": "prompt_cache_creation_tokens",
    "cache_creation_tokens": "prompt_cache_creation_tokens",
    "audio_tokens": "prompt_audio_tokens",
}
_COMPLETION_PARTS = {
    "reasoning_tokens": "completion_reasoning_tokens",
    "audio_tokens": "completion_audio_tokens",
    "image_tokens": "completion_image_tokens",
}


def usage_metrics(usage: Any) -> dict[str, int]:
    """Return the metrics of an OpenAI-shaped ``usage``, a mapping or a model.

    Only what the provider reported is there: a count that is missing, negative or no whole number
    is left out. The total is the provider's, else the sum when both of its parts are known.
    """
    counts = members(usage)
    metrics: dict[str, int] = {}
    _put(metrics, "prompt_tokens", counts, _PROMPT)
    _put(metrics, "completion_tokens", counts, _COMPLETION)
    _put(metrics, "tokens", counts, ("total_tokens",))
    if "tokens" not in metrics and {"prompt_tokens", "completion_tokens"} <= metrics.keys():
        metrics["tokens"] = metrics["prompt_tokens"] + metrics["completion_tokens"]
    for names, parts in ((_PROMPT, _PROMPT_PARTS), (_COMPLETION, _COMPLETION_PARTS)):
        for details in (members(counts.get(f"{name}_details")) for name in names):
            for part, metric in parts.items():
                _put(metrics, metric, details, (part,))
    return metrics


def _put(
    metrics: dict[str, int], metric: str, counts: Mapping[str, Any], names: tuple[str, ...]
) -> None:
    for name in names:
        count = counts.get(name)
        if isinstance(count, bool) or not isinstance(count, (int, float)):
            continue
        if count >= 0 and count == count // 1:
            metrics.setdefault(metric, int(count))
