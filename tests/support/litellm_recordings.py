"""What a recorded exchange says its row must hold when it is played through LiteLLM."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from support import anthropic_recordings, recordings, responses_recordings

__all__ = ["asked_of", "expected_row", "function_of"]

_FUNCTIONS = {"responses": "responses", "embeddings": "embedding"}
_NAMES = {
    "completion": "Chat Completion",
    "responses": "openai.responses.create",
    "embedding": "Embedding",
}
_REASONS = {"end_turn": "stop", "tool_use": "tool_calls"}
_SPLIT = ("prompt_cache_creation_5m_tokens", "prompt_cache_creation_1h_tokens")


def function_of(recording: Mapping[str, Any]) -> str:
    """Return the name of the synchronous function that asks for such an answer."""
    words = recording["kind"].split(".")
    return next((_FUNCTIONS[word] for word in words if word in _FUNCTIONS), "completion")


def asked_of(recording: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments of the call, but for where it goes."""
    asked = dict(recording["request"]["body"])
    asked["model"] = f"{recording['provider']}/{asked['model']}"
    if recording["provider"] == "anthropic":
        asked["messages"] = messages_of(recording)
        asked.pop("system", None)
    return asked


def messages_of(recording: Mapping[str, Any]) -> list[Any]:
    """Return the conversation with Anthropic in OpenAI's form."""
    messages = anthropic_recordings.expected_input(recording)
    return [{**message, "content": _content(message["content"])} for message in messages]


def expected_row(recording: Mapping[str, Any]) -> dict[str, Any]:
    """Return the name, the input, the metadata, the metrics and the output."""
    function = function_of(recording)
    read = _ANTHROPIC if recording["provider"] == "anthropic" else _OPENAI[function]
    fields = dict(zip(("input", "metadata", "metrics", "output"), read(recording), strict=True))
    return {"name": _NAMES[function], **fields}


def _of_chat(recording: Mapping[str, Any]) -> tuple[Any, ...]:
    choices = recordings.expected_output(recording)
    return (
        recording["request"]["body"]["messages"],
        recordings.expected_metadata(recording),
        recordings.expected_metrics(recording),
        choices and [_choice(choice) for choice in choices],
    )


def _of_responses(recording: Mapping[str, Any]) -> tuple[Any, ...]:
    return (
        responses_recordings.told_input(recording),
        responses_recordings.told_metadata(recording),
        responses_recordings.told_metrics(recording),
        responses_recordings.final_response(recording).get("output"),
    )


def _of_embeddings(recording: Mapping[str, Any]) -> tuple[Any, ...]:
    asked, answer = recording["request"]["body"], recording["response"]["body"]
    usage = answer.get("usage", {})
    counts = {"prompt_tokens": usage.get("prompt_tokens"), "tokens": usage.get("total_tokens")}
    vector = answer["data"][0]["embedding"] if "data" in answer else None
    return (
        asked["input"],
        {"provider": "openai", "model": answer.get("model", asked["model"])},
        {name: count for name, count in counts.items() if count is not None},
        None if vector is None else {"embedding_length": _length(vector)},
    )


def _of_messages(recording: Mapping[str, Any]) -> tuple[Any, ...]:
    metadata = anthropic_recordings.expected_metadata(recording)
    metadata.pop("response_format", None)  # an argument of Anthropic's own, which is not ours
    metrics = anthropic_recordings.expected_metrics(recording)
    # LiteLLM estimates the one, and puts zeros where nothing was reported.
    told = {n: c for n, c in metrics.items() if c and n != "completion_reasoning_tokens"}
    message = anthropic_recordings.expected_output(recording)
    return messages_of(recording), metadata, told, [_message_as_choice(message)]


_OPENAI = {"completion": _of_chat, "responses": _of_responses, "embedding": _of_embeddings}
_ANTHROPIC = _of_messages


def _length(vector: Any) -> int:
    return len(vector) * 3 // 4 // 4 if isinstance(vector, str) else len(vector)


def _choice(choice: Mapping[str, Any]) -> dict[str, Any]:
    """Return a choice without the members that say nothing."""
    message = {k: v for k, v in choice["message"].items() if v is not None or k == "content"}
    told = {k: v for k, v in choice.items() if v is not None}
    return {**told, "message": message}


def _message_as_choice(message: Mapping[str, Any]) -> dict[str, Any]:
    blocks = message["content"]
    texts = [block["text"] for block in blocks if block["type"] == "text"]
    calls = [block for block in blocks if block["type"] == "tool_use"]
    thoughts = [block for block in blocks if block["type"] == "thinking"]
    told: dict[str, Any] = {"role": "assistant", "content": "".join(texts) or None}
    if calls:
        told["tool_calls"] = [(call["id"], call["name"], call["input"]) for call in calls]
    if thoughts:
        told["reasoning_content"] = "".join(thought["thinking"] for thought in thoughts)
        told["thinking_blocks"] = thoughts
    reason = _REASONS.get(message["stop_reason"], message["stop_reason"])
    return {"index": 0, "finish_reason": reason, "message": told}


def _content(content: Any) -> Any:
    if not isinstance(content, list):
        return content
    return [_part(part) for part in content]


def _part(part: Mapping[str, Any]) -> Mapping[str, Any]:
    source = part.get("source", {})
    if part["type"] != "image" or source.get("type") != "base64":
        return part
    url = f"data:{source['media_type']};base64,{source['data']}"
    return {"type": "image_url", "image_url": {"url": url}}
