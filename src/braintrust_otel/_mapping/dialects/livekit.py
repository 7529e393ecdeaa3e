"""The dialect of LiveKit's agents: ``lk.*``, and ``lk.pii.*`` since they mark what is private."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from braintrust_otel._mapping.dialects.messages import choice, conversation, with_instructions
from braintrust_otel._mapping.dialects.reading import amount, json_text, plain, structure
from braintrust_otel._mapping.dialects.tools import tool_definitions
from braintrust_otel._mapping.findings import Finding
from braintrust_otel._mapping.values import native
from braintrust_otel._mapping.view import SpanView

__all__ = ["livekit_dialect"]

_PREFIX: Final = "lk."


def _named(name: str) -> tuple[str, str]:
    return (f"lk.pii.{name}", f"lk.{name}")


_CHAT: Final = _named("chat_ctx")
_INSTRUCTIONS: Final = (*_named("instructions"), "lk.agent_task.instructions")
_HEARD: Final = (*_named("user_input"), *_named("user_transcript"), *_named("input_text"))
_SAID: Final = _named("response.text")
_CALLS: Final = _named("response.function_calls")
_TOOL_NAME: Final = "lk.function_tool.name"
_TOOL_RUN: Final = (
    ("input", _named("function_tool.arguments")),
    ("output", _named("function_tool.output")),
)
_TOOL_FAILED: Final = "lk.function_tool.is_error"
_TOOLS: Final = ("lk.function_tools",)
_FIRST_TOKEN: Final = "lk.response.ttft"  # noqa: S105  # no password


def livekit_dialect(view: SpanView) -> Iterable[Finding]:
    """Return what the ``lk.*`` attributes of *view* say."""
    if not any(name.startswith(_PREFIX) for name in view.attributes):
        return ()
    return _findings(view.attributes)


def _findings(attributes: Mapping[str, object]) -> Iterator[Finding]:
    chat = _first(attributes, _CHAT)
    if _TOOL_NAME in attributes:
        yield Finding("span_attributes", "tool", (), "type")
        yield from _tool_run(attributes)
    elif chat is not None:
        yield Finding("span_attributes", "llm", (), "type")
        yield from _model_call(attributes, chat)
    else:
        yield Finding("span_attributes", "task", (), "type")
        yield from _turn(attributes)


def _tool_run(attributes: Mapping[str, object]) -> Iterator[Finding]:
    for field, names in _TOOL_RUN:
        name = _first(attributes, names)
        if name is not None:
            found = structure(attributes[name])
            yield Finding(field, native(attributes[name] if found is None else found), (name,))
    answer = _first(attributes, _TOOL_RUN[1][1])
    if attributes.get(_TOOL_FAILED) is True and answer is not None:
        yield Finding("error", json_text(attributes[answer]), (_TOOL_FAILED,))


def _model_call(attributes: Mapping[str, object], chat: str) -> Iterator[Finding]:
    opened = structure(attributes[chat])
    items = opened.get("items") if isinstance(opened, dict) else opened
    asked = conversation([_message(item) for item in items]) if isinstance(items, list) else None
    told = _first(attributes, _INSTRUCTIONS)
    if asked is None:
        yield Finding("input", native(plain(attributes[chat])), (chat,))
    else:
        whole = asked if told is None else with_instructions(plain(attributes[told]), asked)
        sources = (chat,) if whole is asked or told is None else (chat, told)
        yield Finding("input", native(whole), sources)
    yield from _answer(attributes)
    tools = tool_definitions(attributes.get(_TOOLS[0]))
    if tools:
        yield Finding("metadata", native(tools), _TOOLS, "tools")
    waited = amount(attributes.get(_FIRST_TOKEN))
    if waited is not None:
        yield Finding("metrics", waited, (_FIRST_TOKEN,), "time_to_first_token")


def _message(item: Any) -> Any:
    """Return an entry of a chat as a message; its type tells which kind it is."""
    if not isinstance(item, dict):
        return item
    match item.get("type"):
        case "function_call":
            return {"role": "assistant", "tool_calls": [item]}
        case "function_call_output":
            told = {"tool_call_id": item.get("call_id"), "content": item.get("output")}
            name = item.get("name")
            return {"role": "tool", **told} | ({"name": name} if isinstance(name, str) else {})
        case _:
            return {key: item[key] for key in ("role", "content", "name") if key in item}


def _answer(attributes: Mapping[str, object]) -> Iterator[Finding]:
    said, called = _first(attributes, _SAID), _first(attributes, _CALLS)
    message: dict[str, Any] = {"role": "assistant"}
    sources: list[str] = []
    if said is not None:
        message["content"] = json_text(attributes[said])
        sources.append(said)
    calls = None if called is None else structure(attributes[called])
    are_calls = isinstance(calls, list) and all(isinstance(call, dict) for call in calls)
    if called is not None and calls and are_calls:
        message["tool_calls"] = calls
        sources.append(called)
    if sources:
        told = conversation([message]) or [message]
        yield Finding("output", native([choice(0, told[0])]), sources)


def _turn(attributes: Mapping[str, object]) -> Iterator[Finding]:
    for field, names in (("input", _HEARD), ("output", _SAID)):
        name = _first(attributes, names)
        if name is not None:
            yield Finding(field, native(attributes[name]), (name,))


def _first(attributes: Mapping[str, object], names: Iterable[str]) -> str | None:
    return next((name for name in names if attributes.get(name) not in (None, "")), None)
