"""Many threads, many tasks."""

from __future__ import annotations

from benchmarks.harness.places import run_program
from benchmarks.harness.report import Line, Topic
from benchmarks.harness.rounds import Plan, Rounds, take_turns
from benchmarks.harness.sinks import RunningSink

__all__ = ["measure"]

_KINDS = {"threads": "8 threads", "tasks": "1,000 tasks"}


def measure(sink: RunningSink, plan: Plan) -> Topic:
    """Let every peer make nested spans from many places at once."""
    lines: list[Line] = []
    for kind, title in _KINDS.items():

        def run(peer: str, kind: str = kind) -> dict[str, float]:
            found = run_program("crowd", peer, sink.environment, kind=kind)
            arrived = sink.take()
            delivered = found["spans_per_s"] * arrived["spans"] / found["logged"]
            return {
                **found,
                "delivered_per_s": delivered,
                "lost": found["logged"] - arrived["spans"],
                "wrong": arrived["wrong_parents"],
            }

        lines += _lines(title, take_turns(title, ("ours", "otlp", "official"), plan.rounds, run))
    return Topic(
        "Threads and tasks",
        "8 threads make 250 traces each, or 1,000 asyncio tasks one each; a trace has a root and "
        "three children, each with an input of 200 B. Spans made per second until the flush has "
        "returned, those that got lost included, and those of them that arrived; then what the "
        "receiver is missing, and spans that hang from another span than the one they were made "
        "under (or from none, because that one was lost).",
        lines,
    )


def _lines(title: str, rounds: Rounds) -> list[Line]:
    faster = rounds.ratio("otlp", "spans_per_s")
    return [
        Line(
            f"{title}: spans per second",
            rounds.texts("", "spans_per_s"),
            f"{faster.text()} x OTLP",
            "at least 1.5 x OTLP",
            faster.median >= 1.5,
        ),
        Line(
            f"{title}: of these delivered",
            rounds.texts("", "delivered_per_s"),
            f"{rounds.ratio('otlp', 'delivered_per_s').text()} x OTLP",
        ),
        _none(f"{title}: lost", rounds, "lost"),
        _none(f"{title}: wrong parents", rounds, "wrong"),
    ]


def _none(what: str, rounds: Rounds, path: str) -> Line:
    is_kept = max(rounds.spread("ours", path).values) == 0
    return Line(what, rounds.texts("", path), "", "none", is_kept)
