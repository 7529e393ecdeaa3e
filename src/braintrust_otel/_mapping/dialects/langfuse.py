"""The dialect of Langfuse: ``langfuse.*``.

A generation's input and output are whatever the program handed over: mostly the request and the
answer of a provider, which become messages, tools and settings; anything else stays as it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timezone
from typing import Any, Final

from braintrust_otel._json import loads_leniently
from braintrust_otel._mapping.dialects.native_calls import read_answer, read_request
from braintrust_otel._mapping.dialects.native_usage import usage_findings
from braintrust_otel._mapping.dialects.reading import amount, plain, structure, texts, whole
from braintrust_otel._mapping.dialects.usage import token_findings
from braintrust_otel._mapping.findings import Finding, nothing
from braintrust_otel._mapping.values import native, text
from braintrust_otel._mapping.view import SpanView
from braintrust_otel._model.attributes import EXCEPTION_EVENT

__all__ = ["langfuse_dialect"]

_PREFIX: Final = "langfuse."
_OWN: Final = "langfuse.observation."
_TYPE: Final = "langfuse.observation.type"
_INPUT: Final = "langfuse.observation.input"
_OUTPUT: Final = "langfuse.observation.output"
_METADATA: Final = "langfuse.observation.metadata"
_LEVEL: Final = "langfuse.observation.level"
_STATUS: Final = "langfuse.observation.status_message"
_MODEL: Final = "langfuse.observation.model.name"
_PARAMETERS: Final = "langfuse.observation.model.parameters"
_USAGE: Final = "langfuse.observation.usage_details"
_COST: Final = "langfuse.observation.cost_details"
_FIRST_TOKEN: Final = "langfuse.observation.completion_start_time"  # noqa: S105  # no password
_FINISH_REASON: Final = f"{_METADATA}.finish_reason"
_PROMPT: Final = (
    ("name", "langfuse.observation.prompt.name"),
    ("version", "langfuse.observation.prompt.version"),
)
_TRACE_METADATA: Final = "langfuse.trace.metadata"
_ROOT_MARKS: Final = ("langfuse.internal.as_root", "langfuse.internal.is_app_root")
_EXPECTED: Final = "langfuse.experiment.item.expected_output"
_WHO: Final = (("user_id", "user.id"), ("session_id", "session.id"))

_TYPES: Final = {
    "agent": "task",
    "chain": "task",
    "embedding": "llm",
    "evaluator": "score",
    "event": "function",
    "generation": "llm",
    "guardrail": "function",
    "retriever": "tool",
    "span": "function",
    "tool": "tool",
}
_CACHED: Final = ("input_cached_tokens", "input_cache_read", "cache_read_input_tokens")
_WRITTEN: Final = ("input_cache_creation", "cache_creation_input_tokens")
_WRITTEN_5M: Final = ("input_cache_creation_5m",)
_WRITTEN_1H: Final = ("input_cache_creation_1h",)
_SPLIT: Final = ("prompt_cache_creation_5m_tokens", "prompt_cache_creation_1h_tokens")
_PARTS: Final[Mapping[str, tuple[str, ...]]] = {
    "prompt_cached_tokens": _CACHED,
    "prompt_cache_creation_tokens": _WRITTEN,
    _SPLIT[0]: _WRITTEN_5M,
    _SPLIT[1]: _WRITTEN_1H,
    "completion_reasoning_tokens": ("output_reasoning_tokens", "output_reasoning"),
    "prompt_audio_tokens": ("input_audio_tokens", "input_audio"),
    "completion_audio_tokens": ("output_audio_tokens", "output_audio"),
}
_IN_CACHE: Final = frozenset({*_CACHED, *_WRITTEN, *_WRITTEN_5M, *_WRITTEN_1H})


def langfuse_dialect(view: SpanView) -> Iterable[Finding]:
    """Return what the ``langfuse.*`` attributes of *view* say."""
    if not any(name.startswith(_PREFIX) for name in view.attributes):
        return ()
    return _findings(view)


def _findings(view: SpanView) -> Iterator[Finding]:
    attributes = view.attributes
    kind = _TYPES.get(text(attributes.get(_TYPE)).lower())
    if kind is not None:
        yield Finding("span_attributes", kind, (_TYPE,), "type")
    yield from _content(attributes, is_llm=kind == "llm")
    yield from _error(view)
    yield from _model(attributes)
    yield from _usage(attributes)
    yield from _timing(view)
    yield from _metadata(attributes, _METADATA)
    yield from _trace(view)


def _content(attributes: Mapping[str, object], *, is_llm: bool) -> Iterator[Finding]:
    if _INPUT in attributes:
        asked = _value(attributes[_INPUT])
        yield from _asked(asked) if is_llm else (Finding("input", native(asked), (_INPUT,)),)
    if _OUTPUT in attributes:
        answered = _value(attributes[_OUTPUT])
        if is_llm:
            reason = _member_value(attributes.get(_FINISH_REASON))
            answered = read_answer(answered, reason if isinstance(reason, str) else None).output
        yield Finding("output", native(answered), (_OUTPUT,))
    if _EXPECTED in attributes:
        yield Finding("expected", native(_value(attributes[_EXPECTED])), (_EXPECTED,))


def _asked(asked: Any) -> Iterator[Finding]:
    request = None
    if isinstance(asked, dict) and isinstance(asked.get("messages"), list):
        request = read_request(asked)
    if request is None:
        yield Finding("input", native(asked), (_INPUT,))
        return
    yield Finding("input", native(request.input), (_INPUT,))
    for key, value in request.metadata.items():
        yield Finding("metadata", native(value), (_INPUT,), key)


def _error(view: SpanView) -> Iterator[Finding]:
    """Return the error, unless an exception on the span tells more of it."""
    level = text(view.attributes.get(_LEVEL)).upper()
    if level == "DEFAULT":
        yield nothing(_LEVEL)
    if level == "ERROR" and not any(event.name == EXCEPTION_EVENT for event in view.events):
        message = text(view.attributes.get(_STATUS))
        if message:
            yield Finding("error", message, (_STATUS, _LEVEL))


def _model(attributes: Mapping[str, object]) -> Iterator[Finding]:
    model = attributes.get(_MODEL)
    if isinstance(model, str) and model:
        yield Finding("metadata", model, (_MODEL,), "model")
    parameters = structure(attributes.get(_PARAMETERS))
    if isinstance(parameters, dict):
        yield nothing(_PARAMETERS)
        for key, value in parameters.items():
            # Langfuse's placeholder for a limit that nobody gave.
            if value is not None and not (key == "max_tokens" and value == "Infinity"):
                yield Finding("metadata", native(value), (_PARAMETERS,), key)
    prompt = {key: plain(attributes[name]) for key, name in _PROMPT if name in attributes}
    if prompt:
        sources = tuple(name for _, name in _PROMPT if name in attributes)
        yield Finding("metadata", native(prompt), sources, "prompt")


def _usage(attributes: Mapping[str, object]) -> Iterator[Finding]:
    usage = structure(attributes.get(_USAGE))
    if isinstance(usage, dict):
        is_provider_s = "prompt_tokens" in usage or (
            "input_tokens" in usage and "input" not in usage
        )
        yield from usage_findings(usage, _USAGE) if is_provider_s else _exclusive(usage)
    costs = structure(attributes.get(_COST))
    if isinstance(costs, dict):
        total = _total_cost(costs)
        if total is not None:
            yield Finding("metrics", total, (_COST,), "estimated_cost")


def _exclusive(usage: Mapping[str, Any]) -> Iterator[Finding]:
    """Return the metrics of Langfuse's own counts, none of which is part of another."""
    parts = {metric: _first(usage, names) for metric, names in _PARTS.items()}
    counts = {metric: count for metric, count in parts.items() if count is not None}
    prompt = _sum(usage, "input", _IN_CACHE)
    if prompt is not None:
        written = counts.get("prompt_cache_creation_tokens", 0)
        split = sum(counts.get(part, 0) for part in _SPLIT)
        counts["prompt_tokens"] = (
            prompt + counts.get("prompt_cached_tokens", 0) + max(written, split)
        )
    completion = _sum(usage, "output", frozenset())
    if completion is not None:
        counts["completion_tokens"] = completion
    total = whole(usage.get("total"))
    if total is not None:
        counts["tokens"] = total
    if all(part in counts for part in _SPLIT):
        counts.pop("prompt_cache_creation_tokens", None)
    told = {metric: (count, (_USAGE,)) for metric, count in counts.items()}
    yield from token_findings(told, exclusive=False)


def _sum(usage: Mapping[str, Any], prefix: str, without: frozenset[str]) -> int | None:
    found = [
        count
        for name, value in usage.items()
        if name.startswith(prefix) and name not in without and (count := whole(value)) is not None
    ]
    return sum(found) if found else None


def _first(usage: Mapping[str, Any], names: Iterable[str]) -> int | None:
    found = (whole(usage.get(name)) for name in names)
    return next((count for count in found if count is not None), None)


def _total_cost(costs: Mapping[str, Any]) -> float | None:
    total = amount(costs.get("total"))
    if total is not None:
        return total
    found = [cost for cost in map(amount, costs.values()) if cost is not None]
    return sum(found) if found else None


def _timing(view: SpanView) -> Iterator[Finding]:
    at = _member_value(view.attributes.get(_FIRST_TOKEN))
    started = view.start_ns
    if not isinstance(at, str) or started is None:
        return
    try:
        first = datetime.fromisoformat(at.replace("Z", "+00:00"))
    except ValueError:
        return
    if first.tzinfo is None:
        first = first.replace(tzinfo=timezone.utc)
    waited = first.timestamp() - started / 1e9
    if waited >= 0:
        yield Finding("metrics", waited, (_FIRST_TOKEN,), "time_to_first_token")


def _metadata(attributes: Mapping[str, object], name: str) -> Iterator[Finding]:
    """Return the members of metadata, given as one object, one by one, or both."""
    prefix = f"{name}."
    for attribute, value in attributes.items():
        if attribute == name:
            members = structure(value)
            if isinstance(members, dict):
                for key, member in members.items():
                    yield Finding("metadata", native(member), (name,), key)
        elif attribute.startswith(prefix) and attribute != prefix:
            member = native(_member_value(value))
            yield Finding("metadata", member, (attribute,), attribute[len(prefix) :])


def _trace(view: SpanView) -> Iterator[Finding]:
    """Return what is said about the whole trace; on its root also what only a root has."""
    attributes = view.attributes
    yield nothing(*_ROOT_MARKS)
    yield from _metadata(attributes, _TRACE_METADATA)
    for key, name in _WHO:
        if isinstance(attributes.get(name), str):
            yield Finding("metadata", attributes[name], (name,), key)
    is_root = view.parent_span_id is None or any(
        attributes.get(mark) is True for mark in _ROOT_MARKS
    )
    if not is_root:
        return
    for field in ("input", "output"):
        name = f"langfuse.trace.{field}"
        if name in attributes:
            yield Finding(field, native(_value(attributes[name])), (name,))
    tags = texts(attributes.get("langfuse.trace.tags"))
    if tags:
        yield Finding("tags", list(dict.fromkeys(tags)), ("langfuse.trace.tags",))
    called = attributes.get("langfuse.trace.name")
    if isinstance(called, str) and called:
        yield Finding("span_attributes", called, ("langfuse.trace.name",), "name")


def _value(value: object) -> Any:
    """Return an input or output: objects and lists are JSON text there, and texts are texts."""
    found = structure(value)
    return plain(value) if found is None else found


def _member_value(value: object) -> Any:
    """Return a member of metadata: JSON text in newer versions, plain texts in older ones."""
    if not isinstance(value, str):
        return plain(value)
    try:
        return loads_leniently(value)
    except ValueError:
        return value
