"""Running the command in a terminal that is none."""

from __future__ import annotations

import fcntl
import os
import pty
import struct
import subprocess
import termios
from collections.abc import Mapping, Sequence

from support.command_line import COMMAND

__all__ = ["run_in_terminal"]


def run_in_terminal(
    arguments: Sequence[str], environ: Mapping[str, str], columns: int = 100
) -> tuple[int, str]:
    """Run a command line whose output is a terminal; return its status and all that it showed."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
    with subprocess.Popen(
        [COMMAND, *arguments], env=dict(environ), stdin=theirs, stdout=theirs, stderr=theirs
    ) as process:
        os.close(theirs)
        shown = _read_all(ours)
    return process.returncode, shown.decode()


def _read_all(terminal: int) -> bytes:
    parts = []
    with os.fdopen(terminal, "rb", buffering=0) as stream:
        while part := _read(stream.fileno()):
            parts.append(part)
    return b"".join(parts)


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:  # how Linux says that the other side was closed
        return b""
