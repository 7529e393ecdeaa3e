"""Turns the token counts that providers report into metrics."""

from __future__ import annotations

from typing import Any

from braintrust_otel.instrument.plain import members

__all__ = ["usage_metrics"]

# A metric, and where OpenAI-shaped answers report it.
_COUNTS = (
    ("prompt_tokens", ("prompt_tokens", "input_tokens")),
    ("completion_tokens", ("completion_tokens", "output_tokens")),
    ("tokens", ("total_tokens",)),
)

# Where they report a part of the prompt or of the completion, and its metric.
_PROMPT_PARTS = (
    ("cached_tokens", "prompt_cached_tokens"),
    ("cache_write_tokens", "prompt_cache_creation_tokens"),
    ("cache_creation_tokens", "prompt_cache_creation_tokens"),
    ("audio_tokens", "prompt_audio_tokens"),
)
_COMPLETION_PARTS = (
    ("reasoning_tokens", "completion_reasoning_tokens"),
    ("audio_tokens", "completion_audio_tokens"),
    ("image_tokens", "completion_image_tokens"),
)
_DETAILS = (
    ("prompt_tokens_details", _PROMPT_PARTS),
    ("input_tokens_details", _PROMPT_PARTS),
    ("input_token_details", _PROMPT_PARTS),  # where audio is counted
    ("completion_tokens_details", _COMPLETION_PARTS),
    ("output_tokens_details", _COMPLETION_PARTS),
    ("output_token_details", _COMPLETION_PARTS),
)


def usage_metrics(usage: Any) -> dict[str, int]:
    """Return the metrics of an OpenAI-shaped ``usage``, a mapping or a model.

    Only what the provider reported is there: a count that is missing, negative or no whole number
    is left out. The total is the provider's, else the sum when both of its parts are known.
    """
    counts = members(usage)
    metrics: dict[str, int] = {}
    if not counts:
        return metrics
    for metric, names in _COUNTS:
        for name in names:
            _put(metrics, metric, counts.get(name))
    if "tokens" not in metrics and {"prompt_tokens", "completion_tokens"} <= metrics.keys():
        metrics["tokens"] = metrics["prompt_tokens"] + metrics["completion_tokens"]
    for name, parts in _DETAILS:
        reported = counts.get(name)
        if reported is not None:
            details = members(reported)
            for part, metric in parts:
                _put(metrics, metric, details.get(part))
    return metrics


def _put(metrics: dict[str, int], metric: str, count: Any) -> None:
    """Put *count* if it is a count and the first one of its metric."""
    if type(count) is not int:
        if isinstance(count, bool) or not isinstance(count, (int, float)) or count != count // 1:
            return
        count = int(count)
    if count >= 0:
        metrics.setdefault(metric, count)
