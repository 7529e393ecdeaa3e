"""The dialect of the AI SDK of Vercel up to version 6: ``ai.*``.

Later versions speak the GenAI conventions. One call of the SDK is a span, and each request to the
model is one more below it; the outer one repeats the token counts of the inner ones.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from braintrust_otel._mapping.dialects.messages import choice, conversation, finish_reason
from braintrust_otel._mapping.dialects.parts import messages_of
from braintrust_otel._mapping.dialects.providers import provider_name
from braintrust_otel._mapping.dialects.reading import amount, json_text, plain, structure, texts
from braintrust_otel._mapping.dialects.tools import tool_choice, tool_definitions
from braintrust_otel._mapping.dialects.vercel_usage import vercel_usage
from braintrust_otel._mapping.findings import Finding, nothing
from braintrust_otel._mapping.values import native, text
from braintrust_otel._mapping.view import SpanView
from braintrust_otel._model import attributes as names

__all__ = ["vercel_dialect"]

_OPERATION: Final = "ai.operationId"
_PREFIX: Final = "ai."
_CALL_ENDINGS: Final = {
    ".doEmbed": "llm",
    ".doGenerate": "llm",
    ".doRerank": "tool",
    ".doStream": "llm",
}
_TOOL_CALL: Final = "ai.toolCall"
_HEADERS: Final = "ai.request.headers."
_METADATA: Final = "ai.telemetry.metadata."
_FUNCTION: Final = "ai.telemetry.functionId"
_MODELS: Final = ("ai.response.model", "ai.model.id")
_PROVIDER: Final = "ai.model.provider"
_SETTINGS: Final = {
    "ai.settings.frequencyPenalty": "frequency_penalty",
    "ai.settings.maxOutputTokens": "max_tokens",
    "ai.settings.maxRetries": "max_retries",
    "ai.settings.maxTokens": "max_tokens",
    "ai.settings.presencePenalty": "presence_penalty",
    "ai.settings.seed": "seed",
    "ai.settings.stopSequences": "stop",
    "ai.settings.temperature": "temperature",
    "ai.settings.topK": "top_k",
    "ai.settings.topP": "top_p",
}
_MESSAGES: Final = "ai.prompt.messages"
_PROMPT: Final = "ai.prompt"
_TOOLS: Final = "ai.prompt.tools"
_TOOL_CHOICE: Final = "ai.prompt.toolChoice"
_SCHEMA: Final = "ai.schema"
_SCHEMA_MEMBERS: Final = (("name", "ai.schema.name"), ("description", "ai.schema.description"))
_TEXTS: Final = ("ai.response.text", "ai.result.text")
_OBJECTS: Final = ("ai.response.object", "ai.result.object")
_REASONINGS: Final = ("ai.response.reasoning", "ai.result.reasoning")
_FILES: Final = ("ai.response.files", "ai.result.files")
_TOOL_CALLS: Final = ("ai.response.toolCalls", "ai.result.toolCalls")
_FINISH: Final = ("ai.response.finishReason", "ai.finishReason")
_FIRST_CHUNK: Final = "ai.response.msToFirstChunk"
_FIRST_CHUNK_EVENT: Final = "ai.stream.firstChunk"
_VALUES: Final = ("ai.value", "ai.values", "ai.documents")
_VECTORS: Final = ("ai.embedding", "ai.embeddings")
_RANKING: Final = "ai.ranking"


def vercel_dialect(view: SpanView) -> Iterable[Finding]:
    """Return what the ``ai.*`` attributes of *view* say."""
    operation = view.attributes.get(_OPERATION)
    return _findings(view, operation) if isinstance(operation, str) else ()


def _findings(view: SpanView, operation: str) -> Iterator[Finding]:
    attributes = view.attributes
    kind = _kind(operation)
    if kind is not None:
        yield Finding("span_attributes", kind, (), "type")
    if operation == _TOOL_CALL:
        yield from _tool_run(attributes)
    yield from _asked(attributes)
    yield from _answered(attributes, is_llm=kind == "llm")
    yield from _embedded(attributes)
    yield from _model(attributes)
    yield from _settings(attributes)
    yield from _telemetry(attributes, operation)
    if kind == "llm":
        yield from vercel_usage(attributes)
        yield from _timing(view)


def _kind(operation: str) -> str | None:
    if operation == _TOOL_CALL:
        return "tool"
    if not operation.startswith(_PREFIX):
        return None
    return next((kind for end, kind in _CALL_ENDINGS.items() if operation.endswith(end)), "task")


def _tool_run(attributes: Mapping[str, object]) -> Iterator[Finding]:
    name = attributes.get("ai.toolCall.name")
    if isinstance(name, str) and name:
        yield Finding("span_attributes", name, ("ai.toolCall.name",), "name")
    for field, source in (("input", "ai.toolCall.args"), ("output", "ai.toolCall.result")):
        if source in attributes:
            yield Finding(field, native(_value(attributes[source])), (source,))


def _asked(attributes: Mapping[str, object]) -> Iterator[Finding]:
    messages = conversation(structure(attributes.get(_MESSAGES)))
    if messages is not None:
        yield Finding("input", native(messages), (_MESSAGES,))
    elif _MESSAGES in attributes:
        yield Finding("input", native(attributes[_MESSAGES]), (_MESSAGES,))
    if _PROMPT in attributes:
        yield Finding("input", native(_value(attributes[_PROMPT])), (_PROMPT,))
    tools = tool_definitions(attributes.get(_TOOLS))
    if tools:
        yield Finding("metadata", native(tools), (_TOOLS,), "tools")
    if _TOOL_CHOICE in attributes:
        told = attributes[_TOOL_CHOICE]
        yield Finding("metadata", native(tool_choice(told) or told), (_TOOL_CHOICE,), "tool_choice")
    schema = structure(attributes.get(_SCHEMA))
    if schema is not None:
        given = {key: attributes[name] for key, name in _SCHEMA_MEMBERS if name in attributes}
        sources = (_SCHEMA, *[name for _, name in _SCHEMA_MEMBERS if name in attributes])
        form = {"type": "json_schema", "json_schema": {**given, "schema": schema}}
        yield Finding("metadata", native(form), sources, "response_format")


def _answered(attributes: Mapping[str, object], *, is_llm: bool) -> Iterator[Finding]:
    found = {group[0]: name for group in _ANSWERS if (name := _first(attributes, group))}
    if not found:
        return
    finish = _first(attributes, _FINISH)
    sources = (*found.values(), *(() if finish is None else (finish, names.GEN_AI_FINISH_REASONS)))
    if not is_llm and len(found) == 1 and next(iter(found)) in _PLAIN_ANSWERS:
        (name,) = found.values()
        yield Finding("output", native(_value(attributes[name])), (name,))
        return
    message = messages_of({"role": "assistant", "parts": _parts(attributes, found)})[0]
    reason = None if finish is None else finish_reason(attributes[finish])
    yield Finding("output", native([choice(0, message, reason)]), sources)


_ANSWERS: Final = (_REASONINGS, _TEXTS, _OBJECTS, _FILES, _TOOL_CALLS)
_PLAIN_ANSWERS: Final = (_TEXTS[0], _OBJECTS[0])


def _parts(attributes: Mapping[str, object], found: Mapping[str, str]) -> list[Any]:
    parts: list[Any] = [
        {"type": "text", "text": json_text(attributes[found[group]])}
        for group in _PLAIN_ANSWERS
        if group in found
    ]
    for group, kind, member in _LISTED_ANSWERS:
        name = found.get(group)
        if name is None:
            continue
        listed = structure(attributes[name])
        entries = listed if isinstance(listed, list) else [json_text(attributes[name])]
        told = [entry if isinstance(entry, dict) else {member: entry} for entry in entries]
        parts.extend({**entry, "type": kind} for entry in told)
    return parts


_LISTED_ANSWERS: Final = (
    (_REASONINGS[0], "reasoning", "text"),
    (_FILES[0], "file", "file"),
    (_TOOL_CALLS[0], "tool-call", "input"),
)


def _embedded(attributes: Mapping[str, object]) -> Iterator[Finding]:
    for name in _VALUES:
        if name in attributes:
            yield Finding("input", native(_opened(attributes[name])), (name,))
    for name in _VECTORS:
        vector = _opened(attributes.get(name))
        if isinstance(vector, list) and vector:
            first = vector[0] if isinstance(vector[0], list) else vector
            yield Finding("output", native({"embedding_length": len(first)}), (name,))
    if _RANKING in attributes:
        yield Finding("output", native(_opened(attributes[_RANKING])), (_RANKING,))


def _model(attributes: Mapping[str, object]) -> Iterator[Finding]:
    for name in _MODELS:
        model = attributes.get(name)
        if isinstance(model, str) and model:
            yield Finding("metadata", model, (name,), "model")
    provider = provider_name(attributes.get(_PROVIDER))
    if provider is not None and "." in provider:
        provider = provider_name(provider.partition(".")[0])  # the API of it comes after the dot
    if provider is not None:
        sources = [
            name
            for name in (_PROVIDER, names.GEN_AI_SYSTEM)
            if attributes.get(name) == attributes[_PROVIDER]
        ]
        yield Finding("metadata", provider, sources, "provider")


def _settings(attributes: Mapping[str, object]) -> Iterator[Finding]:
    for name, member in _SETTINGS.items():
        if attributes.get(name) is not None:
            yield Finding("metadata", native(attributes[name]), (name,), member)


def _telemetry(attributes: Mapping[str, object], operation: str) -> Iterator[Finding]:
    """Return what the program said about the call; headers may hold secrets."""
    function = attributes.get(_FUNCTION)
    if function is not None:
        same = [name for name in (_FUNCTION, "resource.name") if attributes.get(name) == function]
        yield Finding("metadata", native(function), same, "function_id")
    if attributes.get("operation.name") in (operation, f"{operation} {text(function)}"):
        yield nothing("operation.name")
    for name, value in attributes.items():
        if name.startswith(_HEADERS):
            yield nothing(name)
        elif name.startswith(_METADATA) and name != _METADATA:
            member = name[len(_METADATA) :]
            tags = texts(value) if member == "tags" else []
            if tags:
                yield Finding("tags", list(dict.fromkeys(tags)), (name,))
            else:
                yield Finding("metadata", native(value), (name,), member)


def _timing(view: SpanView) -> Iterator[Finding]:
    waited = amount(view.attributes.get(_FIRST_CHUNK))
    if waited is not None:
        yield Finding("metrics", waited / 1000, (_FIRST_CHUNK,), "time_to_first_token")
    for at, event in enumerate(view.events):
        waited = amount(event.attributes.get(_FIRST_CHUNK))
        if event.name == _FIRST_CHUNK_EVENT and waited is not None:
            yield Finding("metrics", waited / 1000, (), "time_to_first_token", (at,))


def _first(attributes: Mapping[str, object], group: Iterable[str]) -> str | None:
    return next((name for name in group if attributes.get(name) not in (None, "")), None)


def _value(value: object) -> Any:
    found = structure(value)
    return plain(value) if found is None else found


def _opened(value: object) -> Any:
    """Return a value, or the list of values, that JSON text spells."""
    found = _unquoted(value)
    return [_unquoted(item) for item in found] if isinstance(found, list) else found


def _unquoted(value: object) -> Any:
    if isinstance(value, str) and value.startswith('"'):
        wrapped = structure(f"[{value}]")
        return wrapped[0] if isinstance(wrapped, list) and wrapped else value
    return _value(value)
