"""The dialect of LangSmith: ``langsmith.*``, with a call's request and answer as JSON text.

The texts are what LangChain makes of its messages, or the provider's own request and answer.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from braintrust_otel._mapping.dialects.messages import conversation
from braintrust_otel._mapping.dialects.native_calls import read_answer, read_request
from braintrust_otel._mapping.dialects.native_usage import usage_findings
from braintrust_otel._mapping.dialects.reading import plain, structure
from braintrust_otel._mapping.findings import Finding, nothing
from braintrust_otel._mapping.values import native, text
from braintrust_otel._mapping.view import SpanView
from braintrust_otel._model import attributes as names

__all__ = ["langsmith_dialect"]

_PREFIX: Final = "langsmith."
_KIND: Final = "langsmith.span.kind"
_TAGS: Final = "langsmith.span.tags"
_HEADERS: Final = "langsmith.request.headers"
_METADATA: Final = "langsmith.metadata."
_SESSION: Final = "langsmith.trace.session_id"
_PROMPT: Final = "gen_ai.prompt"
_COMPLETION: Final = "gen_ai.completion"
_IN_DETAILS: Final = "gen_ai.usage.input_token_details"
_OUT_DETAILS: Final = "gen_ai.usage.output_token_details"
_TYPES: Final = {
    "chain": "task",
    "embedding": "llm",
    "llm": "llm",
    "parser": "function",
    "prompt": "task",
    "retriever": "tool",
    "tool": "tool",
}
_ROLES: Final = {
    "AIMessage": "assistant",
    "AIMessageChunk": "assistant",
    "HumanMessage": "user",
    "SystemMessage": "system",
    "ToolMessage": "tool",
}
_MESSAGE_KEYS: Final = ("content", "tool_calls", "tool_call_id", "name")


def langsmith_dialect(view: SpanView) -> Iterable[Finding]:
    """Return what LangSmith says on *view*, and what the two texts without an index hold."""
    attributes = view.attributes
    is_its = any(name.startswith(_PREFIX) for name in attributes)
    if is_its or _PROMPT in attributes or _COMPLETION in attributes:
        return _findings(attributes)
    return ()


def _findings(attributes: Mapping[str, object]) -> Iterator[Finding]:
    kind = _TYPES.get(text(attributes.get(_KIND)).lower())
    if kind is not None:
        yield Finding("span_attributes", kind, (_KIND,), "type")
    is_llm = kind == "llm" or (kind is None and _KIND not in attributes)
    if _PROMPT in attributes:
        yield from _asked(_value(attributes[_PROMPT]), is_llm=is_llm)
    if _COMPLETION in attributes:
        answered = _value(attributes[_COMPLETION])
        told = _answer(answered) if is_llm else answered
        yield Finding("output", native(told), (_COMPLETION,))
    yield from _details(attributes)
    yield nothing(_HEADERS)
    tags = [tag.strip() for tag in text(attributes.get(_TAGS)).split(",")]
    if any(tags):
        yield Finding("tags", list(dict.fromkeys(filter(None, tags))), (_TAGS,))
    if _SESSION in attributes:
        yield Finding("metadata", native(attributes[_SESSION]), (_SESSION,), "session_id")
    for name, value in attributes.items():
        if name.startswith(_METADATA) and name != _METADATA:
            yield Finding("metadata", native(value), (name,), name[len(_METADATA) :])


def _asked(asked: Any, *, is_llm: bool) -> Iterator[Finding]:
    request = None
    if is_llm and isinstance(asked, dict) and isinstance(asked.get("messages"), list):
        request = read_request({**asked, "messages": _messages(asked["messages"])})
    if request is None:
        told = _messages(asked) if is_llm and isinstance(asked, list) else asked
        yield Finding("input", native(told), (_PROMPT,))
        return
    yield Finding("input", native(request.input), (_PROMPT,))
    for key, value in request.metadata.items():
        yield Finding("metadata", native(value), (_PROMPT,), key)


def _messages(messages: list[Any]) -> list[Any]:
    """Return messages as chat completions write them; LangChain has one list for each prompt."""
    if len(messages) == 1 and isinstance(messages[0], list):
        messages = messages[0]
    opened = [_message(message) for message in messages]
    if not all(isinstance(message, dict) and "role" in message for message in opened):
        return messages
    return conversation(opened) or messages


def _message(message: Any) -> Any:
    """Return what a message that LangChain serialised says."""
    if not isinstance(message, dict) or "role" in message:
        return message
    members = message.get("kwargs")
    path = message.get("id")
    if isinstance(members, dict) and isinstance(path, list) and path:
        role = _ROLES.get(str(path[-1]))
        told = {key: members[key] for key in _MESSAGE_KEYS if members.get(key) not in (None, [])}
        return {"role": role, **told} if role else message
    return message


def _answer(answered: Any) -> Any:
    """Return the choices of an answer, also of LangChain's lists of generations."""
    generations = answered.get("generations") if isinstance(answered, dict) else None
    if isinstance(generations, list):
        flat = [
            each for some in generations for each in (some if isinstance(some, list) else [some])
        ]
        messages = [
            each.get("message", each.get("text")) for each in flat if isinstance(each, dict)
        ]
        opened = [_message(message) for message in messages]
        if opened and all(isinstance(message, (dict, str)) for message in opened):
            said = [
                m if isinstance(m, dict) else {"role": "assistant", "content": m} for m in opened
            ]
            return read_answer(said).output
    return read_answer(answered).output


def _details(attributes: Mapping[str, object]) -> Iterator[Finding]:
    """Return the counts with their details, which the conventions have in no such form."""
    details = {
        "input_token_details": structure(attributes.get(_IN_DETAILS)),
        "output_token_details": structure(attributes.get(_OUT_DETAILS)),
    }
    if not any(details.values()):
        return
    counts = {
        "input_tokens": attributes.get(names.GEN_AI_INPUT_TOKENS),
        "output_tokens": attributes.get(names.GEN_AI_OUTPUT_TOKENS),
    }
    for finding in usage_findings({**counts, **details}):
        sources = (_IN_DETAILS, _OUT_DETAILS) if finding.key != "tokens" else ()
        yield Finding("metrics", finding.value, sources, finding.key)


def _value(value: object) -> Any:
    found = structure(value)
    return plain(value) if found is None else found
