"""The shape of the machine, and which versions were measured."""

from __future__ import annotations

import os
import platform
import subprocess
from pathlib import Path

from benchmarks.harness.places import python_of

__all__ = ["describe"]

_VERSIONS = """
import importlib.metadata as found
for name in {names!r}:
    print(name, found.version(name))
"""
_LIBRARIES = {
    "ours": [
        "braintrust-otel",
        "opentelemetry-sdk",
        "opentelemetry-exporter-otlp-proto-http",
        "openai",
        "orjson",
        "requests",
    ],
    "official": ["braintrust"],
}


def describe(load_before: float) -> str:
    """Return the machine's shape as a list; nothing that names one machine.

    Args:
        load_before: Its load before anything was measured.
    """
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    busy = os.getloadavg()[0]
    versions = ", ".join(line for peer in _LIBRARIES for line in _versions(peer))
    return "\n".join(
        [
            (
                f"- {os.cpu_count()} cores ({_processor()}), {memory:.0f} GiB, "
                f"{platform.system()} {platform.machine()}"
            ),
            (
                f"- Load {load_before:.1f} at the start and {busy:.1f} at the end; measuring "
                "alone makes it 1 to 2"
            ),
            f"- Python {platform.python_version()}",
            f"- {versions}",
        ]
    )


def _processor() -> str:
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return platform.processor() or "unknown"
    names = [line.partition(":")[2].strip() for line in text.splitlines() if "model name" in line]
    return names[0] if names else "unknown"


def _versions(peer: str) -> list[str]:
    program = _VERSIONS.format(names=_LIBRARIES[peer])
    result = subprocess.run(
        [python_of(peer), "-c", program], capture_output=True, text=True, check=True
    )
    return result.stdout.splitlines()
