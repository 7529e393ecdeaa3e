"""Calls of a model through the openai client: what tracing adds, in the caller's CPU."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import Any

import openai
from benchmarks.peers.base import load_peer
from benchmarks.programs.gauges import finish, messages, options

CALLS = 400
STREAMS = 25


def main() -> None:
    """Let a bare and a traced client take turns, call by call."""
    name, _ = options()
    peer: Any = load_peer(name)
    peer.start()
    bare = openai.OpenAI()
    traced = peer.wrap_openai(openai.OpenAI())
    (prompt,) = messages(1, 8_000)

    def call(client: Any) -> int:
        client.chat.completions.create(model="loopback-model-1", messages=prompt)
        return 1

    def stream(client: Any) -> int:
        answer = client.chat.completions.create(
            model="loopback-model-1", messages=prompt, stream=True
        )
        return sum(1 for _ in answer)

    bare_us, added_us = _compare(call, bare, traced, CALLS)
    chunk_us, added_chunk_us = _compare(stream, bare, traced, STREAMS)
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
    """Return the microseconds of a bare unit of work, and what tracing adds to it: of medians."""
    times: dict[bool, list[float]] = {False: [], True: []}
    for number in range(repeats + 5):
        for is_traced, client in ((False, bare), (True, traced)):
            before = time.thread_time()
            units = work(client)
            elapsed = (time.thread_time() - before) / units * 1e6
            if number >= 5:  # the first ones import and connect
                times[is_traced].append(elapsed)
    plain = statistics.median(times[False])
    return plain, statistics.median(times[True]) - plain


if __name__ == "__main__":
    main()
