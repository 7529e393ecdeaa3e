"""Traced functions while nothing is configured: what a call costs over a bare one."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

from benchmarks.peers.base import load_peer
from benchmarks.programs.gauges import finish, options

CALLS = 20_000
REPEATS = 9


def main() -> None:
    """Measure a function and a coroutine function."""
    name, _ = options()
    peer = load_peer(name)

    def bare(question: str) -> str:
        return question

    async def bare_coroutine(question: str) -> str:
        return question

    traced, traced_coroutine = peer.traced(bare), peer.traced(bare_coroutine)
    finish(
        {
            "sync_us": _best(traced) - _best(bare),
            "async_us": _best_awaited(traced_coroutine) - _best_awaited(bare_coroutine),
        }
    )


def _best(function: Callable[[str], str]) -> float:
    """Return the microseconds of a call in the least disturbed repetition."""
    best = float("inf")
    for _ in range(REPEATS):
        before = time.thread_time()
        for _ in range(CALLS):
            function("question")
        best = min(best, time.thread_time() - before)
    return best / CALLS * 1e6


def _best_awaited(function: Callable[[str], Awaitable[str]]) -> float:
    async def repeat() -> float:
        best = float("inf")
        for _ in range(REPEATS):
            before = time.thread_time()
            for _ in range(CALLS):
                await function("question")
            best = min(best, time.thread_time() - before)
        return best

    return asyncio.run(repeat()) / CALLS * 1e6


if __name__ == "__main__":
    main()
