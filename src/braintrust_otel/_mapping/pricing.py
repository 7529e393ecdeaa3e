"""Adds to the row of a model call what the call cost, where prices are known.

Only where everything is known that the cost depends on, and nobody has told a cost already: a wrong
number is worse than none.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from math import isfinite
from typing import Any, Final

from braintrust_otel._json import Encoded, decode
from braintrust_otel._model.rows import Row

__all__ = ["ModelUsage", "Price", "with_cost"]

_COST: Final = "estimated_cost"
_CALL: Final = "llm"
_SPLIT: Final = ("prompt_cache_creation_5m_tokens", "prompt_cache_creation_1h_tokens")
# Parts of a prompt or an answer that have prices of their own, next to the cache.
_PARTS: Final = ("prompt_audio_tokens", "completion_audio_tokens", "completion_image_tokens")


@dataclass(frozen=True, slots=True)
class ModelUsage:
    """What one call of a model used.

    Attributes:
        model: The model that answered.
        provider: Whose prices apply, as rows name it; None where the row does not tell.
        at: When the call started, in epoch seconds; None if that is not known.
        prompt: Tokens of the whole prompt.
        completion: Tokens of the whole answer.
        cached: Tokens of the prompt that were read from a cache.
        written: Tokens of the prompt that were written to a cache.
        written_5m: How many of them were written for five minutes; None where that is not known.
        written_1h: How many were written for an hour; None where that is not known.
        parts: Further counts, under the names of their metrics.
    """

    model: str
    provider: str | None
    at: float | None
    prompt: int
    completion: int
    cached: int = 0
    written: int = 0
    written_5m: int | None = None
    written_1h: int | None = None
    parts: Mapping[str, int] | None = None


Price = Callable[[ModelUsage], "float | None"]
"""Returns dollars, or None where the price is not known. Does not raise."""


def with_cost(row: Row, price: Price) -> Row:
    """Return *row* with its ``estimated_cost``; *row* itself where that is not to be had."""
    attributes = row.fields.get("span_attributes")
    if type(attributes) is dict and attributes.get("type") != _CALL:
        return row  # as most rows
    if not attributes or not row.fields.get("metrics"):
        return row
    told = _object(attributes)
    if told.get("type") != _CALL or told.get("purpose") == "scorer":
        return row
    metrics = _object(row.fields["metrics"])
    usage = None if _COST in metrics else _usage(metrics, row.fields.get("metadata"))
    cost = None if usage is None else price(usage)
    if cost is None or not isfinite(cost):
        return row
    return replace(row, fields={**row.fields, "metrics": {**metrics, _COST: cost}})


def _usage(metrics: Mapping[str, Any], metadata: object) -> ModelUsage | None:
    counts = {name: count for name, count in metrics.items() if type(count) is int and count >= 0}
    prompt, completion = counts.get("prompt_tokens"), counts.get("completion_tokens")
    if completion is None and prompt == counts.get("tokens"):
        completion = 0  # as with embeddings; without a total the answer may just not be counted
    if prompt is None or completion is None or not isinstance(metadata, (Encoded, Mapping)):
        return None
    told = _object(metadata)
    model, provider, start = told.get("model"), told.get("provider"), metrics.get("start")
    if not isinstance(model, str) or not model:
        return None
    cached = counts.get("prompt_cached_tokens", 0)
    written, split = _writes(counts)
    return ModelUsage(
        model,
        provider if isinstance(provider, str) and provider else None,
        start if isinstance(start, float) else None,
        # A prompt is never less than its parts, whatever was reported.
        max(prompt, cached + written),
        completion,
        cached,
        written,
        *split,
        {name: counts[name] for name in _PARTS if counts.get(name)} or None,
    )


def _writes(counts: Mapping[str, int]) -> tuple[int, tuple[int | None, int | None]]:
    """Return the tokens written to a cache, and by lifetime if the split accounts for them all."""
    split = [counts.get(name, 0) for name in _SPLIT]
    total = max(counts.get("prompt_cache_creation_tokens", 0), sum(split))
    if not total or sum(split) < total:
        return total, (None, None)
    return total, (split[0], split[1])


def _object(value: object) -> Mapping[str, Any]:
    opened = decode(value) if isinstance(value, Encoded) else value
    return opened if isinstance(opened, Mapping) else {}
