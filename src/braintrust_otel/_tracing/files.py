"""Files as attachments: read piece by piece, and guessed at by their names."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

__all__ = ["FileStream", "file_name", "guessed_type", "read_all"]

_CHUNK_BYTES = 256 * 1024


@dataclass(frozen=True, slots=True)
class FileStream:
    """A file on disk, of which only one piece is in memory at a time.

    Attributes:
        path: Where it is.
        size_bytes: How large it was when the stream was made.
    """

    path: str
    size_bytes: int

    @classmethod
    def of(cls, path: str) -> FileStream:
        """Return the stream of the file at *path*.

        Raises:
            OSError: There is no such file, or it may not be read.
            ValueError: The path has a NUL in it.
        """
        status = os.stat(path)  # noqa: PTH116 - a text, and the whole status is wanted
        if not stat.S_ISREG(status.st_mode):
            raise OSError(f"{path!r} is no regular file")
        if not os.access(path, os.R_OK):
            raise PermissionError(f"{path!r} may not be read")
        return cls(path, status.st_size)

    def chunks(self) -> Iterator[bytes]:
        """Read the file from its beginning."""
        with open(self.path, "rb") as file:  # noqa: PTH123 - a text
            while chunk := file.read(_CHUNK_BYTES):
                yield chunk


def file_name(data: Any) -> str | None:
    """Return the path of a file object that stands at the beginning of a regular file, or None."""
    try:
        name, opened, position = data.name, os.fstat(data.fileno()), data.tell()
        named = os.stat(name)  # noqa: PTH116 - a text
    except Exception:  # noqa: BLE001 - no file object, or one of the user's own: it is just read
        return None
    is_same = (opened.st_dev, opened.st_ino) == (named.st_dev, named.st_ino)
    is_whole = isinstance(name, str) and position == 0
    return name if is_same and is_whole and stat.S_ISREG(named.st_mode) else None


def read_all(file: Any) -> tuple[bytes | None, OSError | None]:
    """Read the rest of *file*; return the bytes, or why they cannot be had."""
    try:
        read = file.read()
        return (read.encode() if isinstance(read, str) else bytes(read)), None
    except Exception as error:  # noqa: BLE001 - a file object of the user's own: logging never raises
        return None, error if isinstance(error, OSError) else OSError(str(error))


def guessed_type(filename: str) -> str:
    """Return the MIME type that *filename* suggests; plain bytes if it suggests none."""
    import mimetypes

    return mimetypes.guess_type(filename)[0] or "application/octet-stream"
