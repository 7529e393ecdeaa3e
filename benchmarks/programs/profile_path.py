"""Where the time goes: the caller's path, then the worker's, each in this thread.

Rows are delivered by ``flush()`` alone, in the calling thread (``BRAINTRUST_SYNC_FLUSH``): so the
caller's profile holds nothing of the worker, and the flush's is the worker's whole path.
"""

from __future__ import annotations

import cProfile
import pstats
import re
from collections.abc import Callable
from pathlib import PurePath

from benchmarks.peers.base import load_peer
from benchmarks.programs.gauges import finish, options, texts

SPANS = 5_000
ROWS = 12


def main() -> None:
    """Profile both paths."""
    name, _ = options()
    peer = load_peer(name)
    peer.start()
    inputs = texts(SPANS, 200)

    def burst() -> None:
        for given in inputs:
            peer.log("span", given, given)

    burst()
    peer.flush()
    finish({"caller": _profile(burst), "worker": _profile(peer.flush)})


def _profile(work: Callable[[], None]) -> list[tuple[str, float, float]]:
    """Return the functions with most self-time: name, calls for each span, share of the time."""
    profiler = cProfile.Profile()
    profiler.runcall(work)
    stats = pstats.Stats(profiler)
    total = stats.total_tt  # type: ignore[attr-defined]  # not in the stubs
    rows = [
        (_label(*where), calls / SPANS, 100 * own / total)
        for where, (_, calls, own, _, _) in stats.stats.items()  # type: ignore[attr-defined]  # as above
    ]
    return sorted(rows, key=lambda row: -row[2])[:ROWS]


def _label(path: str, line: int, function: str) -> str:
    if path == "~":
        return re.sub(r" at 0x\w+", "", function.strip("<>"))
    parts = PurePath(path).parts
    for root in ("site-packages", "src"):
        if root in parts:
            parts = parts[len(parts) - parts[::-1].index(root) :]
            break
    else:
        parts = parts[-2:]
    return f"{'/'.join(parts)}:{line} {function}"


if __name__ == "__main__":
    main()
