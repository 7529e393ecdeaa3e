"""Running a program as a newcomer would: in its own process, over an empty embedded store."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

__all__ = ["run_program"]

# Seconds; far more than any documented program takes, so that a hanging one is an error.
_TIMEOUT = 60


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
