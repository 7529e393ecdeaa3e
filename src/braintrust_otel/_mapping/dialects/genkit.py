"""The dialect of Genkit: ``genkit:*``, in which inputs and outputs are JSON text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from braintrust_otel._json import loads_leniently
from braintrust_otel._mapping.dialects.messages import conversation, output_choices
from braintrust_otel._mapping.dialects.reading import plain, whole
from braintrust_otel._mapping.dialects.tools import tool_definitions
from braintrust_otel._mapping.dialects.usage import token_findings
from braintrust_otel._mapping.findings import Finding
from braintrust_otel._mapping.values import native, text
from braintrust_otel._mapping.view import SpanView

__all__ = ["genkit_dialect"]

_PREFIX: Final = "genkit:"
_INPUT: Final = "genkit:input"
_OUTPUT: Final = "genkit:output"
_SUBTYPE: Final = "genkit:metadata:subtype"
_TYPES: Final = {
    "agent": "task",
    "background-model": "llm",
    "embedder": "llm",
    "evaluator": "score",
    "flow": "task",
    "model": "llm",
    "prompt": "task",
    "reranker": "tool",
    "retriever": "tool",
    "tool": "tool",
    "util": "function",
}
_SETTINGS: Final = {
    "maxOutputTokens": "max_tokens",
    "stopSequences": "stop",
    "temperature": "temperature",
    "topK": "top_k",
    "topP": "top_p",
}
_COUNTS: Final = (
    ("prompt_tokens", "inputTokens"),
    ("completion_tokens", "outputTokens"),
    ("tokens", "totalTokens"),
    ("prompt_cached_tokens", "cachedContentTokens"),
    ("completion_reasoning_tokens", "thoughtsTokens"),
)


def genkit_dialect(view: SpanView) -> Iterable[Finding]:
    """Return what the ``genkit:*`` attributes of *view* say."""
    if not any(name.startswith(_PREFIX) for name in view.attributes):
        return ()
    return _findings(view.attributes)


def _findings(attributes: Mapping[str, object]) -> Iterator[Finding]:
    subtype = text(attributes.get(_SUBTYPE)).partition(".")[0]
    kind = _TYPES.get(subtype)
    if kind is not None:
        yield Finding("span_attributes", kind, (_SUBTYPE,), "type")
    asked, answered = _opened(attributes.get(_INPUT)), _opened(attributes.get(_OUTPUT))
    is_model = kind == "llm" and subtype != "embedder"
    if is_model and isinstance(asked, dict) and isinstance(asked.get("messages"), list):
        yield from _request(asked)
    elif _INPUT in attributes:
        yield Finding("input", native(asked), (_INPUT,))
    if is_model and isinstance(answered, dict):
        yield from _answer(answered)
    elif _OUTPUT in attributes:
        yield Finding("output", native(answered), (_OUTPUT,))


def _request(asked: Mapping[str, Any]) -> Iterator[Finding]:
    yield Finding("input", native(_plain_parts(asked["messages"])), (_INPUT,))
    tools = tool_definitions(asked.get("tools"))
    if tools:
        yield Finding("metadata", native(tools), (_INPUT,), "tools")
    config = asked.get("config")
    for name, value in (config if isinstance(config, dict) else {}).items():
        if value is not None and "key" not in name.lower():
            yield Finding("metadata", native(value), (_INPUT,), _SETTINGS.get(name, name))
    told = ("messages", "tools", "config")
    rest = {
        key: value for key, value in asked.items() if key not in told and value not in (None, [])
    }
    if rest:
        yield Finding("metadata", native(rest), (_INPUT,), _INPUT)


def _answer(answered: Mapping[str, Any]) -> Iterator[Finding]:
    message, reason = answered.get("message"), answered.get("finishReason")
    candidates = answered.get("candidates")
    if not isinstance(message, dict) and isinstance(candidates, list) and candidates:
        first = candidates[0] if isinstance(candidates[0], dict) else {}
        message, reason = first.get("message"), first.get("finishReason")
    if not isinstance(message, dict):
        yield Finding("output", native(plain(answered)), (_OUTPUT,))
        return
    reasons = (reason,) if isinstance(reason, str) else ()
    said = output_choices(_plain_parts([message]), reasons)
    yield Finding("output", native(said), (_OUTPUT,))
    usage = answered.get("usage")
    if isinstance(usage, dict):
        found = {metric: whole(usage.get(name)) for metric, name in _COUNTS}
        counts = {
            metric: (count, (_OUTPUT,)) for metric, count in found.items() if count is not None
        }
        yield from token_findings(counts, exclusive=False)


def _plain_parts(messages: list[Any]) -> list[Any]:
    """Return *messages* without Genkit's parts, which say by their key what they are."""
    told = [
        {**message, "content": [_part(part) for part in message["content"]]}
        if isinstance(message, dict) and isinstance(message.get("content"), list)
        else message
        for message in messages
    ]
    return conversation(told) or messages


def _part(part: Any) -> Any:
    if not isinstance(part, dict):
        return part
    for key, kind in (("toolRequest", "tool_call"), ("toolResponse", "tool_call_response")):
        inner = part.get(key)
        if isinstance(inner, dict):
            renamed = {"id" if name == "ref" else name: value for name, value in inner.items()}
            return {"type": kind, **renamed}
    media = part.get("media")
    if isinstance(media, dict) and isinstance(media.get("url"), str):
        return {"type": "uri", "uri": media["url"], "mime_type": media.get("contentType")}
    if isinstance(part.get("reasoning"), str):
        return {"type": "reasoning", "content": part["reasoning"]}
    if isinstance(part.get("text"), str):
        return {"type": "text", "text": part["text"]}
    return part


def _opened(value: object) -> Any:
    if not isinstance(value, str):
        return plain(value)
    try:
        return loads_leniently(value)
    except ValueError:
        return value
