"""Turns the token counts that Bedrock and its models report into metrics."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from braintrust_otel.instrument import members

__all__ = ["header_usage", "usage_metrics"]

# The parts of a count, and how it is called: by Converse, by Nova and in the last event of a
# stream, and by Anthropic, OpenAI and the others.
_NAMES: Final[Mapping[str, tuple[str, ...]]] = {
    "prompt": ("inputTokens", "inputTokenCount", "input_tokens", "prompt_tokens"),
    "completion": ("outputTokens", "outputTokenCount", "output_tokens", "completion_tokens"),
    "total": ("totalTokens", "totalTokenCount", "total_tokens"),
    "read": (
        "cacheReadInputTokens",
        "cacheReadInputTokenCount",
        "cache_read_input_tokens",
    ),
    "written": (
        "cacheWriteInputTokens",
        "cacheWriteInputTokenCount",
        "cache_creation_input_tokens",
    ),
}

# OpenAI counts the whole prompt; everybody else leaves out what the cache held.
_WHOLE_PROMPT: Final = "prompt_tokens"

_HEADERS: Final = {
    "inputTokens": "x-amzn-bedrock-input-token-count",
    "outputTokens": "x-amzn-bedrock-output-token-count",
    "cacheReadInputTokens": "x-amzn-bedrock-cache-read-input-token-count",
    "cacheWriteInputTokens": "x-amzn-bedrock-cache-write-input-token-count",
}
_LIFETIMES: Final = {
    "5m": "prompt_cache_creation_5m_tokens",
    "1h": "prompt_cache_creation_1h_tokens",
}


def usage_metrics(usage: Any) -> dict[str, int]:
    """Return the metrics of a ``usage``, whichever model reports it.

    ``inputTokens`` leave out what was read from and written to the prompt cache; the metric is the
    whole prompt. Tokens written to the cache are told by lifetime where that accounts for all of
    them, else as one number. What was not reported is absent.
    """
    counts = members(usage)
    told = {part: _first(counts, names) for part, names in _NAMES.items()}
    prompt, completion, total = told["prompt"], told["completion"], told["total"]
    read, written = told["read"], told["written"]
    split = _split(counts)
    if prompt is not None and _WHOLE_PROMPT not in counts:
        prompt += (read or 0) + max(written or 0, sum(split.values()))
    if total is None and prompt is not None and completion is not None:
        total = prompt + completion
    if split and sum(split.values()) >= (written or 0):
        writes: dict[str, int | None] = {name: split.get(name, 0) for name in _LIFETIMES.values()}
    else:
        writes = {"prompt_cache_creation_tokens": written}
    metrics = {
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "tokens": total,
        "prompt_cached_tokens": _cached(counts) if read is None else read,
        **writes,
        "completion_reasoning_tokens": _reasoning(counts),
    }
    return {name: count for name, count in metrics.items() if count is not None}


def header_usage(answer: Any) -> dict[str, int]:
    """Return the counts in the headers of an answer, in the form of Converse."""
    headers = answer.get("ResponseMetadata", {}).get("HTTPHeaders", {})
    told = {name: str(headers.get(header, "")) for name, header in _HEADERS.items()}
    return {name: int(count) for name, count in told.items() if count.isdecimal()}


def _split(counts: Mapping[str, Any]) -> dict[str, int]:
    """Return the tokens written to the cache by their lifetime, as far as that is told."""
    split: dict[str, int] = {}
    details = counts.get("cacheDetails")
    for detail in details if isinstance(details, list) else ():
        name, count = _LIFETIMES.get(detail.get("ttl")), _count(detail, "inputTokens")
        if name is not None and count is not None:
            split[name] = split.get(name, 0) + count
    created = members(counts.get("cache_creation"))
    for lifetime, name in _LIFETIMES.items():
        count = _count(created, f"ephemeral_{lifetime}_input_tokens")
        if count is not None:
            split[name] = count
    return split


def _cached(counts: Mapping[str, Any]) -> int | None:
    return _count(members(counts.get("prompt_tokens_details")), "cached_tokens")


def _reasoning(counts: Mapping[str, Any]) -> int | None:
    anthropic = members(counts.get("output_tokens_details"))
    openai = members(counts.get("completion_tokens_details"))
    found = _count(anthropic, "thinking_tokens")
    return _count(openai, "reasoning_tokens") if found is None else found


def _first(counts: Mapping[str, Any], names: tuple[str, ...]) -> int | None:
    found = (_count(counts, name) for name in names)
    return next((count for count in found if count is not None), None)


def _count(counts: Mapping[str, Any], name: str) -> int | None:
    count = counts.get(name)
    if isinstance(count, bool) or not isinstance(count, (int, float)):
        return None
    return int(count) if count >= 0 and count == count // 1 else None
