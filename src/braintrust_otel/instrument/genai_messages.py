"""Puts messages of any provider into the form that OpenTelemetry's GenAI conventions have for them.

A message there is ``{role, parts}``. What no part is known for stays as the provider has it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

from braintrust_otel._json import loads

__all__ = ["input_messages", "output_messages", "tool_definitions"]

Part = Mapping[str, object]
Message = dict[str, object]


def input_messages(given: Any) -> list[Message]:
    """Return the messages of a row's ``input``."""
    if isinstance(given, Mapping):
        contents = given.get("contents")  # Google
        given = contents if contents is not None else [given]
    if isinstance(given, str):
        return [{"role": "user", "parts": [_text(given)]}]
    if not isinstance(given, Sequence):
        return []
    return [_message(item, "user") for item in given]


def output_messages(made: Any) -> list[Message]:
    """Return the messages of a row's ``output``, each with the reason why it ended if known."""
    if isinstance(made, Mapping):
        candidates = made.get("candidates")  # Google
        made = candidates if isinstance(candidates, Sequence) else [made]
    if isinstance(made, str) or not isinstance(made, Sequence):
        return []
    return [_ended(item) for item in made]


def tool_definitions(tools: Any) -> list[object]:
    """Return the tools of a row's ``metadata``, with the members of functions on top."""
    if not isinstance(tools, Sequence):
        return []
    return [
        {"type": "function", **tool["function"]}
        if isinstance(tool, Mapping) and isinstance(tool.get("function"), Mapping)
        else tool
        for tool in tools
    ]


def _ended(item: Any) -> Message:
    if not isinstance(item, Mapping):
        return _message(item, "assistant")
    inner = item.get("message", item.get("content"))
    said = inner if isinstance(inner, Mapping) else item
    message = _message(said, "assistant")
    reasons = (item.get(name) for name in ("finish_reason", "stop_reason", "finishReason"))
    reason = next((reason for reason in reasons if reason is not None), None)
    return message if reason is None else {**message, "finish_reason": reason}


def _message(item: Any, default_role: str) -> Message:
    if not isinstance(item, Mapping):
        return {"role": default_role, "parts": [_part(item)]}
    if "role" not in item and "parts" not in item and item.get("type") in _PARTS:
        # An item of Responses: what others have as parts of a message stands by itself there.
        role = "tool" if item["type"] == "function_call_output" else "assistant"
        return {"role": role, "parts": [_part(item)]}
    message: Message = {"role": item.get("role") or default_role, "parts": list(_parts(item))}
    if isinstance(item.get("name"), str):
        message["name"] = item["name"]
    return message


def _parts(item: Mapping[str, Any]) -> Iterator[Part]:
    for name in ("reasoning", "reasoning_content"):
        if isinstance(item.get(name), str):
            yield {"type": "reasoning", "content": item[name]}
    content = item.get("content", item.get("parts"))
    if item.get("role") == "tool" and "tool_call_id" in item:
        response = {"type": "tool_call_response", "id": item["tool_call_id"], "response": content}
        yield response
        return
    if isinstance(content, str):
        yield _text(content)
    elif isinstance(content, Sequence):
        yield from map(_part, content)
    if isinstance(item.get("refusal"), str):
        yield _text(item["refusal"])
    calls = item.get("tool_calls")
    if isinstance(calls, Sequence):
        yield from map(_tool_call, calls)


def _part(block: Any) -> Part:
    if isinstance(block, str):
        return _text(block)
    if not isinstance(block, Mapping):
        return {"type": "unknown", "content": block}
    kind = block.get("type")
    if kind is None:
        return _google_part(block)
    make = _PARTS.get(kind) if isinstance(kind, str) else None
    return block if make is None else make(block)


def _text(text: object) -> Part:
    return {"type": "text", "content": text}


def _tool_call(call: Any) -> Part:
    if not isinstance(call, Mapping):
        return {"type": "unknown", "content": call}
    function = call.get("function")
    named = function if isinstance(function, Mapping) else call
    given = named.get("arguments", named.get("input"))
    return {
        "type": "tool_call",
        "id": call.get("call_id") or call.get("id"),
        "name": named.get("name"),
        "arguments": _opened(given),
    }


def _tool_response(block: Mapping[str, Any]) -> Part:
    called = block.get("tool_use_id") or block.get("call_id")
    response = block.get("content", block.get("output"))
    return {"type": "tool_call_response", "id": called, "response": response}


def _thought(block: Mapping[str, Any]) -> Part:
    summary = block.get("summary")
    if isinstance(summary, Sequence) and not isinstance(summary, str):
        texts = [part.get("text", "") for part in summary if isinstance(part, Mapping)]
        return {"type": "reasoning", "content": "\n\n".join(map(str, texts))}
    return {"type": "reasoning", "content": block.get("thinking", block.get("text"))}


def _image(block: Mapping[str, Any]) -> Part:
    image = block.get("image_url")
    url = image.get("url") if isinstance(image, Mapping) else image
    return _at(url, "image") if isinstance(url, str) else block


def _audio(block: Mapping[str, Any]) -> Part:
    audio = block.get("input_audio")
    if not isinstance(audio, Mapping):
        return block
    mime_type = f"audio/{audio.get('format')}"
    return {
        "type": "blob",
        "modality": "audio",
        "mime_type": mime_type,
        "content": audio.get("data"),
    }


def _sourced(block: Mapping[str, Any]) -> Part:
    """Return an image or document of Anthropic's."""
    source, modality = block.get("source"), block["type"]
    kind = source.get("type") if isinstance(source, Mapping) else None
    if not isinstance(source, Mapping) or kind not in ("base64", "url", "file"):
        return block
    if kind == "url":
        return {"type": "uri", "modality": modality, "uri": source.get("url")}
    if kind == "file":
        return {"type": "file", "modality": modality, "file_id": source.get("file_id")}
    mime_type = source.get("media_type")
    data = source.get("data")
    return {"type": "blob", "modality": modality, "mime_type": mime_type, "content": data}


def _google_part(block: Mapping[str, Any]) -> Part:
    for names, make in _GOOGLE_PARTS:
        for name in names:
            if block.get(name) is not None:
                return make(block[name]) if name != "text" else _google_text(block)
    return {"type": "unknown", "content": block}


def _google_text(block: Mapping[str, Any]) -> Part:
    kind = "reasoning" if block.get("thought") is True else "text"
    return {"type": kind, "content": block["text"]}


def _google_call(call: Any) -> Part:
    known = call if isinstance(call, Mapping) else {}
    return {
        "type": "tool_call",
        "id": known.get("id"),
        "name": known.get("name"),
        "arguments": known.get("args"),
    }


def _google_response(answer: Any) -> Part:
    known = answer if isinstance(answer, Mapping) else {}
    return {
        "type": "tool_call_response",
        "id": known.get("id") or known.get("name"),
        "response": known.get("response"),
    }


def _google_media(data: Any) -> Part:
    known = data if isinstance(data, Mapping) else {}
    mime_type = known.get("mimeType") or known.get("mime_type") or ""
    media = {"modality": str(mime_type).partition("/")[0], "mime_type": mime_type}
    uri = known.get("fileUri") or known.get("file_uri")
    if uri is not None:
        return {"type": "uri", **media, "uri": uri}
    return {"type": "blob", **media, "content": known.get("data")}


def _at(url: str, modality: str) -> Part:
    head, comma, data = url.partition(";base64,")
    if comma and head.startswith("data:"):
        mime_type = head.removeprefix("data:")
        return {"type": "blob", "modality": modality, "mime_type": mime_type, "content": data}
    return {"type": "uri", "modality": modality, "uri": url}


def _opened(arguments: object) -> object:
    """Return the object that arguments are text of; the text itself where it is no JSON."""
    if not isinstance(arguments, str):
        return arguments
    try:
        return loads(arguments)
    except ValueError:
        return arguments


def _refusal(block: Mapping[str, Any]) -> Part:
    return _text(block.get("refusal"))


def _block_text(block: Mapping[str, Any]) -> Part:
    return _text(block.get("text"))


_PARTS: Final[Mapping[str, Callable[[Mapping[str, Any]], Part]]] = {
    "text": _block_text,
    "input_text": _block_text,
    "output_text": _block_text,
    "refusal": _refusal,
    "image_url": _image,
    "input_image": _image,
    "input_audio": _audio,
    "image": _sourced,
    "document": _sourced,
    "tool_use": _tool_call,
    "function_call": _tool_call,
    "tool_result": _tool_response,
    "function_call_output": _tool_response,
    "thinking": _thought,
    "reasoning": _thought,
}
_GOOGLE_PARTS: Final[Sequence[tuple[Sequence[str], Callable[[Any], Part]]]] = (
    (("text",), _text),
    (("functionCall", "function_call"), _google_call),
    (("functionResponse", "function_response"), _google_response),
    (("inlineData", "inline_data", "fileData", "file_data"), _google_media),
)
