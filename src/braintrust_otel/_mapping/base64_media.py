"""Reads media out of text: data URLs, base64, and the type that the first bytes give away."""

from __future__ import annotations

import re
from base64 import b64decode
from binascii import Error
from dataclasses import dataclass, field
from typing import Final

__all__ = ["Media", "from_base64", "from_data_url", "is_mime_type", "sniffed_type"]

MIN_BASE64: Final = 20
"""Shorter texts are no media: words and ids look the same."""

_DATA_URL: Final = re.compile(r"data:([^;,\s]+)((?:;[^;,\s]+)*);base64,", re.IGNORECASE)
_MIME_TYPE: Final = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]*/[a-z0-9][a-z0-9!#$&^_.+-]*")
_URL_SAFE: Final = str.maketrans("-_", "+/")
_MAGIC: Final = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF8", "image/gif"),
    (b"%PDF-", "application/pdf"),
    (b"ID3", "audio/mpeg"),
    (b"\xff\xfb", "audio/mpeg"),
    (b"\xff\xf3", "audio/mpeg"),
    (b"fLaC", "audio/flac"),
    (b"OggS", "audio/ogg"),
)
_RIFF: Final = {b"WAVE": "audio/wav", b"WEBP": "image/webp"}


@dataclass(frozen=True, slots=True)
class Media:
    """Bytes of a known type.

    Attributes:
        data: The bytes.
        content_type: Their MIME type, in lower case.
        filename: What they are called, if anybody said.
    """

    data: bytes = field(repr=False)
    content_type: str
    filename: str | None = None


def from_data_url(text: str, filename: str | None = None) -> Media | None:
    """Return the media that *text* is a data URL of, if it is one from its first to its last byte.

    Args:
        text: Any text.
        filename: What the media is called, if anybody said.
    """
    head = _DATA_URL.match(text)
    if head is None:
        return None
    return from_base64(text[head.end() :], head.group(1) + head.group(2), filename)


def from_base64(text: str, content_type: str | None, filename: str | None = None) -> Media | None:
    """Return the media that *text* holds, or None if it is no base64, or of an unknown type.

    Args:
        text: Base64 of either alphabet, perhaps with line ends, perhaps without padding.
        content_type: The MIME type; None looks at the first bytes.
        filename: What the media is called, if anybody said.
    """
    if len(text) < MIN_BASE64:
        return None
    data = _decoded(text)
    if not data:
        return None
    kind = sniffed_type(data) if content_type is None else _known(content_type)
    return None if kind is None else Media(data, kind, filename)


def is_mime_type(text: str) -> bool:
    """Tell whether *text* is a MIME type without parameters, in lower case."""
    return _MIME_TYPE.fullmatch(text) is not None


def _decoded(text: str) -> bytes | None:
    if not text.isascii():
        return None
    if "\n" in text or "\r" in text:
        text = "".join(text.split())
    if "-" in text or "_" in text:
        text = text.translate(_URL_SAFE)
    text += "=" * (-len(text) % 4)
    try:
        return b64decode(text, validate=True)
    except Error:
        return None


def _known(content_type: str) -> str | None:
    essence, separator, parameters = content_type.partition(";")
    essence = essence.strip().lower()
    return essence + separator + parameters if is_mime_type(essence) else None


def sniffed_type(data: bytes) -> str | None:
    """Return the MIME type that the first bytes of *data* give away, or None."""
    for magic, kind in _MAGIC:
        if data.startswith(magic):
            return kind
    return _RIFF.get(data[8:12]) if data[:4] == b"RIFF" else None
