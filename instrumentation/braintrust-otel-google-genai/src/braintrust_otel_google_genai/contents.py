"""Writes what users pass as contents, in any of its many forms, as the list that is sent."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from typing import Any

from braintrust_otel.instrument import attach_bytes, members
from braintrust_otel_google_genai.wire import camel_keys, wire

__all__ = ["contents_of", "system_message"]

_MEMBERS_OF_CONTENT = frozenset({"parts", "role"})


def contents_of(given: Any) -> list[Any]:
    """Return *given* as contents: what is no content is a part of one by the user.

    Parts that stand side by side make one content, as the library sends them.
    """
    if given is None:
        return []
    contents: list[Any] = []
    open_parts: list[Any] = []
    for item in given if isinstance(given, (list, tuple)) else [given]:
        if _is_content(item):
            contents += _grouped(open_parts)
            open_parts = []
            contents.append(_content(item))
        elif isinstance(item, (list, tuple)):
            contents += _grouped(open_parts)
            open_parts = []
            contents.append({"role": "user", "parts": [_part(part) for part in item]})
        else:
            open_parts.append(_part(item))
    return [*contents, *_grouped(open_parts)]


def system_message(given: Any) -> list[Any]:
    """Return the system instruction as a message of its own, or nothing where there is none."""
    parts = [part for content in contents_of(given) for part in _parts_of(content)]
    return [{"role": "system", "parts": parts}] if parts else []


def _is_content(item: Any) -> bool:
    if isinstance(item, Mapping):
        return bool(_MEMBERS_OF_CONTENT & item.keys())
    return "parts" in members(item)


def _content(item: Any) -> Any:
    content = camel_keys(item)
    role = getattr(item, "role", None)  # of some classes it is the default, and sent as well
    if isinstance(content, dict) and isinstance(role, str):
        content["role"] = role
    parts = content.get("parts") if isinstance(content, dict) else None
    if isinstance(parts, list) and any(isinstance(part, str) for part in parts):
        content["parts"] = [_part(part) for part in parts]
    return content


def _parts_of(content: Any) -> list[Any]:
    parts = content.get("parts") if isinstance(content, Mapping) else None
    return parts if isinstance(parts, list) else []


def _part(item: Any) -> Any:
    if isinstance(item, str):
        return {"text": item}
    if _is_picture(item):
        return _picture(item)
    part = camel_keys(item)
    if isinstance(part, dict) and "uri" in part:  # a file that was uploaded before
        described = {"fileUri": part["uri"], "mimeType": part.get("mimeType")}
        return {"fileData": {name: told for name, told in described.items() if told is not None}}
    return part


def _grouped(parts: list[Any]) -> Iterator[Any]:
    """Return contents made of *parts*: calls of functions are the model's, all else the user's."""
    role, group = "", list[Any]()
    for part in parts:
        is_call = isinstance(part, Mapping) and "functionCall" in part
        speaker = "model" if is_call else "user"
        if speaker != role and group:
            yield {"role": role, "parts": group}
            group = []
        role = speaker
        group.append(part)
    if group:
        yield {"role": role, "parts": group}


def _is_picture(item: Any) -> bool:
    return any(kind.__module__.startswith("PIL.") for kind in type(item).__mro__)


def _picture(item: Any) -> Any:
    """Return an image of Pillow's as an attachment, without writing it to anywhere but memory."""
    form = item.format if item.format in ("JPEG", "PNG", "WEBP", "GIF") else "PNG"
    written = io.BytesIO()
    item.save(written, format=form)
    attachment = attach_bytes(written.getvalue(), "image", f"image/{form.lower()}")
    if attachment is None:
        return wire({"inlineData": {"mimeType": f"image/{form.lower()}"}})
    return {"image_url": {"url": attachment}}
