"""The dialect of OpenTelemetry's GenAI conventions: attributes of the span, current and older."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from braintrust_otel._json import encode
from braintrust_otel._mapping.dialects.kinds import span_kind
from braintrust_otel._mapping.dialects.messages import (
    conversation,
    output_choices,
    with_instructions,
)
from braintrust_otel._mapping.dialects.providers import provider_name
from braintrust_otel._mapping.dialects.reading import (
    amount,
    first_given,
    is_cut,
    plain,
    structure,
    texts,
)
from braintrust_otel._mapping.dialects.settings import setting_findings, tool_findings
from braintrust_otel._mapping.dialects.usage import (
    is_exclusive,
    read_counts,
    token_findings,
)
from braintrust_otel._mapping.findings import Finding, nothing
from braintrust_otel._mapping.values import native, text
from braintrust_otel._mapping.view import SpanView
from braintrust_otel._model import attributes as names

__all__ = ["attribute_findings", "genai_dialect"]

_PREFIXES: Final = ("gen_ai.", "llm.usage.")
_PROVIDERS: Final = (names.GEN_AI_PROVIDER_NAME, names.GEN_AI_SYSTEM)
_MODELS: Final = (names.GEN_AI_RESPONSE_MODEL, names.GEN_AI_REQUEST_MODEL)
_SETTINGS: Final = (
    (names.GEN_AI_MAX_TOKENS, "max_tokens"),
    (names.GEN_AI_TEMPERATURE, "temperature"),
    (names.GEN_AI_TOP_P, "top_p"),
    (names.GEN_AI_FREQUENCY_PENALTY, "frequency_penalty"),
    (names.GEN_AI_PRESENCE_PENALTY, "presence_penalty"),
    (names.GEN_AI_STOP_SEQUENCES, "stop"),
    ("gen_ai.request.top_k", "top_k"),
    ("gen_ai.request.seed", "seed"),
    ("gen_ai.request.choice.count", "n"),
    ("gen_ai.request.n", "n"),
    ("gen_ai.request.max_completion_tokens", "max_completion_tokens"),
    ("gen_ai.request.repetition_penalty", "repetition_penalty"),
    ("gen_ai.request.stream", "stream"),
    ("gen_ai.request.encoding_formats", "encoding_formats"),
    ("gen_ai.request.reasoning_effort", "reasoning_effort"),
    ("gen_ai.conversation.id", "conversation_id"),
    ("gen_ai.openai.request.seed", "seed"),
)
_FORMATS: Final = (
    "gen_ai.request.structured_output_schema",
    "gen_ai.openai.request.response_format",
)
_TOKENS: Final = (
    (
        "prompt_tokens",
        (names.GEN_AI_INPUT_TOKENS, "gen_ai.usage.prompt_tokens", "llm.usage.prompt_tokens"),
    ),
    (
        "completion_tokens",
        (
            names.GEN_AI_OUTPUT_TOKENS,
            "gen_ai.usage.completion_tokens",
            "llm.usage.completion_tokens",
        ),
    ),
    ("tokens", ("gen_ai.usage.total_tokens", "llm.usage.total_tokens")),
    (
        "prompt_cached_tokens",
        (
            names.GEN_AI_CACHE_READ_TOKENS,
            "gen_ai.usage.cache_read_input_tokens",
            "gen_ai.usage.input_tokens.cached",
            "llm.usage.cache_read_input_tokens",
        ),
    ),
    (
        "prompt_cache_creation_tokens",
        (
            "gen_ai.usage.cache_write.input_tokens",
            names.GEN_AI_CACHE_CREATION_TOKENS,
            "gen_ai.usage.cache_creation_input_tokens",
            "llm.usage.cache_creation_input_tokens",
        ),
    ),
    (
        "completion_reasoning_tokens",
        (
            "gen_ai.usage.reasoning.output_tokens",
            "gen_ai.usage.reasoning_tokens",
            "gen_ai.usage.output_tokens.reasoning",
            "llm.usage.reasoning_tokens",
        ),
    ),
    ("prompt_audio_tokens", ("gen_ai.usage.audio.input_tokens",)),
    ("completion_audio_tokens", ("gen_ai.usage.audio.output_tokens",)),
    ("completion_image_tokens", ("gen_ai.usage.image.output_tokens",)),
)
_FIRST_CHUNK: Final = (
    "gen_ai.response.time_to_first_chunk",
    "gen_ai.client.operation.time_to_first_chunk",
    "gen_ai.response.time_to_first_token",
)
_COSTS: Final = ("operation.cost", "gen_ai.usage.cost")
_SECRETS: Final = ("gen_ai.headers",)


def genai_dialect(view: SpanView) -> Iterable[Finding]:
    """Return what the ``gen_ai.*`` attributes of *view* say."""
    if not any(name.startswith(_PREFIXES) for name in view.attributes):
        return ()
    return attribute_findings(view, view.attributes)


def attribute_findings(view: SpanView, attributes: Mapping[str, object]) -> Iterator[Finding]:
    """Return what *attributes* say, those of *view* or of one of its span events."""
    kind = span_kind(view)
    type_ = None if kind is None else kind.type
    yield from _content(attributes)
    if type_ == "tool":
        yield from _tool_run(attributes)
    yield from _identity(attributes)
    yield from setting_findings(attributes, _SETTINGS)
    yield from _response_format(attributes)
    yield from tool_findings(attributes, names.GEN_AI_TOOL_DEFINITIONS)
    yield from tool_findings(attributes, "gen_ai.request.tool_choice")
    counts = read_counts(attributes, _TOKENS)
    yield from token_findings(counts, exclusive=is_exclusive(view))
    yield from _measures(attributes, is_priced=type_ != "task")
    yield from _evaluation(attributes)
    yield nothing(*(name for name in _SECRETS if name in attributes))


def _content(attributes: Mapping[str, object]) -> Iterator[Finding]:
    yield from _input(attributes)
    yield from _output(attributes)
    cut = [name for name in _MESSAGES if is_cut(attributes.get(name))]
    if cut:
        yield Finding("metadata", cut, (), "unparsed_attributes")


_MESSAGES: Final = (
    names.GEN_AI_SYSTEM_INSTRUCTIONS,
    names.GEN_AI_INPUT_MESSAGES,
    names.GEN_AI_OUTPUT_MESSAGES,
)


def _input(attributes: Mapping[str, object]) -> Iterator[Finding]:
    instructions = attributes.get(names.GEN_AI_SYSTEM_INSTRUCTIONS)
    sent = attributes.get(names.GEN_AI_INPUT_MESSAGES)
    if instructions is None and sent is None:
        return
    told = conversation(structure(sent))
    if told is None:
        if sent is not None:
            yield Finding("input", native(sent), (names.GEN_AI_INPUT_MESSAGES,))
            return
        told = []
    opened = _opened(instructions)
    whole = with_instructions(opened, told)
    sources = [names.GEN_AI_INPUT_MESSAGES] if sent is not None else []
    if whole is not told:
        sources.append(names.GEN_AI_SYSTEM_INSTRUCTIONS)
    if whole:
        yield Finding("input", encode(whole), sources)


def _output(attributes: Mapping[str, object]) -> Iterator[Finding]:
    name = names.GEN_AI_OUTPUT_MESSAGES
    said = attributes.get(name)
    if said is None:
        return
    reasons = texts(attributes.get(names.GEN_AI_FINISH_REASONS))
    opened = structure(said)
    choices = None if opened is None else output_choices(opened, reasons)
    if choices is None:
        yield Finding("output", native(said), (name,))
        return
    yield Finding("output", encode(choices), (name, names.GEN_AI_FINISH_REASONS))


def _tool_run(attributes: Mapping[str, object]) -> Iterator[Finding]:
    for field, sources in _RUNS:
        for source in sources:
            value = attributes.get(source)
            if value is not None:
                yield Finding(field, _value(value), (source,))


_RUNS: Final = (
    ("input", ("gen_ai.tool.call.arguments", "gen_ai.tool.input", "gen_ai.retrieval.query.text")),
    ("output", ("gen_ai.tool.call.result", "gen_ai.tool.output", "gen_ai.retrieval.documents")),
)


def _identity(attributes: Mapping[str, object]) -> Iterator[Finding]:
    for name in _PROVIDERS:
        provider = provider_name(attributes.get(name))
        if provider is not None:
            yield Finding("metadata", provider, (name,), "provider")
    for name in _MODELS:
        model = text(attributes.get(name))
        if model:
            yield Finding("metadata", model, (name,), "model")


def _response_format(attributes: Mapping[str, object]) -> Iterator[Finding]:
    name = first_given(attributes, _FORMATS)
    if name is not None:
        yield Finding("metadata", _value(attributes[name]), (name,), "response_format")
    if attributes.get("gen_ai.output.type") == "json":
        yield Finding("metadata", {"type": "json"}, ("gen_ai.output.type",), "response_format")


def _measures(attributes: Mapping[str, object], *, is_priced: bool) -> Iterator[Finding]:
    for name in _FIRST_CHUNK:
        at = amount(attributes.get(name))
        if at is not None:
            yield Finding("metrics", at, (name,), "time_to_first_token")
    for name in _COSTS if is_priced else ():
        cost = amount(attributes.get(name))
        if cost is not None:
            yield Finding("metrics", cost, (name,), "estimated_cost")


def _evaluation(attributes: Mapping[str, object]) -> Iterator[Finding]:
    name = attributes.get("gen_ai.evaluation.name")
    value = amount(attributes.get("gen_ai.evaluation.score.value"))
    if isinstance(name, str) and name and value is not None and value <= 1:
        yield Finding("scores", value, ("gen_ai.evaluation.score.value",), name)


def _opened(value: object) -> Any:
    found = structure(value)
    return plain(value) if found is None else found


def _value(value: object) -> object:
    found = structure(value)
    return native(value) if found is None else encode(found)
