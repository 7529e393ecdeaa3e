"""The dialect of programs that tell of their model requests in events: Claude Code, Gemini CLI.

One event tells of one request: model, tokens, cost. Where a span has a single one, the span is that
request; where it has several, they are the work that it encloses, and their counts add up.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final, NamedTuple

from braintrust_otel._mapping.dialects.reading import amount
from braintrust_otel._mapping.dialects.usage import Counts, read_counts, token_findings
from braintrust_otel._mapping.findings import Finding
from braintrust_otel._mapping.values import native
from braintrust_otel._mapping.view import EventView, SpanView

__all__ = ["REQUEST_EVENTS", "agent_program_dialect"]


class _Program(NamedTuple):
    """How a program tells of a request.

    Attributes:
        provider: Whose models it calls.
        counts: For each metric the attribute that holds it.
        is_exclusive: Whether the prompt is counted without what the cache held.
    """

    provider: str
    counts: tuple[tuple[str, tuple[str, ...]], ...]
    is_exclusive: bool = False


_PROGRAMS: Final = {
    "claude_code.api_request": _Program(
        "anthropic",
        (
            ("prompt_tokens", ("input_tokens",)),
            ("completion_tokens", ("output_tokens",)),
            ("prompt_cached_tokens", ("cache_read_tokens",)),
            ("prompt_cache_creation_tokens", ("cache_creation_tokens",)),
        ),
        is_exclusive=True,
    ),
    "gemini_cli.api_response": _Program(
        "google",
        (
            ("prompt_tokens", ("input_token_count",)),
            ("completion_tokens", ("output_token_count",)),
            ("prompt_cached_tokens", ("cached_content_token_count",)),
            ("completion_reasoning_tokens", ("thoughts_token_count",)),
            ("tokens", ("total_token_count",)),
        ),
    ),
}
REQUEST_EVENTS: Final = frozenset(_PROGRAMS)
"""The names of the events."""

_COST: Final = "cost_usd"
_MODEL: Final = "model"


def agent_program_dialect(view: SpanView) -> Iterable[Finding]:
    """Return what such events of *view* say."""
    found = [(at, each) for at, each in enumerate(view.events) if each.name in _PROGRAMS]
    return _findings(found) if found else ()


def _findings(found: list[tuple[int, EventView]]) -> Iterator[Finding]:
    metrics: dict[str, float] = {}
    for _, event in found:
        for name, value in _metrics(event).items():
            metrics[name] = metrics.get(name, 0) + value
    for name, value in metrics.items():
        yield Finding("metrics", value, (), name)
    if len(found) == 1:
        yield from _request(*found[0])


def _metrics(event: EventView) -> Mapping[str, float]:
    program = _PROGRAMS[event.name]
    counts: Counts = read_counts(_numbers(event.attributes), program.counts)
    told = token_findings(counts, exclusive=program.is_exclusive)
    metrics = {one.key: one.value for one in told if one.key and isinstance(one.value, int)}
    cost = amount(_number(event.attributes.get(_COST)))
    return metrics if cost is None else {**metrics, "estimated_cost": cost}


def _numbers(attributes: Mapping[str, object]) -> Mapping[str, object]:
    return {name: _number(value) for name, value in attributes.items()}


def _number(value: object) -> object:
    """Return the number that a text spells, as some senders write all values as texts."""
    if not isinstance(value, str):
        return value
    try:
        return float(value) if "." in value else int(value)
    except ValueError:
        return value


def _request(position: int, event: EventView) -> Iterator[Finding]:
    """Return what makes the span of one request a model call."""
    program = _PROGRAMS[event.name]
    yield Finding("span_attributes", "llm", (), "type", (position,))
    yield Finding("metadata", program.provider, (), "provider")
    if isinstance(event.attributes.get(_MODEL), str):
        yield Finding("metadata", event.attributes[_MODEL], (), "model")
    told = {_MODEL, _COST, *(source for _, sources in program.counts for source in sources)}
    for name, value in event.attributes.items():
        if name not in told:
            yield Finding("metadata", native(value), (), name, (position,))
