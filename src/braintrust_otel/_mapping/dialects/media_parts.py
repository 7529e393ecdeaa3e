"""Turns parts of messages that hold or name media into the parts of chat completions.

Bytes become data URLs: what looks for media in a row knows those, and makes attachments of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

__all__ = ["MEDIA"]

_Part = Mapping[str, Any]
_MIME_KEYS: Final = ("mime_type", "media_type", "mediaType", "mimeType")


def _blob(part: _Part) -> Mapping[str, Any]:
    kind, data = _text(part, *_MIME_KEYS), _text(part, "content", "data")
    if kind is None or data is None:
        return part
    url = data if data[:5].lower() == "data:" else f"data:{kind};base64,{data}"
    return _image(url, part) if kind.startswith("image/") else _file({"file_data": url}, part)


def _uri(part: _Part) -> Mapping[str, Any]:
    url = _text(part, "uri", "url")
    if url is None:
        return part
    kind = _text(part, *_MIME_KEYS) or ""
    is_image = kind.startswith("image/") or url.startswith("data:image/")
    if is_image or "image" in (part.get("modality"), part.get("type")):
        return _image(url, part)
    return _file({"file_data": url}, part)


def _image_url(part: _Part) -> Mapping[str, Any]:
    url = _text(part, "url")
    return part if url is None else _image(url, part)


def _stored_file(part: _Part) -> Mapping[str, Any]:
    if isinstance(part.get("file"), dict):
        return part
    name = _text(part, "file_id")
    if name is not None:
        return _file({"file_id": name}, part)
    data = _text(part, "data", "url", "image")
    kind = _text(part, *_MIME_KEYS)
    if data is None:
        return part
    if kind is not None and "://" not in data[:16]:
        return _blob({**part, "content": data})
    return _uri({**part, "uri": data})


def _shown(part: _Part) -> Mapping[str, Any]:
    """Turn the image of the AI SDK; that of Anthropic has a source, and stays."""
    return part if _text(part, "image") is None else _stored_file({"modality": "image", **part})


def _image(url: str, part: _Part) -> dict[str, Any]:
    return {"type": "image_url", "image_url": {"url": url}, **_others(part)}


def _file(file: dict[str, Any], part: _Part) -> dict[str, Any]:
    name = _text(part, "filename", "name")
    told = file if name is None else {**file, "filename": name}
    return {"type": "file", "file": told, **_others(part)}


def _others(part: _Part) -> dict[str, Any]:
    """Return what only stands beside the media, such as the text of something spoken."""
    return {key: value for key, value in part.items() if key not in _TOLD}


_TOLD: Final = frozenset(
    {
        *("type", "modality", "content", "data", "image", "uri", "url", "file_id"),
        *("filename", "name", *_MIME_KEYS),
    }
)


def _text(part: _Part, *names: str) -> str | None:
    found = (part.get(name) for name in names)
    return next((value for value in found if isinstance(value, str) and value), None)


MEDIA: Final[Mapping[str, Callable[[_Part], Mapping[str, Any]]]] = {
    "blob": _blob,
    "binary": _blob,
    "uri": _uri,
    "image-url": _image_url,
    "audio-url": _uri,
    "video-url": _uri,
    "document-url": _uri,
    "file": _stored_file,
    "image": _shown,
}
"""By the type of the part."""
