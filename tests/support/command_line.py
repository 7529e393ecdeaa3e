"""Running the command line: in this process over fake streams, or as a real process."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from typing_extensions import override

from braintrust_otel.cli.main import run
from braintrust_otel.cli.surroundings import Surroundings
from braintrust_otel.server.store import open_store
from support.stores import Clock

__all__ = [
    "COMMAND",
    "Ended",
    "Terminal",
    "environment",
    "fill",
    "run_command",
    "run_here",
    "surroundings",
]

COMMAND = Path(sys.executable).with_name("braintrust-otel")

# Seconds; far more than any command takes, so that a hanging one is an error.
_TIMEOUT = 110
# What shapes the output of this process, and would shape that of the command.
_OF_OUR_OWN = frozenset({"COLUMNS", "LINES", "NO_COLOR", "FORCE_COLOR", "PYTHONUNBUFFERED"})


class Terminal(io.StringIO):
    """A stream that takes itself for a terminal."""

    @override
    def isatty(self) -> bool:
        return True


@dataclass(frozen=True)
class Ended:
    """What a command left behind.

    Attributes:
        status: Exit status.
        out: The answer.
        err: What was said about it.
    """

    status: int
    out: str
    err: str


def surroundings(
    out: io.StringIO | None = None,
    environ: Mapping[str, str] | None = None,
    directory: Path | None = None,
) -> Surroundings:
    """Return surroundings that touch nothing of this process."""
    return Surroundings(
        environ=environ or {},
        directory=directory or Path(os.sep),
        out=out or io.StringIO(),
        err=io.StringIO(),
        clock=Clock(),
    )


def run_here(
    arguments: Sequence[str],
    store: Path,
    *,
    out: io.StringIO | None = None,
    environ: Mapping[str, str] | None = None,
) -> Ended:
    """Run a command line in this process, over the store in the directory *store*."""
    out = io.StringIO() if out is None else out
    around = surroundings(out, {"BRAINTRUST_LOCAL_DIR": str(store), **(environ or {})})
    status = run(arguments, around)
    assert isinstance(around.err, io.StringIO)
    return Ended(status, out.getvalue(), around.err.getvalue())


def environment(store: Path, **more: str) -> dict[str, str]:
    """Return the environment of a real command: no settings but the store, and UTC."""
    return {
        **{name: value for name, value in os.environ.items() if name not in _OF_OUR_OWN},
        "BRAINTRUST_LOCAL_DIR": str(store),
        "PYTHONIOENCODING": "utf-8",
        "TZ": "UTC",
        **more,
    }


def run_command(arguments: Sequence[str], store: Path, **more: str) -> Ended:
    """Run a command line as a real process whose output is a pipe.

    Args:
        arguments: What follows the command's name.
        store: Directory of the store.
        more: Environment variables.
    """
    ended = subprocess.run(
        [COMMAND, *arguments],
        cwd=store.parent,
        env=environment(store, **more),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
        encoding="utf-8",
        timeout=_TIMEOUT,
    )
    return Ended(ended.returncode, ended.stdout, ended.stderr)


def fill(directory: Path, rows: Sequence[Mapping[str, object]], project: str = "weather") -> str:
    """Write *rows* into the logs of a project in the store in *directory*; return its id."""
    store, notice = open_store(directory)
    assert notice is None
    project_id = store.ensure_project(project).id
    store.write([{**row, "project_id": project_id, "log_id": "g"} for row in rows])
    store.close()
    return project_id
