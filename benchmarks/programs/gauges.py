"""What the measured programs share: payloads, memory, and their one line of results."""

from __future__ import annotations

import json
import resource
import sys
from typing import Any

__all__ = ["Options", "finish", "messages", "options", "peak_mib", "resident_mib", "texts"]

Options = dict[str, Any]

_FILLER = "The quick brown fox jumps over the lazy dog and thinks about it for a while. "


def options() -> tuple[str, Options]:
    """Return the peer's name and the options from the command line."""
    return sys.argv[1], json.loads(sys.argv[2])


def finish(result: object) -> None:
    """Print the program's results where the harness looks for them."""
    print(json.dumps(result), flush=True)


def texts(count: int, size: int) -> list[str]:
    """Return *count* different texts of *size* characters."""
    long = _FILLER * (size // len(_FILLER) + 1)
    return [f"{number:08d} {long}"[:size] for number in range(count)]


def messages(count: int, size: int) -> list[list[dict[str, str]]]:
    """Return *count* different conversations of eight messages and *size* characters."""
    contents = texts(count * 8, size // 8 - 40)
    roles = ["system", *["user", "assistant"] * 3, "user"]
    return [
        [{"role": role, "content": contents[8 * number + at]} for at, role in enumerate(roles)]
        for number in range(count)
    ]


def resident_mib() -> float:
    """Return the memory that the process has now."""
    return _status("VmRSS", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


def peak_mib() -> float:
    """Return the most memory that the process ever had."""
    return _status("VmHWM", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


def _status(field: str, fallback: float) -> float:
    """Return a line of Linux's own account; elsewhere the peak has to do."""
    try:
        with open("/proc/self/status", encoding="ascii") as lines:  # noqa: PTH123  # cheaper here
            found = {
                name: rest.split() for name, _, rest in (line.partition(":") for line in lines)
            }
    except OSError:
        return fallback
    return int(found[field][0]) / 1024
