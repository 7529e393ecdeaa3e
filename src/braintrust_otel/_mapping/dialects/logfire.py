"""The dialect of Logfire: ``logfire.*``, and the requests and answers of model providers.

Newer versions speak the GenAI conventions as well, and those then say the messages. A streamed
answer is on a span of its own, which ends after the one of the request.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from braintrust_otel._mapping.dialects.message_events import split_events
from braintrust_otel._mapping.dialects.native_calls import read_answer, read_request
from braintrust_otel._mapping.dialects.native_usage import usage_findings
from braintrust_otel._mapping.dialects.reading import amount, structure, texts, whole
from braintrust_otel._mapping.findings import Finding, nothing
from braintrust_otel._mapping.values import native, text
from braintrust_otel._mapping.view import SpanView
from braintrust_otel._model import attributes as names

__all__ = ["logfire_dialect"]

_PREFIX: Final = "logfire."
_SCOPE: Final = "logfire"
_MESSAGE: Final = "logfire.msg"
_TEMPLATE: Final = "logfire.msg_template"
_KIND: Final = "logfire.span_type"
_SCHEMA: Final = "logfire.json_schema"
_TAGS: Final = "logfire.tags"
_LEVEL: Final = "logfire.level_num"
_PENDING_PARENT: Final = "logfire.pending_parent_id"
_LOG: Final = "log"
_ERROR_LEVEL: Final = 17
_REQUEST: Final = "request_data"
_RESPONSE: Final = "response_data"
_EVENTS: Final = "events"
_USAGE: Final = "gen_ai.usage.raw"
_DURATION: Final = "duration"
_MODEL_TAG: Final = "LLM"
_ANSWERS: Final = (
    names.GEN_AI_OUTPUT_MESSAGES,
    names.GEN_AI_INPUT_TOKENS,
    names.GEN_AI_RESPONSE_ID,
    _RESPONSE,
    _USAGE,
)
_READ_ELSEWHERE: Final = ("gen_ai.", "logfire.", _REQUEST, _RESPONSE, _EVENTS)


def logfire_dialect(view: SpanView) -> Iterable[Finding]:
    """Return what Logfire says on *view*."""
    if not any(name.startswith(_PREFIX) for name in view.attributes):
        return ()
    return _findings(view)


def _findings(view: SpanView) -> Iterator[Finding]:
    attributes = view.attributes
    yield from _marks(view)
    if not view.scope_name.startswith(_SCOPE):
        return  # of another library, beside which Logfire put its marks
    yield from _type(view)
    yield from _error(view)
    yield from _request(attributes)
    yield from _answer(attributes)
    yield from _events(attributes)
    yield from usage_findings(structure(attributes.get(_USAGE)), _USAGE)
    if attributes.get(_KIND) == _LOG:
        yield from _start(view)
    yield from _arguments(attributes)


def _marks(view: SpanView) -> Iterator[Finding]:
    """Return what Logfire adds to every span."""
    attributes = view.attributes
    yield nothing(_SCHEMA, _KIND, _PENDING_PARENT)
    message = attributes.get(_MESSAGE)
    name = view.name
    if view.scope_name.startswith(_SCOPE) and isinstance(message, str) and message:
        name = message  # as Logfire shows it; what spans are grouped by is the template
        yield Finding("span_attributes", message, (_MESSAGE,), "name")
    else:
        yield nothing(_MESSAGE)
    if attributes.get(_TEMPLATE) in (message, name):
        yield nothing(_TEMPLATE)
    tags = texts(attributes.get(_TAGS))
    if tags:
        yield Finding("tags", list(dict.fromkeys(tags)), (_TAGS,))


def _type(view: SpanView) -> Iterator[Finding]:
    attributes = view.attributes
    if _MODEL_TAG in texts(attributes.get(_TAGS)):
        # A request that nothing answered was streamed: its answer is a model call by itself.
        has_answer = view.is_error or any(name in attributes for name in _ANSWERS)
        yield Finding("span_attributes", "llm" if has_answer else "task", (), "type")
    elif attributes.get(_KIND) == _LOG:
        yield Finding("span_attributes", "task", (), "type")


def _error(view: SpanView) -> Iterator[Finding]:
    level = whole(view.attributes.get(_LEVEL))
    message = text(view.attributes.get(_MESSAGE))
    if level is None or level < _ERROR_LEVEL or not message:
        return
    if not any(event.name == names.EXCEPTION_EVENT for event in view.events):
        yield Finding("error", view.status_description or message)


def _request(attributes: Mapping[str, object]) -> Iterator[Finding]:
    sent = structure(attributes.get(_REQUEST))
    if not isinstance(sent, dict):
        return
    request = read_request(sent)
    settings = {key: value for key, value in sent.items() if value is not None}
    if request is not None:
        settings = request.metadata
        if names.GEN_AI_INPUT_MESSAGES not in attributes:
            yield Finding("input", native(request.input), (_REQUEST,))
    answering = attributes.get(names.GEN_AI_RESPONSE_MODEL)
    if answering is not None:
        yield nothing(_REQUEST)
        settings.pop("model", None)
    if names.GEN_AI_TOOL_DEFINITIONS in attributes:
        settings.pop("tools", None)
    for key, value in settings.items():
        yield Finding("metadata", native(value), (_REQUEST,), key)


def _answer(attributes: Mapping[str, object]) -> Iterator[Finding]:
    answered = structure(attributes.get(_RESPONSE))
    if not isinstance(answered, dict):
        return
    rest = dict(answered)
    usage = rest.pop("usage", None)
    yield from usage_findings(usage, _RESPONSE)
    output = _output(rest)
    if output is not None and names.GEN_AI_OUTPUT_MESSAGES not in attributes:
        yield Finding("output", native(output), (_RESPONSE,))
    if rest:
        yield Finding("metadata", native(rest), (_RESPONSE,), _RESPONSE)
    else:
        yield nothing(_RESPONSE)


def _output(rest: dict[str, Any]) -> Any:
    """Take the answer out of *rest*."""
    for name in ("message", "combined_chunk_content", "text"):
        said = rest.pop(name, None)
        if said is not None:
            return read_answer(said).output
    return None


def _events(attributes: Mapping[str, object]) -> Iterator[Finding]:
    sent, answered = split_events(structure(attributes.get(_EVENTS)))
    if sent is not None:
        yield Finding("input", native(sent), (_EVENTS,))
    if answered is not None:
        yield Finding("output", native(answered), (_EVENTS,))


def _start(view: SpanView) -> Iterator[Finding]:
    """Return when an answer began to stream, on the span that was made at its end."""
    lasted = amount(view.attributes.get(_DURATION))
    if (
        lasted is not None
        and view.start_ns is not None
        and _MODEL_TAG in texts(view.attributes.get(_TAGS))
    ):
        yield Finding("metrics", view.start_ns / 1e9 - lasted, (_DURATION,), "start")


def _arguments(attributes: Mapping[str, object]) -> Iterator[Finding]:
    """Return the program's own arguments that are JSON text, as the schema tells."""
    schema = structure(attributes.get(_SCHEMA))
    told = schema.get("properties") if isinstance(schema, dict) else None
    properties: dict[str, Any] = told if isinstance(told, dict) else {}
    for name, described in properties.items():
        value = attributes.get(name)
        if isinstance(value, str) and not name.startswith(_READ_ELSEWHERE):
            opened = structure(value)
            if opened is not None and _is_structure(described):
                yield Finding("metadata", native(opened), (name,), name)


def _is_structure(schema: object) -> bool:
    return isinstance(schema, dict) and schema.get("type") in ("object", "array")
