"""Running a program as a newcomer would: in its own process, over an empty embedded store."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

__all__ = ["complaints", "run_program"]

# Seconds; far more than any documented program takes, so that a hanging one is an error.
_TIMEOUT = 110


def run_program(
    program: Path, directory: Path, environ: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run *program* in *directory* and return what it printed.

    Args:
        program: A Python file.
        directory: An empty directory: working directory, and home of the embedded store.
        environ: Variables to set besides those of this process, which hold no settings.
    """
    return subprocess.run(
        [sys.executable, str(program)],
        cwd=directory,
        env={
            **os.environ,
            "BRAINTRUST_LOCAL_DIR": str(directory / "store"),
            "HOME": str(directory),
            **(environ or {}),
        },
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
        text=True,
        timeout=_TIMEOUT,
    )


def complaints(result: subprocess.CompletedProcess[str], directory: Path) -> list[str]:
    """Return what is wrong with how a program that logs ended; nothing, when it did well.

    Our own bugs never reach a program, so a good exit status alone says little.
    """
    wrong = {
        f"it ended with status {result.returncode}": result.returncode != 0,
        "it printed a traceback": "Traceback" in result.stderr,
        "it met a bug of ours": "A bug of braintrust-otel" in result.stderr,
        "it stored nothing": not list(directory.glob("store/*")),
    }
    return [what for what, is_so in wrong.items() if is_so]
