"""Two dialects that differ from the GenAI conventions in where a model call's messages are.

Sentry has its own names for them; Cloudflare's AI Gateway has the provider's request and answer.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from braintrust_otel._mapping.dialects.messages import choice, conversation
from braintrust_otel._mapping.dialects.native_calls import read_answer, read_request
from braintrust_otel._mapping.dialects.native_usage import usage_findings
from braintrust_otel._mapping.dialects.providers import provider_name
from braintrust_otel._mapping.dialects.reading import json_text, plain, structure
from braintrust_otel._mapping.dialects.tools import tool_definitions
from braintrust_otel._mapping.findings import Finding
from braintrust_otel._mapping.values import native
from braintrust_otel._mapping.view import SpanView

__all__ = ["cloudflare_dialect", "sentry_dialect"]

_SENT: Final = "gen_ai.request.messages"
_TEXT: Final = "gen_ai.response.text"
_CALLS: Final = "gen_ai.response.tool_calls"
_OFFERED: Final = "gen_ai.request.available_tools"
_PROMPT: Final = "gen_ai.prompt_json"
_COMPLETION: Final = "gen_ai.completion_json"
_PROVIDER: Final = "gen_ai.model.provider"


def sentry_dialect(view: SpanView) -> Iterator[Finding]:
    """Return what Sentry says about a model call of *view*."""
    attributes = view.attributes
    if _SENT in attributes:
        asked = _value(attributes[_SENT])
        told = conversation(asked) if isinstance(asked, list) else None
        yield Finding("input", native(asked if told is None else told), (_SENT,))
    if _TEXT in attributes or _CALLS in attributes:
        yield from _said(attributes)
    tools = tool_definitions(attributes.get(_OFFERED))
    if tools:
        yield Finding("metadata", native(tools), (_OFFERED,), "tools")


def _said(attributes: Mapping[str, object]) -> Iterator[Finding]:
    message: dict[str, Any] = {"role": "assistant"}
    sources: list[str] = []
    if attributes.get(_TEXT) is not None:
        said = structure(attributes[_TEXT])
        is_texts = isinstance(said, list) and all(isinstance(text, str) for text in said)
        message["content"] = "".join(said or ()) if is_texts else json_text(attributes[_TEXT])
        sources.append(_TEXT)
    calls = structure(attributes.get(_CALLS))
    if isinstance(calls, list) and all(isinstance(call, dict) for call in calls):
        message["tool_calls"] = calls
        sources.append(_CALLS)
    if sources:
        told = conversation([message]) or [message]
        yield Finding("output", native([choice(0, told[0])]), sources)


def cloudflare_dialect(view: SpanView) -> Iterator[Finding]:
    """Return what Cloudflare's gateway says about a model call of *view*."""
    attributes = view.attributes
    if _PROMPT in attributes:
        yield from _asked(_value(attributes[_PROMPT]))
    if _COMPLETION in attributes:
        answer = read_answer(_value(attributes[_COMPLETION]))
        yield Finding("output", native(answer.output), (_COMPLETION,))
        if answer.model is not None:
            yield Finding("metadata", answer.model, (), "model")
        yield from usage_findings(answer.usage, _COMPLETION)
        if answer.rest is not None:
            yield Finding("metadata", native(answer.rest), (_COMPLETION,), _COMPLETION)
    provider = provider_name(attributes.get(_PROVIDER))
    if provider is not None:
        yield Finding("metadata", provider, (_PROVIDER,), "provider")
    if _PROMPT in attributes or _COMPLETION in attributes:
        yield Finding("span_attributes", "llm", (), "type")


def _asked(asked: Any) -> Iterable[Finding]:
    request = read_request(asked) if isinstance(asked, dict) else None
    if request is None:
        yield Finding("input", native(asked), (_PROMPT,))
        return
    yield Finding("input", native(request.input), (_PROMPT,))
    for key, value in request.metadata.items():
        if key != "model":
            yield Finding("metadata", native(value), (_PROMPT,), key)


def _value(value: object) -> Any:
    found = structure(value)
    return plain(value) if found is None else found
