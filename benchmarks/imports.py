"""What importing costs: CPU of a fresh interpreter, over one that imports nothing.

The candidates take turns, so that a busy moment of the machine hits all of them alike, and the
median is taken. Bytecode is cached by the first round, which is thrown away.
"""

from __future__ import annotations

import resource
import statistics
import subprocess
import sys
from collections.abc import Mapping

__all__ = ["measure", "report"]

BARE = "bare interpreter"
CANDIDATES: Mapping[str, str] = {
    BARE: "pass",
    "import braintrust_otel": "import braintrust_otel",
    "import opentelemetry.trace": "import opentelemetry.trace",
    "import opentelemetry.sdk.trace": "import opentelemetry.sdk.trace",
    "import requests": "import requests",
}


def measure(rounds: int) -> dict[str, float]:
    """Return the median CPU time of each candidate, in milliseconds."""
    samples: dict[str, list[float]] = {name: [] for name in CANDIDATES}
    for _ in range(rounds + 1):
        for name, program in CANDIDATES.items():
            samples[name].append(_cpu_ms(program))
    return {name: statistics.median(times[1:]) for name, times in samples.items()}


def report(measured: Mapping[str, float]) -> str:
    """Return a table of what each import adds to a bare interpreter."""
    bare = measured[BARE]
    lines = [f"{'import (CPU)':32} {'over bare':>10}"]
    lines += [f"{name:32} {time - bare:7.1f} ms" for name, time in measured.items() if name != BARE]
    return "\n".join([*lines, f"{BARE:32} {bare:7.1f} ms in all"])


def _cpu_ms(program: str) -> float:
    """Return the CPU time of a new interpreter that runs *program*."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-c", program], check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    user, system = after.ru_utime - before.ru_utime, after.ru_stime - before.ru_stime
    return 1000 * (user + system)
