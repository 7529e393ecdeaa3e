"""Turns the token counts that Google reports into metrics."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["usage_metrics"]

_PROMPT, _TOOL_USE, _ANSWER = "promptTokenCount", "toolUsePromptTokenCount", "candidatesTokenCount"
_THOUGHTS, _CACHED, _TOTAL = "thoughtsTokenCount", "cachedContentTokenCount", "totalTokenCount"
_BY_MODALITY = (
    ("prompt_audio_tokens", ("promptTokensDetails", "toolUsePromptTokensDetails"), "AUDIO"),
    ("completion_audio_tokens", ("candidatesTokensDetails", "responseTokensDetails"), "AUDIO"),
    ("completion_image_tokens", ("candidatesTokensDetails", "responseTokensDetails"), "IMAGE"),
)


def usage_metrics(usage: Any) -> dict[str, int]:
    """Return the metrics of a ``usageMetadata`` as the API has it.

    Google counts apart what the metrics count together: thoughts belong to the answer, and the
    results of tools that Google ran belong to the prompt. What was not reported is absent.
    """
    if not isinstance(usage, Mapping):
        return {}
    prompt, completion = _sum(usage, _PROMPT, _TOOL_USE), _sum(usage, _ANSWER, _THOUGHTS)
    total = _count(usage.get(_TOTAL))
    if total is None and prompt is not None and completion is not None:
        total = prompt + completion
    metrics = {
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "tokens": total,
        "prompt_cached_tokens": _count(usage.get(_CACHED)),
        "completion_reasoning_tokens": _count(usage.get(_THOUGHTS)),
        **{metric: _of(usage, names, kind) for metric, names, kind in _BY_MODALITY},
    }
    return {name: count for name, count in metrics.items() if count is not None}


def _sum(usage: Mapping[str, Any], *names: str) -> int | None:
    counts = [count for name in names if (count := _count(usage.get(name))) is not None]
    return sum(counts) if counts else None


def _of(usage: Mapping[str, Any], names: tuple[str, ...], modality: str) -> int | None:
    """Return the tokens of one modality, summed up over the lists called *names*."""
    lists = [usage.get(name) for name in names]
    entries = [entry for entries in lists if isinstance(entries, list) for entry in entries]
    counts = [
        count
        for entry in entries
        if isinstance(entry, Mapping) and entry.get("modality") == modality
        if (count := _count(entry.get("tokenCount"))) is not None
    ]
    return sum(counts) if counts else None


def _count(count: Any) -> int | None:
    if isinstance(count, bool) or not isinstance(count, (int, float)):
        return None
    return int(count) if count >= 0 and count == count // 1 else None
