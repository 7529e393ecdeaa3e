"""A backend that does not take anything: how long logging waits, what it holds, how it ends."""

from __future__ import annotations

import os
import time

from benchmarks.peers.base import Peer, load_peer
from benchmarks.programs.gauges import Options, finish, options, resident_mib, texts


def main() -> None:
    """Run what the option ``kind`` says."""
    name, chosen = options()
    peer = load_peer(name)
    peer.start()
    if chosen["kind"] == "latency":
        finish(_latency(peer, chosen))
        os._exit(0)
    finish({**_memory(peer, chosen), "ended_at": time.time()})


def _latency(peer: Peer, chosen: Options) -> dict[str, float]:
    """Return how long whole spans take, logged at a steady pace as a service would."""
    given, waits, raised = texts(1, 200)[0], [], 0
    peer.log("first", given, given)
    for _ in range(chosen["spans"]):
        before = time.perf_counter()
        try:
            peer.log("span", given, given)
        except Exception:  # noqa: BLE001  # whatever a peer raises counts
            raised += 1
        waits.append(time.perf_counter() - before)
        time.sleep(chosen["pause"])
    waits.sort()
    return {
        "median_ms": waits[len(waits) // 2] * 1e3,
        "p99_ms": waits[len(waits) * 99 // 100] * 1e3,
        "max_ms": waits[-1] * 1e3,
        "raised": raised,
    }


def _memory(peer: Peer, chosen: Options) -> dict[str, object]:
    """Return the memory before and after each tenth of many more spans than any buffer takes."""
    inputs = texts(1_000, chosen["size"])
    peer.log("first", "a", "b")
    time.sleep(1.0)  # until the peer has imported what it delivers with
    resident = [resident_mib()]
    longest = 0.0
    for _ in range(10):
        for at in range(chosen["spans"] // 10):
            before = time.perf_counter()
            peer.log("span", inputs[at % 1_000], inputs[at % 1_000])
            longest = max(longest, time.perf_counter() - before)
        resident.append(resident_mib())
    return {"resident_mib": resident, "longest_ms": longest * 1e3}


if __name__ == "__main__":
    main()
