"""Where the providers' messages hold media as base64, and what stands there once it is attached.

a text that is a data URL, anywhere         the reference
OpenAI     input_audio.data, file.file_data,
           audio.data, b64_json, the result
           of an image generation           the reference
Anthropic  source {type: base64, ...}       the reference, for the whole source
Bedrock    image|document|video|audio
           {format, source: {bytes}}        the reference, for bytes
Google     inlineData in a part             image_url {url: reference} for images,
                                            file {file_data: reference} for the rest
others     {mime_type, data|base64}         the reference, for the data
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from braintrust_otel._mapping.base64_media import Media, from_base64, from_data_url

__all__ = ["replace_media"]

MAX_DEPTH: Final = 128
"""Media nested deeper than this stays as it is."""

_Object = Mapping[str, Any]
Attach = Callable[[Media], object]
"""Takes media, returns what stands in its place."""

_AUDIO: Final = {"mp3": "audio/mpeg", "mpga": "audio/mpeg", "m4a": "audio/mp4"}
_BEDROCK: Final[Mapping[str, Mapping[str, str]]] = {
    "image": {"jpg": "image/jpeg"},
    "audio": _AUDIO,
    "video": {
        "mov": "video/quicktime",
        "mkv": "video/x-matroska",
        "flv": "video/x-flv",
        "mpg": "video/mpeg",
        "wmv": "video/x-ms-wmv",
        "three_gp": "video/3gpp",
    },
    "document": {
        "pdf": "application/pdf",
        "csv": "text/csv",
        "doc": "application/msword",
        "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "xls": "application/vnd.ms-excel",
        "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "html": "text/html",
        "txt": "text/plain",
        "md": "text/markdown",
    },
}
_MIME_KEYS: Final = ("mime_type", "mimeType", "media_type", "mediaType")
_INLINE: Final = ("inlineData", "inline_data")


def replace_media(value: object, attach: Attach) -> object:
    """Return *value* with its media replaced; the same object where there is none.

    Args:
        value: Plain JSON; not changed.
        attach: Called for each piece of media, in order.
    """
    return _Replacing(attach).value(value, 0)


class _Replacing:
    def __init__(self, attach: Attach) -> None:
        self._attach = attach

    def value(self, value: object, depth: int) -> object:
        """Return *value*, or what stands in its place."""
        if isinstance(value, str):
            return self._put(value, _from_url(value))
        if depth >= MAX_DEPTH:
            return value
        if isinstance(value, list):
            items = [self.value(item, depth + 1) for item in value]
            return items if _differs(items, value) else value
        return self._object(value, depth) if isinstance(value, dict) else value

    def _object(self, value: _Object, depth: int) -> object:
        source = _anthropic(value)
        if source is not None:
            return self._attach(source)
        changed: dict[str, object] = {}
        for key, member in value.items():
            found = _google(key, member)
            if found is not None:
                changed |= _google_place(found, self._attach(found))
            elif isinstance(member, str):
                changed[key] = self._put(member, _from_url(member, value) or _leaf(key, value))
            elif key in _BEDROCK and isinstance(member, dict):
                changed[key] = self._bedrock(key, member, depth + 1)
            elif key == "input_audio" and isinstance(member, dict):
                changed[key] = self._member(member, "data", _spoken(member), depth + 1)
            else:
                changed[key] = self.value(member, depth + 1)
        return changed if _differs([*changed.values()], [*value.values()]) else value

    def _bedrock(self, kind: str, block: _Object, depth: int) -> object:
        source = block.get("source")
        found = _bedrock(kind, block, source) if isinstance(source, dict) else None
        if found is None and kind == "audio":
            return self._member(block, "data", _heard(block), depth)
        if found is None or not isinstance(source, dict):
            return self.value(block, depth)
        return {**block, "source": {**source, "bytes": self._attach(found)}}

    def _member(self, value: _Object, key: str, found: Media | None, depth: int) -> object:
        if found is None:
            return self.value(value, depth)
        return {**value, key: self._attach(found)}

    def _put(self, text: str, found: Media | None) -> object:
        return text if found is None else self._attach(found)


def _differs(new: list[object], old: list[Any]) -> bool:
    return len(new) != len(old) or any(
        one is not other for one, other in zip(new, old, strict=True)
    )


def _text(value: _Object, *names: str) -> str | None:
    for name in names:
        found = value.get(name)
        if isinstance(found, str) and found:
            return found
    return None


def _from_url(text: str, beside: _Object | None = None) -> Media | None:
    if text[:5].lower() != "data:":
        return None
    return from_data_url(text, None if beside is None else _text(beside, "filename"))


def _leaf(key: str, beside: _Object) -> Media | None:
    """Return the media that the text under *key* holds, by what stands beside it."""
    text: str = beside[key]
    match key:
        case "file_data":
            return from_base64(text, _type_of_file(beside), _text(beside, "filename"))
        case "b64_json":
            return from_base64(text, _image_type(beside))
        case "result" if beside.get("type") == "image_generation_call":
            return from_base64(text, _image_type(beside))
        case "data" | "base64":
            kind = _text(beside, *_MIME_KEYS)
            name = _text(beside, "filename", "name")
            return None if kind is None else from_base64(text, kind, name)
        case "content" if beside.get("type") == "blob":
            return from_base64(text, _text(beside, *_MIME_KEYS))
    return None


def _anthropic(value: _Object) -> Media | None:
    if value.get("type") != "base64":
        return None
    data, kind = value.get("data"), _text(value, "media_type")
    return from_base64(data, kind) if isinstance(data, str) and kind else None


def _google(key: str, member: object) -> Media | None:
    if key not in _INLINE or not isinstance(member, dict):
        return None
    data, kind = member.get("data"), _text(member, "mimeType", "mime_type")
    name = _text(member, "displayName", "display_name")
    return from_base64(data, kind, name) if isinstance(data, str) and kind else None


def _google_place(found: Media, reference: object) -> dict[str, object]:
    if found.content_type.startswith("image/"):
        return {"image_url": {"url": reference}}
    return {"file": {"file_data": reference}}


def _bedrock(kind: str, block: _Object, source: _Object) -> Media | None:
    data, suffix = source.get("bytes"), block.get("format")
    if not isinstance(data, str) or not isinstance(suffix, str):
        return None
    known = _BEDROCK[kind].get(suffix)
    content_type = None if kind == "document" else f"{kind}/{suffix}"
    name = _text(block, "name")
    if known or content_type:
        return from_base64(data, known or content_type, name and f"{name}.{suffix}")
    return None


def _spoken(value: _Object) -> Media | None:
    """Return the audio that a user said: its format stands beside it."""
    data, suffix = value.get("data"), value.get("format")
    if not isinstance(data, str) or not isinstance(suffix, str):
        return None
    return from_base64(data, _AUDIO.get(suffix, f"audio/{suffix}"))


def _heard(value: _Object) -> Media | None:
    """Return the audio that a model answered with: only its first bytes tell the format."""
    data, suffix = value.get("data"), _text(value, "format")
    if not isinstance(data, str):
        return None
    return from_base64(data, None if suffix is None else _AUDIO.get(suffix, f"audio/{suffix}"))


def _image_type(beside: _Object) -> str | None:
    suffix = _text(beside, "output_format")
    return None if suffix is None else f"image/{suffix}"


def _type_of_file(beside: _Object) -> str | None:
    name = _text(beside, "filename") or ""
    return _BEDROCK["document"].get(name.rpartition(".")[2].lower())
