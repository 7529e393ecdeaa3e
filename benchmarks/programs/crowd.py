"""Many at once: eight threads, then a thousand asyncio tasks, each with nested spans."""

from __future__ import annotations

import asyncio
import threading
import time

from benchmarks.peers.base import Peer, load_peer
from benchmarks.programs.gauges import finish, options

THREADS = 8
TRACES_OF_A_THREAD = 250
TASKS = 1_000
CHILDREN = 3
QUESTION = "Which of these is the right one? " * 6

THREAD_SPANS = THREADS * TRACES_OF_A_THREAD * (1 + CHILDREN)
TASK_SPANS = TASKS * (1 + CHILDREN)


def main() -> None:
    """Run what the option ``kind`` says; names tell each span's place."""
    name, chosen = options()
    peer = load_peer(name)
    peer.start()
    peer.log("first", "a", "b")
    peer.flush()
    before = time.perf_counter()
    spans = _run_threads(peer) if chosen["kind"] == "threads" else asyncio.run(_run_tasks(peer))
    peer.flush()
    elapsed = time.perf_counter() - before
    finish({"spans_per_s": spans / elapsed, "logged": spans + 1})


def _run_threads(peer: Peer) -> int:
    threads = [threading.Thread(target=_work, args=(peer, at)) for at in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return THREAD_SPANS


def _work(peer: Peer, at: int) -> None:
    for trace in range(TRACES_OF_A_THREAD):
        root = f"{at}-{trace}"
        with peer.open(root, QUESTION):
            for child in range(CHILDREN):
                with peer.open(f"{root}/{child}", QUESTION):
                    pass


async def _run_tasks(peer: Peer) -> int:
    await asyncio.gather(*[_nest(peer, f"{at}") for at in range(TASKS)])
    return TASK_SPANS


async def _nest(peer: Peer, name: str) -> None:
    with peer.open(name, QUESTION):
        await asyncio.sleep(0)
        for child in range(CHILDREN):
            with peer.open(f"{name}/{child}", QUESTION):
                await asyncio.sleep(0)


if __name__ == "__main__":
    main()
