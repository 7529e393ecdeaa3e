"""Spans of 500 KB: CPU until all are delivered, and the most memory that took."""

from __future__ import annotations

import time

from benchmarks.peers.base import load_peer
from benchmarks.programs.gauges import finish, options, peak_mib, texts

SPANS = 200
SIZE = 500_000


def main() -> None:
    """Log the spans as fast as the peer takes them."""
    name, _ = options()
    peer = load_peer(name)
    peer.start()
    peer.log("first", "a", "b")
    peer.flush()
    (filler,) = texts(1, SIZE - 8)
    before = time.process_time()
    for number in range(SPANS):
        peer.log("span", f"{number:08d}{filler}", "done")
    peer.flush()
    process = time.process_time() - before
    finish({"process_ms": process / SPANS * 1e6, "peak_mib": peak_mib(), "logged": SPANS + 1})


if __name__ == "__main__":
    main()
