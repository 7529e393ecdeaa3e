"""Attachments: what rows hold of them, and which of them a row still refers to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final, Literal, TypedDict

from typing_extensions import NotRequired, override

from braintrust_otel._json import Encoded, Marker, decode, dumps, encode
from braintrust_otel._model.http import BytesStream, ByteStream

__all__ = [
    "DONE",
    "AttachmentReference",
    "AttachmentStatus",
    "BraintrustAttachmentReference",
    "ExternalAttachmentReference",
    "InlineAttachment",
    "UploadStatus",
    "Uploadable",
    "default_filename",
    "failed_upload",
    "markers_in",
    "sealed",
    "uploads_in",
]


class BraintrustAttachmentReference(TypedDict):
    """What a row holds of an attachment that was uploaded to Braintrust."""

    type: Literal["braintrust_attachment"]
    filename: str
    content_type: str
    key: str


class ExternalAttachmentReference(TypedDict):
    """What a row holds of an attachment in an object store of the user's."""

    type: Literal["external_attachment"]
    filename: str
    content_type: str
    url: str


AttachmentReference = BraintrustAttachmentReference | ExternalAttachmentReference
"""What a row holds of an attachment."""

UploadStatus = Literal["uploading", "done", "error"]


class AttachmentStatus(TypedDict):
    """How the upload of an attachment stands."""

    upload_status: UploadStatus
    error_message: NotRequired[str | None]


DONE: Final[AttachmentStatus] = {"upload_status": "done"}


def failed_upload(message: str) -> AttachmentStatus:
    """Return the status of an upload that failed."""
    return {"upload_status": "error", "error_message": message}


class Uploadable(Marker):
    """An attachment whose bytes are uploaded beside the rows that refer to it."""

    __slots__ = ()

    @property
    def key(self) -> str:
        """The name under which Braintrust keeps the bytes; equal keys mean equal bytes."""
        raise NotImplementedError

    @property
    def filename(self) -> str:
        """What people see it called."""
        raise NotImplementedError

    @property
    def content_type(self) -> str:
        """Its MIME type."""
        raise NotImplementedError

    @property
    def memory_bytes(self) -> int:
        """How much memory the bytes take; 0 while they are on disk only."""
        raise NotImplementedError

    def open(self) -> ByteStream:
        """Return the bytes, for an upload. Called in a thread that uploads.

        Raises:
            OSError: They cannot be read.
            ValueError: The path is none.
        """
        raise NotImplementedError

    @property
    @override
    def reference(self) -> dict[str, object]:
        """What rows hold in its place."""
        return {
            "type": "braintrust_attachment",
            "filename": self.filename,
            "content_type": self.content_type,
            "key": self.key,
        }


class InlineAttachment(Uploadable):
    """Media that a row held itself, as base64.

    Args:
        key: The name under which Braintrust keeps the bytes.
        filename: What people see it called.
        content_type: Its MIME type.
        data: The bytes.
    """

    __slots__ = ("_content_type", "_data", "_filename", "_key")

    def __init__(self, key: str, filename: str, content_type: str, data: bytes) -> None:
        self._key = key
        self._filename = filename
        self._content_type = content_type
        self._data = data

    @property
    @override
    def key(self) -> str:
        return self._key

    @property
    @override
    def filename(self) -> str:
        return self._filename

    @property
    @override
    def content_type(self) -> str:
        return self._content_type

    @property
    @override
    def memory_bytes(self) -> int:
        return len(self._data)

    @override
    def open(self) -> ByteStream:
        return BytesStream(self._data)


_EXTENSIONS: Final = {
    "application/octet-stream": ".bin",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": ".xlsx",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ".docx",
    "audio/mp4": ".m4a",
    "audio/mpeg": ".mp3",
    "audio/wav": ".wav",
    "audio/x-wav": ".wav",
    "image/jpeg": ".jpg",
    "image/svg+xml": ".svg",
    "text/markdown": ".md",
    "text/plain": ".txt",
    "video/quicktime": ".mov",
    "video/x-matroska": ".mkv",
}
"""Where the part after the slash is not what people call such files."""


_SCALARS: Final = frozenset({str, int, float, bool, type(None)})
_OURS: Final = frozenset({"context", "metrics", "span_attributes", "span_parents"})
"""Fields that are ours as long as they are plain: with something logged in it, one is text."""


def default_filename(content_type: str, stem: str = "attachment") -> str:
    """Return what to call a file of that type: ``attachment.png``."""
    essence = content_type.partition(";")[0].strip().lower()
    subtype = essence.rpartition("/")[2]
    plain = f".{subtype}" if subtype.isalnum() else ".bin"
    return stem + _EXTENSIONS.get(essence, plain)


def uploads_in(fields: Mapping[str, object]) -> list[Uploadable]:
    """Return the attachments in a row's *fields* that are to be uploaded, in order."""
    found: list[Uploadable] = []
    # Almost no row has any, so that this is about finding nothing quickly.
    for name, value in fields.items():
        if type(value) is Encoded:
            if value.markers:
                _collect_uploads((value,), found)
        elif type(value) not in _SCALARS and name not in _OURS:
            _collect_uploads((value,), found)
    return found


def _collect_uploads(values: Iterable[object], found: list[Uploadable]) -> None:
    for value in values:
        if type(value) is Encoded:
            if value.markers:
                found += [each for each in value.markers if isinstance(each, Uploadable)]
        elif type(value) is dict:
            _collect_uploads(value.values(), found)
        elif type(value) is list:
            _collect_uploads(value, found)


def markers_in(value: object) -> tuple[Marker, ...]:
    """Return the markers of every encoded text in *value*, in order."""
    if isinstance(value, Encoded):
        return value.markers
    if isinstance(value, dict):
        return tuple(marker for member in value.values() for marker in markers_in(member))
    if isinstance(value, list):
        return tuple(marker for item in value for marker in markers_in(item))
    return ()


def sealed(value: object, markers: Iterable[Marker]) -> Encoded:
    """Encode *value* together with those of *markers* whose references it still holds.

    What a later value or a masking function has removed from a row is not uploaded.
    """
    text = encode(value)
    candidates = {id(marker): marker for marker in markers}
    if not candidates:
        return Encoded(text.data)
    references = {key: marker.reference for key, marker in candidates.items()}
    members = {frozenset(reference) for reference in references.values()}
    found = set(_objects_with(members, decode(text)))
    kept = [candidates[key] for key, reference in references.items() if dumps(reference) in found]
    return Encoded(text.data, tuple(kept))


def _objects_with(members: set[frozenset[str]], value: object) -> Iterator[bytes]:
    """Yield the text of every object in *value* that has the members of a reference."""
    if isinstance(value, dict):
        if frozenset(value) in members:
            yield dumps(value)
        for member in value.values():
            yield from _objects_with(members, member)
    elif isinstance(value, list):
        for item in value:
            yield from _objects_with(members, item)
