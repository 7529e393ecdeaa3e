"""Nothing configured: what tracing costs a program that does not trace."""

from __future__ import annotations

from benchmarks.harness.places import run_program
from benchmarks.harness.report import Line, Topic
from benchmarks.harness.rounds import Plan, take_turns
from benchmarks.harness.sinks import RunningSink

__all__ = ["measure"]


def measure(sink: RunningSink, plan: Plan) -> Topic:
    """Let every peer call decorated functions without a logger or provider."""
    rounds = take_turns(
        "no logger",
        ("ours", "otlp", "official"),
        plan.rounds,
        lambda peer: run_program("idle", peer, {}),
    )
    lines = []
    for kind, path in (("function", "sync_us"), ("coroutine function", "async_us")):
        lines.append(
            Line(
                f"no logger: traced {kind} over a bare one",
                rounds.texts("us", path),
                "",
                "at most 0.5 us",
                rounds.spread("ours", path).median <= 0.5,
            )
        )
    return Topic(
        "No logger",
        "Calls of a decorated function over calls of the bare one, CPU time, the least disturbed "
        "of nine repetitions of twenty thousand.",
        lines,
    )
