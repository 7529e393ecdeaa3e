"""The dialect of OpenInference: what Phoenix, Arize and its instrumentors write."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from braintrust_otel._json import encode
from braintrust_otel._mapping.dialects.flattened import Forest
from braintrust_otel._mapping.dialects.kinds import span_kind
from braintrust_otel._mapping.dialects.messages import conversation
from braintrust_otel._mapping.dialects.openinference_messages import (
    flattened_choices,
    flattened_messages,
    lacks_parts,
)
from braintrust_otel._mapping.dialects.openinference_work import (
    document_findings,
    embedding_findings,
    evaluation_findings,
    is_raw,
    told_type,
    with_raw_value,
)
from braintrust_otel._mapping.dialects.providers import provider_name
from braintrust_otel._mapping.dialects.reading import amount, is_cut, structure, texts
from braintrust_otel._mapping.dialects.settings import spread_findings, tool_findings
from braintrust_otel._mapping.dialects.streaming import first_chunk_findings
from braintrust_otel._mapping.dialects.tools import tool_definitions
from braintrust_otel._mapping.dialects.usage import is_exclusive, read_counts, token_findings
from braintrust_otel._mapping.findings import Finding, nothing
from braintrust_otel._mapping.values import native, text
from braintrust_otel._mapping.view import SpanView
from braintrust_otel._model import attributes as names

__all__ = ["openinference_dialect", "openinference_value_dialect"]

_PREFIXES: Final = ("llm.", "embedding.", "retrieval.", "reranker.", "tag.", "evaluation.")
_MODELS: Final = (
    names.LLM_RESPONSE_MODEL_NAME,
    "llm.output_model_name",
    names.LLM_MODEL_NAME,
    "llm.request.model_name",
    "llm.input_model_name",
    "embedding.model_name",
    "reranker.model_name",
)
_PROVIDERS: Final = ("llm.provider", "llm.system")
_PARAMETERS: Final = ("llm.invocation_parameters", "embedding.invocation_parameters")
_TOKENS: Final = (
    ("prompt_tokens", ("llm.token_count.prompt",)),
    ("completion_tokens", ("llm.token_count.completion",)),
    ("tokens", ("llm.token_count.total",)),
    (
        "prompt_cached_tokens",
        (
            "llm.token_count.prompt_details.cache_read",
            "llm.token_count.prompt_details.cache_input",
        ),
    ),
    ("prompt_cache_creation_tokens", ("llm.token_count.prompt_details.cache_write",)),
    ("prompt_audio_tokens", ("llm.token_count.prompt_details.audio",)),
    ("completion_reasoning_tokens", ("llm.token_count.completion_details.reasoning",)),
    ("completion_audio_tokens", ("llm.token_count.completion_details.audio",)),
)
_COST: Final = "llm.cost.total"
_REASON: Final = "llm.finish_reason"
_SIDES: Final = (
    ("input", "input.value", "input.mime_type"),
    ("output", "output.value", "output.mime_type"),
)
_BETTER: Final[Mapping[str, tuple[tuple[str, str], ...]]] = {
    "input": (
        ("llm.input_messages.", "message"),
        ("llm.prompts.", "prompt.text"),
        ("embedding.embeddings.", "embedding.text"),
        ("reranker.input_documents.", "document"),
    ),
    "output": (
        ("llm.output_messages.", "message"),
        ("llm.choices.", "completion.text"),
        ("embedding.embeddings.", "embedding.vector"),
        ("retrieval.documents.", "document"),
        ("reranker.output_documents.", "document"),
    ),
}
_MEMBERS: Final = (("session.id", "session_id"), ("user.id", "user_id"))
_FIRST_TOKEN: Final = ("First Token Stream Event",)


def openinference_dialect(view: SpanView) -> Iterable[Finding]:
    """Return what the OpenInference attributes of *view* say, but for the plain values."""
    attributes = view.attributes
    if names.OPENINFERENCE_SPAN_KIND in attributes or any(map(_is_known, attributes)):
        return _findings(view)
    return ()


def openinference_value_dialect(view: SpanView) -> Iterable[Finding]:
    """Return what ``input.value`` and ``output.value`` of *view* say; other dialects go first."""
    attributes = view.attributes
    for side, name, mime in _SIDES:
        value = attributes.get(name)
        if value is None:
            continue
        if is_raw(value) and _has_messages(attributes, side):
            yield nothing(name, *told_type(attributes, mime))
        else:
            sources = (name, *told_type(attributes, mime))
            yield Finding(side, _value(value, attributes.get(mime)), sources)
    cut = _cut(attributes)
    if cut:
        yield Finding("metadata", cut, (), "unparsed_attributes")


def _has_messages(attributes: Mapping[str, object], side: str) -> bool:
    """Tell whether the *side* of a call is told in better words than as the client sent it."""
    if structure(attributes.get(f"gen_ai.{side}.messages")) is not None:
        return True
    forest = Forest(attributes)
    for prefix, word in _BETTER[side]:
        if any(entry.at(word) for _, entry in forest.grow(prefix).entries()):
            return True
    return False


def _is_known(name: str) -> bool:
    return name.startswith(_PREFIXES)


def _findings(view: SpanView) -> Iterator[Finding]:
    attributes = view.attributes
    forest = Forest(attributes)
    kind = span_kind(view)
    is_task = kind is not None and kind.type == "task"
    yield from _messages(forest, attributes)
    yield from embedding_findings(forest, attributes)
    yield from document_findings(forest, attributes)
    yield from _identity(attributes)
    yield from _tools(forest, attributes)
    for name in _PARAMETERS:
        yield from _parameters(attributes, name)
    counts = read_counts(attributes, _TOKENS)
    provider = next(
        filter(None, (provider_name(attributes.get(name)) for name in _PROVIDERS)), None
    )
    yield from token_findings(counts, exclusive=is_exclusive(view, provider))
    cost = amount(attributes.get(_COST))
    if cost is not None and not is_task:
        yield Finding("metrics", cost, (_COST,), "estimated_cost")
    yield from first_chunk_findings(view, _FIRST_TOKEN)
    yield from evaluation_findings(attributes)
    if names.OPENINFERENCE_SPAN_KIND in attributes:
        yield from _context(attributes)


def _messages(forest: Forest, attributes: Mapping[str, object]) -> Iterator[Finding]:
    """Return the conversation: as chat messages, or as the texts of completions."""
    yield from _sent(forest, attributes)
    said = forest.grow("llm.output_messages.")
    reason = attributes.get(_REASON)
    told = reason if isinstance(reason, str) else None
    choices = flattened_choices(said.entries(), told)
    if choices:
        sources = with_raw_value(said.used, attributes, "output")
        yield _told("output", choices, [*sources, _REASON], attributes)
    yield from _completions(forest, attributes, told)


def _told(
    field: str, value: object, sources: list[str], attributes: Mapping[str, object]
) -> Finding:
    """Return the finding of one side; nothing where the emitter says it in GenAI's words, too."""
    if structure(attributes.get(f"gen_ai.{field}.messages")) is not None:
        return nothing(*sources)
    return Finding(field, encode(value), sources)


def _sent(forest: Forest, attributes: Mapping[str, object]) -> Iterator[Finding]:
    sent = forest.grow("llm.input_messages.")
    messages = flattened_messages(sent.entries())
    if not messages:
        return
    if lacks_parts(sent.entries()):
        # What the conventions have no words for was left out; the raw request still has it.
        raw = structure(attributes.get("input.value"))
        whole = conversation(raw.get("messages")) if isinstance(raw, dict) else None
        if whole is not None and len(whole) == len(messages):
            messages = whole
    yield _told("input", messages, with_raw_value(sent.used, attributes, "input"), attributes)


def _completions(
    forest: Forest, attributes: Mapping[str, object], reason: str | None
) -> Iterator[Finding]:
    prompts = forest.grow("llm.prompts.")
    asked = [told for _, entry in prompts.entries() if (told := entry.text("prompt.text"))]
    if asked:
        messages = [{"role": "user", "content": told} for told in asked]
        yield Finding("input", encode(messages), with_raw_value(prompts.used, attributes, "input"))
    answers = forest.grow("llm.choices.")
    said = [
        {"index": index, "message": {"role": "assistant", "content": told}}
        for index, entry in answers.entries()
        if (told := entry.text("completion.text")) is not None
    ]
    if said:
        sources = with_raw_value(answers.used, attributes, "output")
        yield Finding("output", encode(said), sources)


def _identity(attributes: Mapping[str, object]) -> Iterator[Finding]:
    for name in _PROVIDERS:
        provider = provider_name(attributes.get(name))
        if provider is not None:
            yield Finding("metadata", provider, (name,), "provider")
    for name in _MODELS:
        model = text(attributes.get(name))
        if model:
            yield Finding("metadata", model, (name,), "model")


def _tools(forest: Forest, attributes: Mapping[str, object]) -> Iterator[Finding]:
    tree = forest.grow("llm.tools.")
    offered = [entry.value("tool.json_schema") for _, entry in tree.entries()]
    tools = tool_definitions([tool for tool in offered if tool is not None])
    if tools:
        yield Finding("metadata", encode(tools), tree.used, "tools")
    yield from tool_findings(attributes, "llm.tool_choice")


def _parameters(attributes: Mapping[str, object], name: str) -> Iterator[Finding]:
    parameters = structure(attributes.get(name))
    if not isinstance(parameters, dict):
        return
    model = parameters.get("model")
    if isinstance(model, str) and not any(text(attributes.get(told)) for told in _MODELS):
        yield Finding("metadata", model, (name,), "model")
    yield from spread_findings(parameters, name)


def _context(attributes: Mapping[str, object]) -> Iterator[Finding]:
    """Return what spans of every kind hold: whose they are, tags, and the user's metadata."""
    for name, member in _MEMBERS:
        value = attributes.get(name)
        if value is not None:
            yield Finding("metadata", native(value), (name,), member)
    tags = texts(attributes.get("tag.tags"))
    if tags:
        yield Finding("tags", list(dict.fromkeys(tags)), ("tag.tags",))
    told = structure(attributes.get("metadata"))
    if isinstance(told, dict):
        for member, value in told.items():
            yield Finding("metadata", native(value), ("metadata",), member)
        yield nothing("metadata")


def _value(value: object, mime: object) -> object:
    """Return a value as its type says; a JSON text that was cut, and any other, as it is."""
    is_json = isinstance(mime, str) and "json" in mime.lower()
    opened: Any = structure(value) if is_json or not isinstance(value, str) else None
    return native(value) if opened is None else encode(opened)


def _cut(attributes: Mapping[str, object]) -> list[str]:
    return [
        name
        for _, name, mime in _SIDES
        if "json" in text(attributes.get(mime)) and is_cut(attributes.get(name))
    ]
