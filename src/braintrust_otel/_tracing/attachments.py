"""Attachments: files and bytes that are logged beside what a row itself holds."""

from __future__ import annotations

import json
import os
from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, Protocol, TypedDict, runtime_checkable

from typing_extensions import override

from braintrust_otel._json import Marker
from braintrust_otel._model.attachments import (
    DONE,
    AttachmentReference,
    AttachmentStatus,
    Uploadable,
    default_filename,
)
from braintrust_otel._model.http import BytesStream, ByteStream
from braintrust_otel._runtime import root
from braintrust_otel._tracing.files import FileStream, file_name, guessed_type, read_all
from braintrust_otel.errors import SendError

__all__ = [
    "Attachment",
    "AttachmentMetadata",
    "AttachmentReference",
    "AttachmentStatus",
    "BaseAttachment",
    "ExternalAttachment",
    "JSONAttachment",
    "ReadonlyAttachment",
]


class AttachmentMetadata(TypedDict):
    """Where an attachment can be downloaded, and how its upload stands."""

    downloadUrl: str
    status: AttachmentStatus


@runtime_checkable
class Readable(Protocol):
    """A file object."""

    def read(self) -> bytes | str:
        """Return the rest of the file."""
        ...


class BaseAttachment(Marker, ABC):
    """What all attachments that can be logged have in common."""

    @property
    @abstractmethod
    def data(self) -> bytes:
        """The bytes.

        Raises:
            OSError: They cannot be read.
        """

    @abstractmethod
    def upload(self) -> AttachmentStatus:
        """Upload the attachment now, and return how it went."""

    @abstractmethod
    def debug_info(self) -> Mapping[str, Any]:
        """Return what to look at when something is wrong with it."""


class Attachment(BaseAttachment, Uploadable):
    """A file, or bytes, to be uploaded beside the row in which it stands.

    Put it anywhere inside what you log: in dictionaries, lists, dataclasses, pydantic models. The
    row gets a reference in its place; the bytes are uploaded in the background, once for each
    attachment however often it is logged. A file is read when it is uploaded, piece by piece.
    Nothing is raised for a file that is missing: a warning is logged, and the row shows the
    attachment as failed.

    Args:
        data: Path of a file, or the bytes themselves, or a file object. A text is always a path.
            A file object that stands at the beginning of a named file is read when it is uploaded,
            any other at once.
        filename: What people see it called; by default the name of the file.
        content_type: Its MIME type; by default what the filename suggests.
    """

    def __init__(
        self,
        *,
        data: str | bytes | bytearray | memoryview | os.PathLike[str] | Readable,
        filename: str | None = None,
        content_type: str | None = None,
    ) -> None:
        self._path, self._bytes, self._problem = _taken(data)
        name = filename or (os.path.basename(self._path) if self._path else "")  # noqa: PTH119 - a text
        self._content_type = str(content_type or guessed_type(name))
        self._filename = str(name or default_filename(self._content_type))
        self._key = _random_key()
        if self._path is not None:
            self._problem = _readable_problem(self._path)
        if self._problem is not None:
            root.notices.say(f"The attachment {self._filename!r} cannot be read: {self._problem}.")

    @property
    @override
    def key(self) -> str:
        """The name under which Braintrust keeps the bytes."""
        return self._key

    @property
    @override
    def filename(self) -> str:
        """What people see it called."""
        return self._filename

    @property
    @override
    def content_type(self) -> str:
        """Its MIME type."""
        return self._content_type

    @property
    @override
    def memory_bytes(self) -> int:
        """How much memory the bytes take."""
        return 0 if self._bytes is None else len(self._bytes)

    @property
    @override
    def data(self) -> bytes:
        """The bytes; a file is read once, and its bytes are kept from then on.

        Raises:
            OSError: The file cannot be read.
        """
        if self._bytes is None:
            self._bytes = b"".join(self.open().chunks())
        return self._bytes

    @override
    def open(self) -> ByteStream:
        """Return the bytes piece by piece; a file is not read whole.

        Raises:
            OSError: The file cannot be read.
        """
        if self._bytes is not None:
            return BytesStream(self._bytes)
        if self._path is None:
            raise self._problem or OSError("There is nothing to read.")
        return FileStream.of(self._path)

    @override
    def upload(self) -> AttachmentStatus:
        """Upload the attachment in this thread, unless that is done.

        Not needed for an attachment that is logged.

        Returns:
            ``{"upload_status": "done"}``, or ``{"upload_status": "error", "error_message": ...}``.

        Raises:
            RuntimeError: The server could not be told how it went.
        """
        try:
            return root.pipeline().shipper.upload(self)
        except SendError as error:
            raise RuntimeError(
                f"Failed to report the upload of {self._filename!r}: {error}"
            ) from error

    @override
    def debug_info(self) -> Mapping[str, Any]:
        """Return the path, if there is one, and the reference."""
        where = "<in-memory data>" if self._path is None else self._path
        return {"input_data": where, "reference": self.reference}

    @override
    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._filename!r} {self._content_type} {self._key}>"


class JSONAttachment(Attachment):
    """A value that is too large for a row: it is uploaded as a JSON file.

    Args:
        data: Any value that the standard library's ``json`` can write; it is written at once.
        filename: What people see it called.
        pretty: Indent the JSON text.

    Raises:
        TypeError: *data* holds something that is no JSON.
        ValueError: *data* contains itself.
    """

    def __init__(self, data: Any, *, filename: str = "data.json", pretty: bool = False) -> None:
        text = json.dumps(data, ensure_ascii=False, indent=2 if pretty else None)
        super().__init__(
            data=text.encode("utf-8", "surrogatepass").decode("utf-8", "replace").encode(),
            filename=filename,
            content_type="application/json",
        )


class ExternalAttachment(BaseAttachment):
    """A file in an object store that Braintrust can read; nothing is uploaded.

    Args:
        url: Where the file is: ``s3://bucket/path``.
        filename: What people see it called.
        content_type: Its MIME type.
    """

    def __init__(self, *, url: str, filename: str, content_type: str) -> None:
        self._reference: dict[str, object] = {
            "type": "external_attachment",
            "filename": filename,
            "content_type": content_type,
            "url": url,
        }

    @property
    @override
    def reference(self) -> dict[str, object]:
        """What rows hold in its place."""
        return dict(self._reference)

    @property
    @override
    def data(self) -> bytes:
        """The bytes, downloaded each time.

        Raises:
            RuntimeError: They cannot be had.
        """
        return ReadonlyAttachment(self._reference).data

    @override
    def upload(self) -> AttachmentStatus:
        """Do nothing: the file is where it belongs."""
        return DONE

    @override
    def debug_info(self) -> Mapping[str, Any]:
        """Return the URL and the reference."""
        return {"url": self._reference["url"], "reference": self.reference}


class ReadonlyAttachment(Marker):
    """An attachment that a row of Braintrust refers to. Logged again, it stays that reference.

    Args:
        reference: What the row holds.

    Raises:
        RuntimeError: *reference* is no reference to an attachment.
    """

    def __init__(self, reference: AttachmentReference | Mapping[str, object]) -> None:
        known = {"braintrust_attachment": "key", "external_attachment": "url"}
        name = known.get(str(reference.get("type")))
        if name is None or not isinstance(reference.get(name), str):
            raise RuntimeError(f"Unknown attachment type: {reference.get('type')!r}")
        self._reference = {str(key): value for key, value in reference.items()}
        self._data: bytes | None = None

    @property
    @override
    def reference(self) -> dict[str, object]:
        """What rows hold in its place."""
        return dict(self._reference)

    @property
    def data(self) -> bytes:
        """The bytes; downloaded once, then kept.

        Raises:
            RuntimeError: The upload is not done, or the download failed.
        """
        if self._data is None:
            found = self.metadata()
            stands = found["status"].get("upload_status")
            if stands != "done":
                why = found["status"].get("error_message")
                more = f": {why}" if why else ""
                raise RuntimeError(f'Expected attachment status "done", got "{stands}"{more}')
            try:
                self._data = root.pipeline().wire.attachments.download(found["downloadUrl"])
            except SendError as error:
                raise RuntimeError(f"Failed to download attachment: {error}") from error
        return self._data

    def metadata(self) -> AttachmentMetadata:
        """Ask the server where the bytes are, and how their upload stands.

        Raises:
            RuntimeError: The server cannot be asked, or does not know.
        """
        try:
            found = root.pipeline().wire.attachments.locate(self._reference)
        except SendError as error:
            raise RuntimeError(f"Failed to look up attachment: {error}") from error
        status: Any = dict(found.status)
        return {"downloadUrl": found.url, "status": status}

    def status(self) -> AttachmentStatus:
        """Ask the server how the upload stands.

        Raises:
            RuntimeError: The server cannot be asked, or does not know.
        """
        return self.metadata()["status"]

    @override
    def __str__(self) -> str:
        """Return the bytes as a data URL, downloading them if needed."""
        from base64 import b64encode

        content_type = self._reference.get("content_type")
        return f"data:{content_type};base64,{b64encode(self.data).decode()}"

    @override
    def __repr__(self) -> str:
        return f"<ReadonlyAttachment {self._reference!r}>"


def _random_key() -> str:
    import uuid

    return str(uuid.uuid4())


def _readable_problem(path: str) -> OSError | None:
    try:
        FileStream.of(path)
    except (OSError, ValueError) as error:
        return error if isinstance(error, OSError) else OSError(str(error))
    return None


def _taken(data: object) -> tuple[str | None, bytes | None, OSError | None]:
    """Return the path that *data* is, or its bytes, or what is wrong with it."""
    if isinstance(data, (str, os.PathLike)):
        return os.fspath(data), None, None
    if isinstance(data, (bytes, bytearray, memoryview)):
        return None, bytes(data), None
    name = file_name(data)
    if name is not None:
        return name, None, None
    if isinstance(data, Readable):
        return None, *read_all(data)
    kind = type(data).__name__
    return None, None, OSError(f"{kind} is neither a path nor bytes nor a file")
