"""Calls of a model through the openai client: what tracing adds, in the caller's CPU."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import Any

import openai
from benchmarks.peers.base import load_peer
from benchmarks.programs.gauges import finish, messages, options

CALLS = 50
STREAMS = 3


def main() -> None:
    """Let a bare and a traced client take turns."""
    name, chosen = options()
    peer: Any = load_peer(name)
    peer.start()
    bare = openai.OpenAI()
    traced = peer.wrap_openai(openai.OpenAI())
    (prompt,) = messages(1, 8_000)

    def call(client: Any) -> int:
        for _ in range(CALLS):
            client.chat.completions.create(model="loopback-model-1", messages=prompt)
        return CALLS

    def stream(client: Any) -> int:
        chunks = 0
        for _ in range(STREAMS):
            answer = client.chat.completions.create(
                model="loopback-model-1", messages=prompt, stream=True
            )
            chunks += sum(1 for _ in answer)
        return chunks

    bare_us, added_us = _compare(call, bare, traced, chosen["repeats"])
    chunk_us, added_chunk_us = _compare(stream, bare, traced, chosen["repeats"])
    finish(
        {
            "bare_call_us": bare_us,
            "call_us": added_us,
            "bare_chunk_us": chunk_us,
            "chunk_us": added_chunk_us,
        }
    )


def _compare(
    work: Callable[[Any], int], bare: Any, traced: Any, repeats: int
) -> tuple[float, float]:
    """Return the microseconds of a bare unit of work and the median of what tracing adds."""
    work(bare)
    work(traced)
    plain, added = [], []
    for _ in range(repeats):
        times = []
        for client in (bare, traced):
            before = time.thread_time()
            units = work(client)
            times.append((time.thread_time() - before) / units * 1e6)
        plain.append(times[0])
        added.append(times[1] - times[0])
    return statistics.median(plain), statistics.median(added)


if __name__ == "__main__":
    main()
