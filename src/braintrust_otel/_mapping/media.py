"""Turns media that a row's input and output hold as base64 into attachments."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from braintrust_otel._json import Encoded, Marker, decode, dumps, encode
from braintrust_otel._mapping.base64_media import Media
from braintrust_otel._mapping.media_shapes import replace_media
from braintrust_otel._model.attachments import InlineAttachment, default_filename
from braintrust_otel._model.rows import Row

__all__ = ["media_extractor"]

_FIELDS: Final = ("input", "output")
_QUOTE: Final = ord('"')
_LONG_BYTES: Final = 2048
_RUN_BYTES: Final = 1024
_MIN_BYTES: Final = 64
"""Fewer bytes hold no media."""


def media_extractor(secret: bytes) -> Callable[[Row], Row]:
    """Return the function that turns a row's inline media into attachments.

    It returns the row itself if there is none. Pure, and safe from any thread; media that is no
    base64, or of an unknown type, stays as it is. Equal media gets the same key wherever it is
    found, so that a picture which every turn of a conversation repeats is uploaded once.

    Args:
        secret: Mixed into the keys, which nobody can then make of the bytes alone; 64 bytes at
            most.
    """

    def extract(row: Row) -> Row:
        fields = row.fields
        changed: dict[str, object] = {}
        for name in _FIELDS:
            value = fields.get(name)
            if value is not None and _may_hold_media(value):
                extracted = _extracted(value, secret)
                if extracted is not value:
                    changed[name] = extracted
        if not changed:
            return row
        return Row(row.id, row.container, {**fields, **changed}, row.is_merge, row.may_join)

    return extract


def _may_hold_media(value: object) -> bool:
    """Tell whether a closer look is worth it. For nearly all rows this is all that happens."""
    if type(value) is Encoded:
        data = value.data
        if len(data) < _MIN_BYTES:
            return False
        if data[0] == _QUOTE:  # one text, which is a data URL from its beginning or holds no media
            return data[1:6].lower() == b"data:"
        return _has_signs(data) if len(data) <= _LONG_BYTES else _has_signs_or_runs(data)
    if isinstance(value, str):
        return value[:5].lower() == "data:"
    return isinstance(value, (dict, list))


def _has_signs(data: bytes) -> bool:
    """Tell whether *data* has one of the signs that all media in ``media_shapes`` has."""
    find = data.find
    # Written out, because a loop costs as much again, and `in` on bytes twice as much.
    return (
        find(b"base64") >= 0
        or find(b'data":"') >= 0
        or find(b'bytes":"') >= 0
        or find(b'b64_json":"') >= 0
        or find(b'"blob"') >= 0
        or find(b'"image_gen') >= 0
    )


def _has_signs_or_runs(data: bytes) -> bool:
    """Tell the same of a long text, of which every sign would cost as much as sending it.

    What calls itself base64 is always found. Of the other shapes only media of a kibibyte and
    more is worth an upload: a run of bytes without a space or a quote in it.
    """
    if data.find(b"base64") >= 0:
        return True
    rfind, start, last = data.rfind, 0, len(data) - _RUN_BYTES
    while start <= last:
        # From one space or quote to the last one that a run beginning there would have to cover.
        end = start + _RUN_BYTES
        found = rfind(b" ", start, end)
        if found < 0:
            found = rfind(b'"', start, end)
            if found < 0:
                return True
        start = found + 1
    return False


def _extracted(value: object, secret: bytes) -> object:
    markers: list[Marker] = []

    def attach(media: Media) -> Encoded:
        marker = _attachment(media, secret)
        markers.append(marker)
        return Encoded(dumps(marker.reference))

    text = value if isinstance(value, Encoded) else encode(value)
    replaced = replace_media(decode(text), attach)
    if not markers:
        return value
    return Encoded(dumps(replaced), (*text.markers, *markers))


def _attachment(media: Media, secret: bytes) -> InlineAttachment:
    # Imported here, because it takes milliseconds that programs without media need not wait for.
    from hashlib import blake2b

    filename = media.filename or default_filename(media.content_type)
    digest = blake2b(media.data, digest_size=16, key=secret)
    digest.update(f"\0{filename}\0{media.content_type}".encode())
    return InlineAttachment(_uuid(digest.hexdigest()), filename, media.content_type, media.data)


def _uuid(digits: str) -> str:
    """Return 32 hex digits in the form of a random UUID, as keys of attachments are."""
    variant = "89ab"[int(digits[16], 16) % 4]
    third, fourth = f"4{digits[13:16]}", f"{variant}{digits[17:20]}"
    return f"{digits[:8]}-{digits[8:12]}-{third}-{fourth}-{digits[20:]}"
