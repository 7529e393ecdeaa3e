"""Turns token counts, times and costs that others report into metrics.

A row's ``prompt_tokens`` hold everything that was sent, whether it was read from the cache, written
to it, or neither. Most emitters count so; some leave out what the cache held, in all or in earlier
versions. Which of both a count is, is decided by the numbers where they tell, then by who says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final, NamedTuple

from braintrust_otel._mapping.dialects.reading import whole
from braintrust_otel._mapping.findings import Finding
from braintrust_otel._mapping.view import SpanView

__all__ = ["Counts", "is_exclusive", "read_counts", "token_findings"]

Counts = Mapping[str, tuple[int, tuple[str, ...]]]
"""By metric: the count, and the attributes that it was read from."""

PROMPT: Final = "prompt_tokens"
COMPLETION: Final = "completion_tokens"
TOTAL: Final = "tokens"
CACHED: Final = "prompt_cached_tokens"
WRITTEN: Final = "prompt_cache_creation_tokens"
WRITTEN_5M: Final = "prompt_cache_creation_5m_tokens"
WRITTEN_1H: Final = "prompt_cache_creation_1h_tokens"


class _Emitter(NamedTuple):
    """Who counts the prompt without what the cache held.

    Attributes:
        scope: Name of the instrumentation scope.
        before: The version from which on it counts the whole prompt.
        provider: Whose prompts it counts so; None for all.
    """

    scope: str
    before: tuple[int, ...]
    provider: str | None = None


_EXCLUSIVE: Final = (
    # Converse reports what was not cached, and up to this version that is passed on as it is:
    # https://github.com/traceloop/openllmetry/issues/4449
    _Emitter("opentelemetry.instrumentation.bedrock", (0, 62, 5)),
    # https://github.com/Arize-ai/openinference/pull/2414
    _Emitter("openinference.instrumentation.langchain", (0, 1, 55), "anthropic"),
)


def read_counts(
    attributes: Mapping[str, object], names: Iterable[tuple[str, tuple[str, ...]]]
) -> dict[str, tuple[int, tuple[str, ...]]]:
    """Return the counts that *attributes* hold; what is no count is not there.

    Args:
        attributes: A span's attributes.
        names: For each metric the attributes that may hold it, the more telling one first.
    """
    counts: dict[str, tuple[int, tuple[str, ...]]] = {}
    for metric, sources in names:
        for source in sources:
            count = whole(attributes.get(source))
            if count is not None:
                # Another name for the same count tells nothing more.
                same = tuple(name for name in sources if whole(attributes.get(name)) == count)
                counts[metric] = (count, same)
                break
    return counts


def token_findings(counts: Counts, *, exclusive: bool) -> Iterator[Finding]:
    """Return the metrics that *counts* come to: nothing that was not reported, or follows from it.

    Args:
        counts: What was reported.
        exclusive: Whether the prompt is known to be told without what the cache held.
    """
    told = dict(counts)
    prompt, completion, total = told.get(PROMPT), told.get(COMPLETION), told.get(TOTAL)
    in_cache = _in_cache(told)
    if prompt is not None and in_cache and (exclusive or prompt[0] < in_cache):
        if total is not None and completion is not None and total[0] == prompt[0] + completion[0]:
            told[TOTAL] = (total[0] + in_cache, total[1])
        told[PROMPT] = prompt = (prompt[0] + in_cache, prompt[1])
    if total is None and prompt is not None and completion is not None:
        told[TOTAL] = (prompt[0] + completion[0], ())
    for metric, (count, sources) in told.items():
        yield Finding("metrics", count, sources, metric)


def is_exclusive(view: SpanView, provider: str | None = None) -> bool:
    """Tell whether who made *view* counts the prompt without what the cache held.

    Args:
        view: The span.
        provider: Whose model was called, if that is known.
    """
    return any(
        view.scope_name == emitter.scope
        and emitter.provider in (None, provider)
        and _version(view.scope_version) < emitter.before
        for emitter in _EXCLUSIVE
    )


def _in_cache(told: Counts) -> int:
    def count(metric: str) -> int:
        return told[metric][0] if metric in told else 0

    return count(CACHED) + max(count(WRITTEN), count(WRITTEN_5M) + count(WRITTEN_1H))


def _version(text: str) -> tuple[int, ...]:
    """Return the leading numbers of a version; an unknown one is taken for the newest."""
    numbers: list[int] = []
    for piece in text.split("."):
        if not piece.isdecimal():
            break
        numbers.append(int(piece))
    return tuple(numbers) or (10**9,)
