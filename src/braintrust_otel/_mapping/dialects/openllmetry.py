"""The dialect of OpenLLMetry: what Traceloop's instrumentors and decorators write.

Newer releases write model calls in the words of the GenAI conventions, which are read there. Here
are the older words, and those of workflows, in both generations.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from braintrust_otel._json import encode
from braintrust_otel._mapping.dialects.flattened import Branch, Forest
from braintrust_otel._mapping.dialects.messages import choice
from braintrust_otel._mapping.dialects.openllmetry_stores import is_query, store_findings
from braintrust_otel._mapping.dialects.parts import messages_of
from braintrust_otel._mapping.dialects.reading import is_cut, structure
from braintrust_otel._mapping.dialects.settings import setting_findings
from braintrust_otel._mapping.dialects.tools import tool_definitions
from braintrust_otel._mapping.findings import Finding, nothing
from braintrust_otel._mapping.values import json_value, native
from braintrust_otel._mapping.view import SpanView

__all__ = ["openllmetry_dialect", "openllmetry_entity_dialect"]

_PREFIXES: Final = (
    "gen_ai.prompt.",
    "gen_ai.completion.",
    "gen_ai.is_streaming",
    "gen_ai.user",
    "llm.",
    "traceloop.",
)
_SETTINGS: Final = (
    ("llm.frequency_penalty", "frequency_penalty"),
    ("llm.presence_penalty", "presence_penalty"),
    ("llm.top_k", "top_k"),
    ("llm.chat.stop_sequences", "stop"),
    ("llm.temperature", "temperature"),
    ("llm.top_p", "top_p"),
    ("llm.request.reasoning_effort", "reasoning_effort"),
    ("llm.is_streaming", "stream"),
    ("gen_ai.is_streaming", "stream"),
    ("llm.user", "user"),
    ("gen_ai.user", "user"),
)
_REASONS: Final = (
    "llm.response.finish_reason",
    "llm.response.stop_reason",
    "gen_ai.response.finish_reason",
    "gen_ai.response.stop_reason",
)
_SECRETS: Final = ("llm.headers",)
_ENTITY: Final = (
    ("input", "traceloop.entity.input"),
    ("output", "traceloop.entity.output"),
)
_ASSOCIATION: Final = "traceloop.association.properties."
_PROMPT: Final = "traceloop.prompt."
_VARIABLES: Final = "template_variables"


def openllmetry_dialect(view: SpanView) -> Iterable[Finding]:
    """Return what OpenLLMetry's attributes say, but for what a workflow took and gave."""
    if any(name.startswith(_PREFIXES) for name in view.attributes) or is_query(view):
        return _findings(view)
    return ()


def openllmetry_entity_dialect(view: SpanView) -> Iterable[Finding]:
    """Return what the workflow, task, agent or tool that *view* is took and gave."""
    attributes = view.attributes
    for field, name in _ENTITY:
        value = attributes.get(name)
        if value is not None:
            opened = structure(value)
            yield Finding(field, json_value(value) if opened is None else encode(opened), (name,))
    cut = [name for _, name in _ENTITY if is_cut(attributes.get(name))]
    if cut:
        yield Finding("metadata", cut, (), "unparsed_attributes")


def _findings(view: SpanView) -> Iterator[Finding]:
    attributes = view.attributes
    forest = Forest(attributes)
    yield from _messages(forest, attributes)
    yield from _tools(forest)
    yield from setting_findings(attributes, _SETTINGS)
    yield nothing(*(name for name in _SECRETS if name in attributes))
    yield from _association(attributes)
    yield from _managed_prompt(forest, attributes)
    yield from store_findings(view)


def _messages(forest: Forest, attributes: Mapping[str, object]) -> Iterator[Finding]:
    sent = forest.grow("gen_ai.prompt.")
    asked = [message for _, entry in sent.entries() if (message := _message(entry))]
    told = [part for message in asked for part in messages_of(message)]
    if told:
        yield Finding("input", encode(told), sent.used)
    said = forest.grow("gen_ai.completion.")
    reasons = [name for name in _REASONS if isinstance(attributes.get(name), str)]
    reason = attributes.get(reasons[0]) if reasons else None
    answers = [(index, entry) for index, entry in said.entries() if entry.branches]
    choices = [_choice(index, entry, reason) for index, entry in answers]
    if choices:
        yield Finding("output", encode(choices), [*said.used, *reasons[:1]])


def _choice(index: int, entry: Branch, reason: object) -> dict[str, Any]:
    own = entry.text("finish_reason")
    messages = messages_of({"role": "assistant", **_message(entry)})
    told = choice(index, messages[0], own or reason)
    filtered = structure(entry.value("content_filter_results"))
    return told if filtered is None else {**told, "content_filter_results": filtered}


def _message(entry: Branch) -> dict[str, Any]:
    """Return a message; its content is a text, or JSON text of a list of parts."""
    message: dict[str, Any] = {}
    for name in ("role", "tool_call_id", "refusal", "name"):
        value = entry.value(name)
        if value is not None:
            message[name] = value
    content = entry.value("content")
    if content is not None:
        parts = structure(content)
        message["content"] = parts if _are_parts(parts) else content
    calls = [_call(call) for _, call in entry.entries("tool_calls")]
    if calls:
        message["tool_calls"] = calls
    return message


def _are_parts(content: object) -> bool:
    return isinstance(content, list) and all(
        isinstance(part, dict) and isinstance(part.get("type"), str) for part in content
    )


def _call(entry: Branch) -> dict[str, Any]:
    names = ("id", "name", "arguments")
    return {name: value for name in names if (value := entry.value(name)) is not None}


def _tools(forest: Forest) -> Iterator[Finding]:
    tree = forest.grow("llm.request.").at("functions")
    names = ("name", "description", "parameters", "input_schema")
    offered = [
        {name: value for name in names if (value := entry.value(name)) is not None}
        for _, entry in tree.entries()
    ]
    tools = tool_definitions(offered)
    if tools:
        yield Finding("metadata", encode(tools), tree.used, "tools")


def _association(attributes: Mapping[str, object]) -> Iterator[Finding]:
    start = len(_ASSOCIATION)
    for name, value in attributes.items():
        if name.startswith(_ASSOCIATION) and len(name) > start and value is not None:
            yield Finding("metadata", native(value), (name,), name[start:])


def _managed_prompt(forest: Forest, attributes: Mapping[str, object]) -> Iterator[Finding]:
    """Return the managed prompt behind a call, its variables as one object."""
    tree = forest.grow(_PROMPT)
    prompt: dict[str, Any] = {}
    for word in ("key", "version", "version_name", "version_hash", "template", "managed"):
        value = tree.value(word)
        if value is not None:
            prompt[word] = value
    told = _variables(tree.value(_VARIABLES))
    start = f"{_PROMPT}{_VARIABLES}."
    for name, value in attributes.items():
        if name.startswith(start) and value is not None:
            told[name[len(start) :].removeprefix("variables.")] = value
            tree.used.append(name)
    if told:
        prompt["variables"] = told
    if prompt:
        yield Finding("metadata", encode(prompt), tree.used, "prompt")


def _variables(value: Any) -> dict[str, Any]:
    """Return the variables of a prompt; what is no object is kept under the word for them."""
    variables = structure(value)
    if isinstance(variables, dict):
        return dict(variables)
    return {} if value is None else {_VARIABLES: value}
