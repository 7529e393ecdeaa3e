"""Where the measured programs run: one environment for the project, one for the official SDK."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

__all__ = ["PEERS", "ROOT", "command_line", "neutral", "python_of", "run_program"]

ROOT = Path(__file__).parent.parent.parent

PEERS = {
    "official": "official SDK",
    "otlp": "OTel SDK + OTLP/HTTP",
    "sdk": "OTel SDK alone",
    "ours": "braintrust-otel",
}
"""What is compared, in the order of the tables."""

_TIMEOUT = 900.0
"""Seconds after which a program hangs rather than measures."""


def python_of(peer: str) -> Path:
    """Return the interpreter that has *peer* installed; ``make bench`` makes both."""
    return ROOT / "build" / "envs" / ("official" if peer == "official" else "bench") / "bin/python"


def command_line() -> Path:
    """Return the project's own command."""
    return python_of("ours").with_name("braintrust-otel")


def neutral() -> dict[str, str]:
    """Return this process's environment without anything that configures a measured library."""
    prefixes = ("BRAINTRUST_", "OTEL_", "OPENAI_", "PYTHON")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(prefixes)}
    return {**kept, "NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"}


def run_program(
    program: str, first: str, environment: Mapping[str, str], /, **options: Any
) -> dict[str, Any]:
    """Run a module of ``benchmarks.programs`` in the environment of its peer.

    Args:
        program: The module.
        first: The peer's name, or whatever else the program takes first.
        environment: Variables on top of neutral ones.
        **options: The program's options.

    Raises:
        RuntimeError: It failed.
    """
    result = subprocess.run(
        [python_of(first), "-m", f"benchmarks.programs.{program}", first, json.dumps(options)],
        cwd=ROOT,
        env={**neutral(), **environment},
        capture_output=True,
        text=True,
        timeout=_TIMEOUT,
        check=False,
    )
    if result.returncode or not result.stdout:
        raise RuntimeError(f"{program} {first} {options} failed:\n{result.stderr[-2000:]}")
    found: dict[str, Any] = json.loads(result.stdout.splitlines()[-1])
    return found
