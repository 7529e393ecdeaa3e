"""Reads requests in each model's own form; what they hold tells which form that is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, NamedTuple

from braintrust_otel.instrument import (
    chat_messages,
    function_tool,
    json_settings,
    normalise_tool_choice,
    normalise_tools,
)
from braintrust_otel_bedrock.cohere import cohere_conversation, cohere_tools
from braintrust_otel_bedrock.converse import conversation, inference_settings, tool_settings
from braintrust_otel_bedrock.images import prompt_with_images
from braintrust_otel_bedrock.models import is_embedding

__all__ = ["Request", "read_model_request"]

_Body = Mapping[str, Any]

_SETTINGS: Final = {
    "temperature": "temperature",
    "top_p": "top_p",
    "topP": "top_p",
    "p": "top_p",
    "max_tokens": "max_tokens",
    "max_completion_tokens": "max_tokens",
    "max_tokens_to_sample": "max_tokens",
    "max_gen_len": "max_tokens",
    "maxTokens": "max_tokens",
    "maxTokenCount": "max_tokens",
    "frequency_penalty": "frequency_penalty",
    "presence_penalty": "presence_penalty",
    "stop": "stop",
    "stop_sequences": "stop",
    "stopSequences": "stop",
    "response_format": "response_format",
}
_MEMBERS: Final = ("inputText", "texts", "inputs", "images")


class Request(NamedTuple):
    """What was asked.

    Attributes:
        input: What the row's input is.
        settings: Settings and tools, under the names that rows have for them.
    """

    input: Any
    settings: dict[str, object]


def read_model_request(body: _Body, model: str) -> Request:
    """Return what *body* asks of *model*; a form that nobody knows is the input as it is."""
    settings = _settings(body)
    if _is_for_vectors(body, model):
        named = (body[name] for name in _MEMBERS if body.get(name) is not None)
        return Request(next(named, dict(body)), settings)
    read = next((read for name, read in _FORMS.items() if body.get(name) is not None), None)
    if read is None:
        return Request(dict(body), settings)
    told = read(body)
    return Request(told.input, {**settings, **told.settings})


def _settings(body: _Body) -> dict[str, object]:
    """Return the settings in *body* and, of Titan, in the part of it that is for them."""
    further = body.get("textGenerationConfig")
    given = {**body, **(further if isinstance(further, Mapping) else {})}
    settings = json_settings(given, tuple(_SETTINGS))
    return {_SETTINGS[name]: value for name, value in settings.items() if value is not None}


def _is_for_vectors(body: _Body, model: str) -> bool:
    return is_embedding(model) or "embeddingConfig" in body or "embeddingTypes" in body


def _messages(body: _Body) -> Request:
    """Read a list of messages: of Nova, of Anthropic, or of chat completions."""
    if "inferenceConfig" in body or "schemaVersion" in body or _is_converse(body["messages"]):
        tools = tool_settings(body.get("toolConfig"))
        return Request(conversation(body), inference_settings(body.get("inferenceConfig")) | tools)
    if "anthropic_version" not in body:
        return Request(body["messages"], _tools(body, body.get("tools")))
    opening = [{"role": "system", "content": body["system"]}] if body.get("system") else []
    told = [each for sent in (*opening, *body["messages"]) for each in chat_messages(sent)]
    return Request(told, _tools(body, map(_anthropic_tool, body.get("tools") or ())))


def _is_converse(messages: Iterable[Any]) -> bool:
    """Whether the first block that a message has is of no type, as those of Converse."""
    contents = (sent.get("content") for sent in messages if isinstance(sent, Mapping))
    blocks = (block for content in contents if isinstance(content, list) for block in content)
    first = next(blocks, None)
    return isinstance(first, Mapping) and "type" not in first


def _tools(body: _Body, tools: Iterable[Any] | None) -> dict[str, object]:
    chosen = body.get("tool_choice")
    found: dict[str, object] = {
        "tools": normalise_tools(list(tools or ())),
        "tool_choice": normalise_tool_choice(chosen),
    }
    one_at_a_time = chosen.get("disable_parallel_tool_use") if isinstance(chosen, dict) else None
    if isinstance(one_at_a_time, bool):
        found["parallel_tool_calls"] = not one_at_a_time
    return {name: value for name, value in found.items() if value not in (None, [])}


def _anthropic_tool(tool: Any) -> Any:
    """Return a tool that the caller runs in the form of a function; any other as it is."""
    if not isinstance(tool, Mapping) or tool.get("type") not in (None, "custom"):
        return tool
    return function_tool({**tool, "parameters": tool.get("input_schema")})


def _prompt(body: _Body) -> Request:
    prompt, images = body["prompt"], body.get("images")
    if isinstance(prompt, str) and isinstance(images, list) and images:
        prompt = prompt_with_images(prompt, images)
    return Request([{"role": "user", "content": prompt}], {})


def _titan(body: _Body) -> Request:
    return Request([{"role": "user", "content": body["inputText"]}], {})


def _cohere(body: _Body) -> Request:
    return Request(cohere_conversation(body), _tools({}, cohere_tools(body)))


# By the member that holds the conversation.
_FORMS: Final[Mapping[str, Callable[[_Body], Request]]] = {
    "messages": _messages,
    "message": _cohere,
    "prompt": _prompt,
    "inputText": _titan,
}
