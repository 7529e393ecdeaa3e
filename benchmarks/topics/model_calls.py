"""Traced calls of a model."""

from __future__ import annotations

from benchmarks.harness.places import run_program
from benchmarks.harness.report import Line, Topic
from benchmarks.harness.rounds import Plan, take_turns
from benchmarks.harness.sinks import RunningSink

__all__ = ["measure"]


def measure(sink: RunningSink, plan: Plan) -> Topic:
    """Let a bare and a traced client of OpenAI's take turns, in the project and in the peer."""
    rounds = take_turns(
        "model calls",
        ("ours", "official"),
        max(1, plan.rounds - 2),
        lambda peer: run_program("model_calls", peer, sink.environment),
    )
    sink.take()
    return Topic(
        "Model calls",
        "Chat completions of the openai client against a loopback provider: a prompt of 8 KB in "
        "eight messages, plain, and streamed in 500 chunks. CPU of the calling thread: the median "
        "of a traced client less that of a bare one, which take turns in the same process.",
        [
            Line(
                "a traced model call with 8 KB, added",
                rounds.texts("us", "call_us"),
                "",
                "at most 150 us",
                rounds.spread("ours", "call_us").median <= 150,
            ),
            Line(
                "a traced stream, added per chunk",
                rounds.texts("us", "chunk_us"),
                "",
                "at most 3 us",
                rounds.spread("ours", "chunk_us").median <= 3,
            ),
            Line("a bare model call", rounds.texts("us", "bare_call_us")),
            Line("a chunk of a bare stream", rounds.texts("us", "bare_chunk_us")),
        ],
    )
