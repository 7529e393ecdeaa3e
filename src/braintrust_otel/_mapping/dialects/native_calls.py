"""Reads requests and answers that emitters wrote down in the form of the provider's own API.

Providers are told apart by what the objects hold: chat completions, Responses, embeddings and
completions of OpenAI, messages of Anthropic, contents of Google, Converse of Bedrock.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from braintrust_otel._mapping.dialects.messages import choice, output_choices
from braintrust_otel._mapping.dialects.tools import tool_choice, tool_definitions

__all__ = ["Answer", "Request", "read_answer", "read_request"]

_Object = Mapping[str, Any]

# Access to somebody's account, or how the request was sent: no settings of the model.
_DROPPED: Final = frozenset(
    {"api_key", "extra_headers", "extra_query", "headers", "http_options", "timeout"}
)
_RENAMED: Final = {"max_output_tokens": "max_tokens", "stop_sequences": "stop"}
_CONTENT: Final = frozenset({"contents", "input", "instructions", "messages", "prompt", "system"})
_GOOGLE: Final = ("contents", "system_instruction", "systemInstruction")
_ITEM_TYPES: Final = ("message", "reasoning", "compaction", "refusal")
_ITEM_ENDINGS: Final = ("_call", "_call_output", "_approval_request", "_list_tools")


class Request(NamedTuple):
    """What was asked.

    Attributes:
        input: What the row's input is; None if nothing in the request is.
        metadata: Settings, under the names that rows have for them.
    """

    input: Any
    metadata: dict[str, Any]


class Answer(NamedTuple):
    """What was answered.

    Attributes:
        output: What the row's output is; None if there is none.
        model: Which model answered, if it is told.
        usage: The provider's token counts, if they are told.
        rest: What else the answer held.
    """

    output: Any
    model: str | None = None
    usage: Any = None
    rest: Any = None


def read_request(request: _Object) -> Request | None:
    """Return what *request* asked for; None if it is no request to a model.

    Args:
        request: Plain JSON: the arguments of the client's method, or the request's body.
    """
    sent = dict(request)
    extra = sent.pop("extra_body", None)
    if isinstance(extra, dict):
        sent |= extra
    if not any(sent.get(name) is not None for name in _CONTENT):
        return None
    asked = _asked(sent)
    others = {
        key: value
        for key, value in sent.items()
        if value is not None and key not in _CONTENT and key not in _DROPPED
    }
    if "contents" in sent:
        others = {key: value for key, value in others.items() if key not in _GOOGLE}
    return Request(asked, _settings(others))


def _asked(sent: _Object) -> Any:
    messages = sent.get("messages")
    if isinstance(messages, list):
        return _opened_by(sent.get("system"), messages)
    if "contents" in sent:
        return {key: sent[key] for key in ("model", *_GOOGLE) if sent.get(key) is not None}
    if sent.get("input") is None and sent.get("instructions") is None:
        return sent.get("prompt")
    asked, instructions = sent.get("input"), sent.get("instructions")
    if not instructions:
        return asked
    items = asked if isinstance(asked, list) else []
    if asked and not isinstance(asked, list):
        items = [{"role": "user", "content": asked}]
    return _opened_by(instructions, items)


def _opened_by(system: Any, messages: list[Any]) -> list[Any]:
    return [{"role": "system", "content": system}, *messages] if system else messages


def _settings(sent: dict[str, Any]) -> dict[str, Any]:
    settings = {_RENAMED.get(key, key): value for key, value in sent.items()}
    tools = tool_definitions(settings.pop("tools", None))
    tools += tool_definitions(settings.pop("functions", None))
    if tools:
        settings["tools"] = tools
    chosen = settings.pop("tool_choice", None) or settings.pop("function_call", None)
    if chosen is not None:
        settings["tool_choice"] = tool_choice(chosen) or chosen
    text = settings.get("text")
    form = text.get("format") if isinstance(text, dict) else None
    if isinstance(form, dict):
        settings.setdefault("response_format", _response_format(form))
        if len(settings["text"]) == 1:
            del settings["text"]
    return settings


def _response_format(form: dict[str, Any]) -> dict[str, Any]:
    """Return the format that Responses was asked for as chat completions write it."""
    if form.get("type") != "json_schema":
        return form
    schema = {name: value for name, value in form.items() if name != "type"}
    return {"type": "json_schema", "json_schema": schema}


def read_answer(answer: Any, reason: str | None = None) -> Answer:
    """Return what *answer* says.

    Args:
        answer: Plain JSON: the answer's body, or only the message, or the text in it.
        reason: Why the model stopped, if only something else tells it.
    """
    if isinstance(answer, str):
        return Answer([choice(0, {"content": answer}, reason)])
    if isinstance(answer, list):
        are_messages = bool(answer) and all(map(_is_chat_message, answer))
        reasons = () if reason is None else (reason,)
        return Answer(output_choices(answer, reasons) if are_messages else answer)
    if not isinstance(answer, dict):
        return Answer(answer)
    return _enveloped(answer, reason) or _one_message(answer, reason) or Answer(answer)


def _enveloped(answer: _Object, reason: str | None) -> Answer | None:
    """Return what the body of an answer holds, taken out of its envelope."""
    data = answer.get("data")
    if isinstance(answer.get("choices"), list):
        return _opened(answer, answer["choices"], "choices")
    if isinstance(answer.get("output"), list) and ("id" in answer or "object" in answer):
        return _opened(answer, answer["output"], "output")
    if isinstance(answer.get("candidates"), list):
        return _opened(answer, {"candidates": answer["candidates"]}, "candidates")
    if isinstance(answer.get("content"), list) and "stop_reason" in answer:
        kept = {key: answer[key] for key in _ANTHROPIC if key in answer}
        return _opened(answer, kept, *_ANTHROPIC, "type")
    if isinstance(data, list) and data and all(map(_is_embedding, data)):
        return _opened(answer, _vector_length(data[0]["embedding"]), "data")
    return _converse(answer, reason)


_ANTHROPIC: Final = ("role", "content", "stop_reason")


def _converse(answer: _Object, reason: str | None) -> Answer | None:
    """Return what Bedrock's Converse answered."""
    inner = answer.get("output")
    message = inner.get("message") if isinstance(inner, dict) else None
    if not isinstance(message, dict):
        return None
    stopped = answer.get("stopReason") or reason
    told = output_choices(message, (stopped,) if isinstance(stopped, str) else ())
    return _opened(answer, told, "output", "stopReason")


def _opened(answer: _Object, output: Any, *told: str) -> Answer:
    usage = next((answer[key] for key in _USAGES if isinstance(answer.get(key), dict)), None)
    model = next((answer[key] for key in _MODELS if isinstance(answer.get(key), str)), None)
    hidden = {*told, *_MODELS, *_USAGES}
    rest = {key: value for key, value in answer.items() if key not in hidden and value is not None}
    return Answer(output, model, usage, rest or None)


_USAGES: Final = ("usage", "usageMetadata", "usage_metadata")
_MODELS: Final = ("model", "modelVersion", "model_version")


def _one_message(answer: _Object, reason: str | None) -> Answer | None:
    kind = answer.get("type")
    if isinstance(kind, str) and (kind in _ITEM_TYPES or kind.endswith(_ITEM_ENDINGS)):
        return Answer([dict(answer)])  # an item of Responses
    if _is_chat_message(answer):
        return Answer(output_choices(answer, () if reason is None else (reason,)))
    return None


def _is_chat_message(value: object) -> bool:
    if not isinstance(value, dict) or not isinstance(value.get("role"), str) or "type" in value:
        return False
    return "content" in value or "tool_calls" in value or "parts" in value


def _is_embedding(item: object) -> bool:
    return isinstance(item, dict) and isinstance(item.get("embedding"), (list, str))


def _vector_length(vector: list[Any] | str) -> dict[str, int]:
    """Return how many numbers a vector has; as a text it is base64 of numbers of four bytes."""
    if isinstance(vector, list):
        return {"embedding_length": len(vector)}
    size = len(vector) * 3 // 4 - vector.count("=")
    return {"embedding_length": size // 4}
