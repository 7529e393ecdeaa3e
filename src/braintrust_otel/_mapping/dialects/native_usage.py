"""Reads token counts as a provider reports them in its answer, whoever wrote them down."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from braintrust_otel._mapping.dialects.reading import whole
from braintrust_otel._mapping.dialects.usage import token_findings
from braintrust_otel._mapping.findings import Finding

__all__ = ["is_usage", "usage_findings"]

_Path = tuple[str, ...]

_IN_DETAILS: Final = (
    "prompt_tokens_details",
    "input_tokens_details",
    "input_token_details",
    "prompt_token_details",
)
_OUT_DETAILS: Final = (
    "completion_tokens_details",
    "output_tokens_details",
    "output_token_details",
    "completion_token_details",
)


def _inside(details: tuple[str, ...], *parts: str) -> tuple[_Path, ...]:
    return tuple((detail, part) for detail in details for part in parts)


def _top(*names: str) -> tuple[_Path, ...]:
    return tuple((name,) for name in names)


# Who counts the prompt without what the cache held (Anthropic, Bedrock) names it like this, ...
_EXCLUSIVE_PROMPTS: Final = ("input_tokens", "inputTokens")
# ... and has these beside it, not among the details.
_EXCLUSIVE_PARTS: Final = (
    "cache_read_input_tokens",
    "cache_creation_input_tokens",
    "cacheReadInputTokens",
    "cacheWriteInputTokens",
)
_INCLUSIVE_PROMPTS: Final = ("prompt_tokens", "promptTokenCount", "prompt_token_count")
_THOUGHTS: Final = ("thoughtsTokenCount", "thoughts_token_count")
_CANDIDATES: Final = ("candidatesTokenCount", "candidates_token_count")
_AGGREGATE: Final = "prompt_cache_creation_tokens"
_SPLIT: Final = ("prompt_cache_creation_5m_tokens", "prompt_cache_creation_1h_tokens")

_PATHS: Final[Mapping[str, tuple[_Path, ...]]] = {
    "prompt_tokens": _top(*_INCLUSIVE_PROMPTS, *_EXCLUSIVE_PROMPTS),
    "completion_tokens": _top("completion_tokens", "output_tokens", "outputTokens", *_CANDIDATES),
    "tokens": _top("total_tokens", "totalTokens", "totalTokenCount", "total_token_count"),
    "prompt_cached_tokens": (
        *_top("cache_read_input_tokens", "cacheReadInputTokens"),
        *_top("cachedContentTokenCount", "cached_content_token_count"),
        *_inside(_IN_DETAILS, "cached_tokens", "cache_read"),
    ),
    _AGGREGATE: (
        *_top("cache_creation_input_tokens", "cacheWriteInputTokens"),
        *_inside(_IN_DETAILS, "cache_write_tokens", "cache_creation_tokens", "cache_creation"),
    ),
    _SPLIT[0]: (("cache_creation", "ephemeral_5m_input_tokens"),),
    _SPLIT[1]: (("cache_creation", "ephemeral_1h_input_tokens"),),
    "completion_reasoning_tokens": (
        *_inside(_OUT_DETAILS, "reasoning_tokens", "thinking_tokens", "reasoning"),
        *_top(*_THOUGHTS),
    ),
    "prompt_audio_tokens": _inside(_IN_DETAILS, "audio_tokens", "audio"),
    "completion_audio_tokens": _inside(_OUT_DETAILS, "audio_tokens", "audio"),
    "completion_image_tokens": _inside(_OUT_DETAILS, "image_tokens"),
}


def is_usage(value: object) -> bool:
    """Tell whether *value* is an object that counts tokens as a provider does."""
    return isinstance(value, dict) and any(
        _count(value, path) is not None
        for metric in ("prompt_tokens", "completion_tokens", "tokens")
        for path in _PATHS[metric]
    )


def usage_findings(usage: object, *sources: str) -> Iterator[Finding]:
    """Return the metrics of *usage*, an object of any provider; nothing for anything else.

    Args:
        usage: Plain JSON: of OpenAI (chat completions, Responses), Anthropic, Google or Bedrock.
        sources: The attributes that it was read from.
    """
    if not isinstance(usage, dict):
        return
    found = {metric: _first(usage, paths) for metric, paths in _PATHS.items()}
    counts = {metric: count for metric, count in found.items() if count is not None}
    if any(name in usage for name in _CANDIDATES) and "completion_tokens" in counts:
        # Google counts what the model thought beside what it answered.
        counts["completion_tokens"] += counts.get("completion_reasoning_tokens", 0)
    is_exclusive = any(usage.get(name) is not None for name in _EXCLUSIVE_PARTS) and not any(
        usage.get(name) is not None for name in _INCLUSIVE_PROMPTS
    )
    told = {metric: (count, sources) for metric, count in counts.items()}
    for finding in token_findings(told, exclusive=is_exclusive):
        if not (finding.key == _AGGREGATE and all(part in counts for part in _SPLIT)):
            yield finding


def _first(usage: Mapping[str, Any], paths: tuple[_Path, ...]) -> int | None:
    found = (_count(usage, path) for path in paths)
    return next((count for count in found if count is not None), None)


def _count(usage: Mapping[str, Any], path: _Path) -> int | None:
    value: Any = usage
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return whole(value)
