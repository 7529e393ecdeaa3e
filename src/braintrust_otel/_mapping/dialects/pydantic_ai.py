"""The dialect of pydantic-ai, beyond the GenAI conventions that it speaks since its version 2.

Version 1 of its instrumentation wrote lists of message events; versions up to 2 named the spans of
tools and agents, and the attributes of tools, in their own way.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from braintrust_otel._mapping.dialects.message_events import split_events
from braintrust_otel._mapping.dialects.messages import conversation, with_instructions
from braintrust_otel._mapping.dialects.reading import plain, structure, whole
from braintrust_otel._mapping.dialects.tools import tool_definitions
from braintrust_otel._mapping.dialects.usage import read_counts, token_findings
from braintrust_otel._mapping.findings import Finding, nothing
from braintrust_otel._mapping.values import native
from braintrust_otel._mapping.view import SpanView
from braintrust_otel._model import attributes as names

__all__ = ["pydantic_ai_dialect"]

_SCOPE: Final = "pydantic-ai"
_PREFIX: Final = "pydantic_ai."
_ALL_MESSAGES: Final = "pydantic_ai.all_messages"
_ALL_EVENTS: Final = "all_messages_events"
_FIRST_NEW: Final = "pydantic_ai.new_message_index"
_EVENTS: Final = "events"
_RESULT: Final = "final_result"
_PARAMETERS: Final = "model_request_parameters"
_PARAMETER_TOOLS: Final = ("function_tools", "output_tools", "builtin_tools", "native_tools")
_TOOL_ARGUMENTS: Final = "tool_arguments"
_TOOL_RESPONSE: Final = "tool_response"
_AGENT_MARKS: Final = ("agent_name", _ALL_MESSAGES, _ALL_EVENTS, _RESULT)
_RUNNING_TOOLS: Final = "tools"
_DETAILS: Final = "gen_ai.usage.details."
_TOKENS: Final = (
    ("prompt_tokens", (names.GEN_AI_INPUT_TOKENS,)),
    ("completion_tokens", (names.GEN_AI_OUTPUT_TOKENS,)),
    (
        "prompt_cached_tokens",
        (
            names.GEN_AI_CACHE_READ_TOKENS,
            f"{_DETAILS}cache_read_tokens",
            f"{_DETAILS}cached_tokens",
        ),
    ),
    (
        "prompt_cache_creation_tokens",
        (names.GEN_AI_CACHE_CREATION_TOKENS, f"{_DETAILS}cache_write_tokens"),
    ),
    ("completion_reasoning_tokens", (f"{_DETAILS}reasoning_tokens",)),
    ("prompt_audio_tokens", (f"{_DETAILS}input_audio_tokens",)),
    ("completion_audio_tokens", (f"{_DETAILS}output_audio_tokens",)),
)


def pydantic_ai_dialect(view: SpanView) -> Iterable[Finding]:
    """Return what pydantic-ai alone says on *view*."""
    is_its = view.scope_name == _SCOPE or any(name.startswith(_PREFIX) for name in view.attributes)
    return _findings(view.attributes) if is_its else ()


def _findings(attributes: Mapping[str, object]) -> Iterator[Finding]:
    is_agent = any(name in attributes for name in _AGENT_MARKS)
    if is_agent or _RUNNING_TOOLS in attributes:
        yield Finding("span_attributes", "task", (), "type")
    if is_agent:
        yield from _run(attributes)
    else:
        yield from _call(attributes)
        yield from _usage(attributes)
    for field, name in (("input", _TOOL_ARGUMENTS), ("output", _TOOL_RESPONSE)):
        if name in attributes:
            yield Finding(field, native(_value(attributes[name])), (name,))
    if attributes.get("agent_name") == attributes.get("gen_ai.agent.name"):
        yield nothing("agent_name")


def _run(attributes: Mapping[str, object]) -> Iterator[Finding]:
    """Return what started the run of an agent, what it came to, and the steps between."""
    result = attributes.get(_RESULT)
    opened = _value(result)
    name, messages = _history(attributes)
    if messages is not None:
        end = _end_of_request(messages, whole(attributes.get(_FIRST_NEW)) or 0)
        instructions = structure(attributes.get(names.GEN_AI_SYSTEM_INSTRUCTIONS))
        sent = messages[:end]
        asked = with_instructions(instructions, sent)
        sources = (name,) if asked is sent else (name, names.GEN_AI_SYSTEM_INSTRUCTIONS)
        yield Finding("input", native(asked), sources)
        steps = messages[end:]
        if steps and _says(steps[-1], result):
            steps = steps[:-1]
        if steps:
            yield Finding("metadata", native(steps), (name,), name)
    if result is not None:
        yield Finding("output", native(opened), (_RESULT,))


def _history(attributes: Mapping[str, object]) -> tuple[str, list[dict[str, Any]] | None]:
    for name in (_ALL_MESSAGES, _ALL_EVENTS):
        listed = structure(attributes.get(name))
        if isinstance(listed, list):
            sent = conversation(listed) if name == _ALL_MESSAGES else split_events(listed)[0]
            return name, sent
    return _ALL_MESSAGES, None


def _end_of_request(messages: list[dict[str, Any]], first_new: int) -> int:
    """Return where the model's first answer of this run stands."""
    for at, message in enumerate(messages):
        if at >= first_new and message.get("role") == "assistant":
            return at
    return len(messages)


def _says(message: Mapping[str, Any], result: object) -> bool:
    """Tell whether *message* is the result of the run and nothing else."""
    return message.get("content") == result and message.keys() == {"role", "content"}


def _call(attributes: Mapping[str, object]) -> Iterator[Finding]:
    """Return what a request to a model says: its messages in version 1, and its tools."""
    sent, answered = split_events(structure(attributes.get(_EVENTS)))
    if sent is not None:
        yield Finding("input", native(sent), (_EVENTS,))
    if answered is not None:
        yield Finding("output", native(answered), (_EVENTS,))
    parameters = structure(attributes.get(_PARAMETERS))
    if not isinstance(parameters, dict):
        return
    offered = [
        tool
        for name in _PARAMETER_TOOLS
        if isinstance(parameters.get(name), list)
        for tool in parameters[name]
    ]
    tools = tool_definitions(offered)
    if tools and names.GEN_AI_TOOL_DEFINITIONS not in attributes:
        yield Finding("metadata", native(tools), (_PARAMETERS,), "tools")
    others = {
        key: value
        for key, value in parameters.items()
        if key not in _PARAMETER_TOOLS and value not in (None, [], {})
    }
    yield Finding("metadata", native(others), (_PARAMETERS,), _PARAMETERS)


def _usage(attributes: Mapping[str, object]) -> Iterator[Finding]:
    """Return the counts that only the details tell, with those that they are parts of."""
    if any(name.startswith(_DETAILS) for name in attributes):
        yield from token_findings(read_counts(attributes, _TOKENS), exclusive=False)


def _value(value: object) -> Any:
    found = structure(value)
    return plain(value) if found is None else found
