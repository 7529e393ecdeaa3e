"""Turns the files that clients send and receive into attachments."""

from __future__ import annotations

import io
import mimetypes
import os
import stat
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from braintrust_otel._mapping.base64_media import sniffed_type
from braintrust_otel._model.attachments import default_filename
from braintrust_otel._runtime import root
from braintrust_otel._tracing.attachments import Attachment

__all__ = ["attach_bytes", "attach_file"]

_NAME, _CONTENT, _TYPE = range(3)
_ANY_TYPE = "application/octet-stream"
_UNTOLD = frozenset({"", _ANY_TYPE, "binary/octet-stream"})


def attach_file(file: Any) -> Attachment | str | None:
    """Return what stands on the row for a file that is given to a client.

    Accepted is what multipart requests take: bytes, a path, a file object, or a tuple of name,
    content and MIME type. The bytes are taken at once, as the client takes them, because programs
    often delete the file right after the call. A file object is taken from its beginning, as it is
    sent, and stands afterwards where it stood.

    Returns:
        The attachment. Where the bytes cannot be had without taking them away from the client, or
        media is to be left alone, the name of the file, if it has one.
    """
    name, content, content_type = _parts(file)
    data = _content(content) if root.settings().auto_convert_ai_attachments else None
    if data is None:
        return name
    return _attachment(data, name, content_type)


def attach_bytes(
    data: bytes, stem: str = "attachment", content_type: str | None = None
) -> Attachment | None:
    """Return the attachment of media that a client received; None where media is left alone.

    Args:
        data: The bytes.
        stem: What people see it called, without the ending that its type brings.
        content_type: Its MIME type; what says nothing gives way to what the first bytes tell.
    """
    if not root.settings().auto_convert_ai_attachments:
        return None
    essence = (content_type or "").partition(";")[0].strip().lower()
    kind = sniffed_type(data) if essence in _UNTOLD else None
    kind = kind or essence or _ANY_TYPE
    return Attachment(data=data, filename=default_filename(kind, stem), content_type=kind)


def _attachment(data: bytes, name: str | None, content_type: str | None) -> Attachment:
    guessed = mimetypes.guess_type(name)[0] if name else None
    kind = content_type or guessed or sniffed_type(data)
    return Attachment(data=data, filename=name, content_type=kind)


def _parts(file: Any) -> tuple[str | None, Any, str | None]:
    """Return the name, the content and the MIME type of *file*, as far as they were given."""
    name: Any = None
    content_type: Any = None
    if isinstance(file, tuple):
        given: Sequence[Any] = (*file, None, None, None)
        name, file, content_type = given[_NAME], given[_CONTENT], given[_TYPE]
    if name is None:
        name = os.fspath(file) if isinstance(file, os.PathLike) else getattr(file, "name", None)
    is_name = isinstance(name, str) and bool(name)
    is_type = isinstance(content_type, str) and bool(content_type)
    return Path(name).name if is_name else None, file, content_type if is_type else None


def _content(file: Any) -> bytes | None:
    if isinstance(file, (bytes, bytearray, memoryview)):
        return bytes(file)
    try:
        if isinstance(file, os.PathLike):
            is_plain = stat.S_ISREG(os.stat(file).st_mode)  # noqa: PTH116 - it may be of any class
            return Path(file).read_bytes() if is_plain else None
        if isinstance(file, io.BytesIO):
            return file.getvalue()
        return _read_in_place(file) if _is_plain_file(file) else _read_and_return(file)
    except (OSError, ValueError):
        return None  # closed, missing, a pipe: the client says what is wrong with it


def _is_plain_file(file: Any) -> bool:
    """Whether *file* is one on disk of which nothing waits to be written."""
    if type(file) is not io.BufferedReader or type(file.raw) is not io.FileIO:
        return False
    return hasattr(os, "pread") and stat.S_ISREG(os.fstat(file.fileno()).st_mode)


def _read_in_place(file: Any) -> bytes:
    number, pieces, position = file.fileno(), [], 0
    while piece := os.pread(number, os.fstat(number).st_size - position or 1, position):
        pieces.append(piece)
        position += len(piece)
    return b"".join(pieces)


def _read_and_return(file: Any) -> bytes | None:
    seekable = getattr(file, "seekable", None)
    if isinstance(file, io.TextIOBase) or not callable(seekable) or not seekable():
        return None
    position = file.tell()
    try:
        file.seek(0)
        data = file.read()
    finally:
        file.seek(position)
    return data if isinstance(data, bytes) else None
