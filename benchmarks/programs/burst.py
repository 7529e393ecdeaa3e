"""Bursts of spans: the caller's CPU for each, and the process's until all are delivered."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence

from benchmarks.peers.base import Peer, load_peer
from benchmarks.programs.gauges import finish, messages, options, texts

# Fits into the queue of every peer, so that nobody saves work by dropping.
SPANS = 1_000


def main() -> None:
    """Measure bursts of each payload, and of traced calls."""
    name, chosen = options()
    peer = load_peer(name)
    peer.start()
    outputs = texts(SPANS, 200)
    repeats = chosen["repeats"]
    finish(
        {
            "200 B": _logged(peer, texts(SPANS, 200), outputs, repeats),
            "8 KB": _logged(peer, messages(SPANS, 8_000), outputs, repeats),
            "10 KB": _logged(peer, messages(SPANS, 10_000), outputs, repeats),
            "traced": _traced(peer, texts(SPANS, 200), repeats),
        }
    )


def _logged(
    peer: Peer, inputs: Sequence[object], outputs: list[str], repeats: int
) -> dict[str, float]:
    def burst() -> None:
        for given, made in zip(inputs, outputs):  # noqa: B905  # equally long
            peer.log("span", given, made)

    return _measure(peer, burst, repeats)


def _traced(peer: Peer, inputs: list[str], repeats: int) -> dict[str, float]:
    def echo(question: str) -> str:
        return question

    decorated = peer.traced(echo)

    def burst() -> None:
        for given in inputs:
            decorated(given)

    return _measure(peer, burst, repeats)


def _measure(peer: Peer, burst: Callable[[], None], repeats: int) -> dict[str, float]:
    """Return the medians: microseconds for each span, milliseconds for a thousand."""
    burst()
    peer.flush()
    callers, processes = [], []
    for _ in range(repeats):
        process, caller = time.process_time(), time.thread_time()
        burst()
        callers.append(time.thread_time() - caller)
        peer.flush()
        processes.append(time.process_time() - process)
    caller, process = statistics.median(callers), statistics.median(processes)
    return {
        "caller_us": caller / SPANS * 1e6,
        "process_ms": process / SPANS * 1e6,
        "worker_us": (process - caller) / SPANS * 1e6,
    }


if __name__ == "__main__":
    main()
