"""The dialect of OpenTelemetry's GenAI conventions: what they put into span events.

Since version 1.37 that is one event with the details of the call; before, one event for each
message, or one for the prompt and one for the completion.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from braintrust_otel._json import encode
from braintrust_otel._mapping.dialects.genai import attribute_findings
from braintrust_otel._mapping.dialects.messages import conversation, output_choices
from braintrust_otel._mapping.dialects.providers import provider_name
from braintrust_otel._mapping.dialects.reading import amount, json_text, plain, structure
from braintrust_otel._mapping.dialects.streaming import first_chunk_findings
from braintrust_otel._mapping.findings import Finding
from braintrust_otel._mapping.values import native
from braintrust_otel._mapping.view import EventView, SpanView
from braintrust_otel._model import attributes as names

__all__ = ["genai_event_dialect"]

_PREFIX: Final = "gen_ai."
_DETAILS: Final = "gen_ai.client.inference.operation.details"
_CHOICE: Final = "gen_ai.choice"
_ROLES: Final = {
    "gen_ai.system.message": "system",
    "gen_ai.user.message": "user",
    "gen_ai.assistant.message": "assistant",
    "gen_ai.tool.message": "tool",
}
_EVALUATION: Final = "gen_ai.evaluation.result"
_CHUNKS: Final = ("gen_ai.content.completion.chunk", "llm.content.completion.chunk")
_WHOLE: Final = (
    ("gen_ai.content.prompt", "gen_ai.prompt"),
    ("gen_ai.content.completion", "gen_ai.completion"),
)
_PROVIDERS: Final = (names.GEN_AI_PROVIDER_NAME, names.GEN_AI_SYSTEM)
_MESSAGE_KEYS: Final = frozenset(
    {
        *("content", "finish_reason", "id", "index", "message", "name", "role", "tool_calls"),
        *("event.name", "gen_ai.event.content", *_PROVIDERS),
    }
)

_Numbered = tuple[int, EventView]


def genai_event_dialect(view: SpanView) -> Iterable[Finding]:
    """Return what the ``gen_ai.*`` span events of *view* say."""
    numbered = [
        (position, event)
        for position, event in enumerate(view.events)
        if event.name.startswith((_PREFIX, *_CHUNKS))
    ]
    return _findings(view, numbered) if numbered else ()


def _findings(view: SpanView, numbered: list[_Numbered]) -> Iterator[Finding]:
    for position, event in numbered:
        if event.name == _DETAILS:
            yield from _details(view, position, event)
        elif event.name == _EVALUATION:
            yield from _evaluation(position, event)
    sent = [(at, event) for at, event in numbered if event.name in _ROLES]
    if sent:
        messages = [_message(event, _ROLES[event.name]) for _, event in sent]
        told = conversation(messages)
        yield Finding("input", encode(told), (), None, _wholly_told(sent))
        yield from _provider(sent)
    said = [(at, event) for at, event in numbered if event.name == _CHOICE]
    if said:
        choices = output_choices([_choice(event) for _, event in said])
        yield Finding("output", encode(choices), (), None, _wholly_told(said))
    yield from _prompt_and_completion(numbered)
    yield from first_chunk_findings(view, _CHUNKS)


def _details(view: SpanView, position: int, event: EventView) -> Iterator[Finding]:
    """Return what the event says in addition to the span, so that it need not be told itself."""
    repeated = {name for name in event.attributes if _is_repeated(name, view, event)}
    told: set[str] = {"event.name", *repeated}
    for finding in attribute_findings(view, event.attributes):
        told.update(finding.sources)
        if not (finding.sources and repeated.issuperset(finding.sources)):
            yield Finding(finding.field, finding.value, (), finding.key, (position,))
    for name, value in event.attributes.items():
        if name not in told:
            yield Finding("metadata", native(value), (), name, (position,))


def _is_repeated(name: str, view: SpanView, event: EventView) -> bool:
    """Tell whether the span says the same; a list may be a tuple there."""
    known = view.attributes.get(name)
    return known is not None and plain(known) == plain(event.attributes[name])


def _message(event: EventView, role: str) -> dict[str, Any]:
    """Return the message that an event holds; its role is told by its name if by nothing else."""
    attributes = event.attributes
    message = _said(attributes, role)
    call_id = attributes.get("id")
    if call_id is not None:
        message["tool_call_id" if message["role"] == "tool" else "id"] = plain(call_id)
    return message


def _said(attributes: Mapping[str, object], role: str) -> dict[str, Any]:
    told = attributes.get("role")
    message: dict[str, Any] = {"role": told if isinstance(told, str) and told else role}
    content = attributes.get("content")
    if content is not None:
        blocks = structure(content)
        message["content"] = blocks if isinstance(blocks, list) else json_text(content)
    calls = structure(attributes.get("tool_calls"))
    if isinstance(calls, list):
        message["tool_calls"] = calls
    name = attributes.get("name")
    if isinstance(name, str):
        message["name"] = name
    return message


def _choice(event: EventView) -> dict[str, Any]:
    attributes = event.attributes
    said = attributes.get("message")
    opened = structure(said)
    if isinstance(opened, dict):
        message = {"role": "assistant", **opened}
    elif said is not None:
        message = {"role": "assistant", "content": json_text(said) if opened is None else opened}
    else:
        message = _said(attributes, "assistant")
    return {"message": message, "finish_reason": plain(attributes.get("finish_reason"))}


def _provider(events: Iterable[_Numbered]) -> Iterator[Finding]:
    for _, event in events:
        for name in _PROVIDERS:
            provider = provider_name(event.attributes.get(name))
            if provider is not None:
                yield Finding("metadata", provider, (), "provider")
                return


def _wholly_told(events: Iterable[_Numbered]) -> tuple[int, ...]:
    return tuple(at for at, event in events if _MESSAGE_KEYS.issuperset(event.attributes))


def _prompt_and_completion(numbered: Iterable[_Numbered]) -> Iterator[Finding]:
    for position, event in numbered:
        for event_name, attribute in _WHOLE:
            value = event.attributes.get(attribute)
            if event.name != event_name or value is None:
                continue
            opened = structure(value)
            said = json_text(value) if opened is None else opened
            is_told = event.attributes.keys() <= {attribute, "event.name"}
            positions = (position,) if is_told else ()
            if attribute == "gen_ai.prompt":
                sent = [said] if isinstance(said, str) else said
                yield Finding("input", encode(conversation(sent) or said), (), None, positions)
            else:
                yield Finding("output", encode(output_choices(said)), (), None, positions)


def _evaluation(position: int, event: EventView) -> Iterator[Finding]:
    attributes = event.attributes
    name = attributes.get("gen_ai.evaluation.name")
    value = amount(attributes.get("gen_ai.evaluation.score.value"))
    if not isinstance(name, str) or not name or value is None or value > 1:
        return
    is_told = attributes.keys() <= {"gen_ai.evaluation.name", "gen_ai.evaluation.score.value"}
    yield Finding("scores", value, (), name, (position,) if is_told else ())
