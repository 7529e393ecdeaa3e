"""Where exported rows go: an output stream, or a file that is complete or not there."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO, Protocol

from braintrust_otel._json import dumps, loads
from braintrust_otel.cli.moving.lines import read_lines
from braintrust_otel.cli.surroundings import CommandError, Surroundings
from braintrust_otel.cli.texts import inert_json

__all__ = ["FileOutput", "Output", "StreamOutput"]

Fields = Mapping[str, Any]


class Output(Protocol):
    """Takes pages of rows."""

    def write(self, rows: Sequence[Fields], cursor: str | None) -> None:
        """Take a page, and what the next one is asked with."""
        ...

    def finish(self) -> None:
        """Take note that there are no more."""
        ...


class StreamOutput:
    """Writes rows to the answer's stream, where a terminal cannot take them for commands."""

    def __init__(self, surroundings: Surroundings) -> None:
        self._surroundings = surroundings

    def write(self, rows: Sequence[Fields], cursor: str | None) -> None:
        """Write one line for each row."""
        for row in rows:
            self._surroundings.line(inert_json(dumps(row).decode()))

    def finish(self) -> None:
        """Do nothing."""


class FileOutput:
    """Writes rows to ``<path>.part``, which becomes *path* once it is complete.

    After each page it notes, in ``<path>.part.json``, how many bytes are good and where to go on.
    Whatever interrupts it, what follows those bytes is cut off when it goes on; and a file called
    *path* is always a whole one. Only its owner can read it.

    Args:
        path: The file.
        source_key: What tells the source of the rows from others.
    """

    def __init__(self, path: Path, source_key: str) -> None:
        self._path = path
        self._key = source_key
        self._part = path.with_name(f"{path.name}.part")
        self._notes = path.with_name(f"{path.name}.part.json")
        self._file: BinaryIO | None = None
        self.rows = 0

    @property
    def can_resume(self) -> bool:
        """Whether there is something that a later run could go on with."""
        return self._notes.exists()

    def begin(self) -> None:
        """Begin anew, whatever an earlier run has left.

        Raises:
            CommandError: The file cannot be written.
        """
        self._file = self._opened(os.O_TRUNC)
        self._notes.unlink(missing_ok=True)

    def resume(self) -> str | None:
        """Go on where an earlier run was interrupted; return the cursor of the next page.

        Raises:
            CommandError: There is nothing to go on with, or it does not fit.
        """
        noted = self._noted()
        if noted.get("source") != self._key:
            raise CommandError(
                f"{self._part} is a part of another export ({noted.get('source')}). Leave out "
                f"--resume to begin anew."
            )
        self._file = self._opened(0)
        size = noted["bytes"]
        if os.fstat(self._file.fileno()).st_size < size:
            raise CommandError(
                f"{self._part} is shorter than {self._notes} says, so it is not what was written. "
                f"Leave out --resume to begin anew."
            )
        self._file.truncate(size)
        self._file.seek(0, os.SEEK_END)
        self.rows = noted["rows"]
        cursor: str | None = noted["cursor"]
        return cursor

    def exported(self) -> Iterator[Fields]:
        """Yield the rows that are in the file already."""
        with self._part.open("rb") as stream:
            for line in read_lines(stream, self._part.name):
                row = loads(line.data)
                if isinstance(row, dict):
                    yield row

    def write(self, rows: Sequence[Fields], cursor: str | None) -> None:
        """Write one line for each row, and note that they are written."""
        file = self._file
        if file is None:
            raise RuntimeError("begin() or resume() comes first")
        file.writelines(dumps(row) + b"\n" for row in rows)
        file.flush()
        self.rows += len(rows)
        if cursor is not None:
            os.fsync(file.fileno())
            self._note({"source": self._key, "cursor": cursor, "bytes": file.tell()})

    def finish(self) -> None:
        """Give the file its name."""
        if self._file is not None:
            os.fsync(self._file.fileno())
            self._file.close()
        self._part.replace(self._path)
        self._notes.unlink(missing_ok=True)

    def close(self) -> None:
        """Leave the file as it is."""
        if self._file is not None:
            self._file.close()

    def _note(self, note: Mapping[str, object]) -> None:
        fresh = self._notes.with_name(f"{self._notes.name}.new")
        fresh.write_bytes(dumps({**note, "rows": self.rows}))
        fresh.replace(self._notes)

    def _noted(self) -> dict[str, Any]:
        try:
            noted = loads(self._notes.read_bytes())
        except FileNotFoundError as error:
            what = "is complete" if self._path.exists() else "was never begun, or has no page yet"
            raise CommandError(
                f"There is nothing to resume: {self._path} {what}. Leave out --resume to begin "
                f"anew."
            ) from error
        except (OSError, ValueError) as error:
            raise CommandError(f"{self._notes} cannot be read. Leave out --resume.") from error
        is_whole = isinstance(noted, dict) and {"bytes", "cursor", "rows"} <= noted.keys()
        if not is_whole:
            raise CommandError(f"{self._notes} is not what was written. Leave out --resume.")
        return dict(noted)  # type: ignore[arg-type]  # an object, see above

    def _opened(self, mode: int) -> BinaryIO:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            return os.fdopen(os.open(self._part, os.O_RDWR | os.O_CREAT | mode, 0o600), "r+b")
        except OSError as error:
            raise CommandError(f"{self._part} cannot be written ({error.strerror}).") from error
