"""A million spans in one process: does a span still cost, and the process still hold, the same?"""

from __future__ import annotations

import time

from benchmarks.peers.base import load_peer
from benchmarks.programs.gauges import finish, options, resident_mib, texts

BLOCKS = 10


def main() -> None:
    """Log the spans in blocks, delivery included; the buffer makes the caller wait when full."""
    name, chosen = options()
    peer = load_peer(name)
    peer.start()
    inputs = texts(1_000, 200)
    block = chosen["spans"] // BLOCKS // len(inputs)
    callers, resident = [], []
    started = time.perf_counter()
    for _ in range(BLOCKS):
        before = time.thread_time()
        for _ in range(block):
            for given in inputs:
                peer.log("span", given, given)
        callers.append((time.thread_time() - before) / block / len(inputs) * 1e6)
        resident.append(resident_mib())
    peer.flush()
    elapsed = time.perf_counter() - started
    finish(
        {
            "caller_us": callers,
            "resident_mib": resident,
            "logged": BLOCKS * block * len(inputs),
            "spans_per_s": BLOCKS * block * len(inputs) / elapsed,
        }
    )


if __name__ == "__main__":
    main()
