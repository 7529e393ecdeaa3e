"""Keeps what could not be imported, with the reason, for people to look into."""

from __future__ import annotations

import os
from pathlib import Path
from typing import BinaryIO

from braintrust_otel._json import dumps
from braintrust_otel.cli.moving.lines import Line
from braintrust_otel.cli.surroundings import CommandError

__all__ = ["Rejects"]


class Rejects:
    """A file of JSON lines, one for each line that was left out; made by the first one.

    Args:
        path: Where it goes.
        continues: Whether what an earlier run left there is kept.
    """

    def __init__(self, path: Path, *, continues: bool) -> None:
        self.path = path
        self.count = 0
        self._mode = os.O_APPEND if continues else os.O_TRUNC
        self._file: BinaryIO | None = None

    def add(self, line: Line, reason: str) -> None:
        """Keep *line* and the *reason* why it is not imported.

        Raises:
            CommandError: The file cannot be written.
        """
        self.count += 1
        text = line.data.decode("utf-8", "replace")
        entry = {"file": line.file, "line": line.number, "reason": reason, "text": text}
        try:
            file = self._file or self._open()
            file.write(dumps(entry) + b"\n")
            file.flush()
        except OSError as error:
            raise CommandError(
                f"{line.file}, line {line.number} {reason}, which could not be noted in "
                f"{self.path} ({error.strerror}). Choose another file with --rejects."
            ) from error

    def close(self) -> None:
        """Close the file, if there is one."""
        if self._file is not None:
            self._file.close()

    def _open(self) -> BinaryIO:
        descriptor = os.open(self.path, os.O_WRONLY | os.O_CREAT | self._mode, 0o600)
        self._file = os.fdopen(descriptor, "wb")
        return self._file
