"""Spans of 500 KB."""

from __future__ import annotations

from benchmarks.harness.places import run_program
from benchmarks.harness.report import Line, Topic
from benchmarks.harness.rounds import Plan, take_turns
from benchmarks.harness.sinks import RunningSink

__all__ = ["measure"]


def measure(sink: RunningSink, plan: Plan) -> Topic:
    """Let every peer log 200 of them at once."""

    def run(peer: str) -> dict[str, float]:
        found = run_program("large", peer, sink.environment)
        return {**found, "lost": found["logged"] - sink.take()["spans"]}

    rounds = take_turns("500 KB", ("ours", "otlp", "official"), max(1, plan.rounds - 2), run)
    cheaper = rounds.ratio("official", "process_ms")
    return Topic(
        "Large spans",
        "200 spans with an input of 500 KB as fast as they are taken, then a flush. The receiver "
        "of OTLP takes requests of 20 MiB, as OpenTelemetry's collector does by default. CPU "
        "counts for 1,000 spans; memory is the most that the whole process ever had.",
        [
            Line(
                "500 KB: process CPU per 1,000 spans",
                rounds.texts("ms", "process_ms"),
                f"{cheaper.text()} x official",
                "at most 0.5 x official",
                cheaper.median <= 0.5,
            ),
            Line(
                "500 KB: lost of 200",
                rounds.texts("", "lost"),
                "",
                "none",
                max(rounds.spread("ours", "lost").values) == 0,
            ),
            Line(
                "500 KB: memory",
                rounds.texts("MiB", "peak_mib"),
                "",
                "at most 150 MB",
                rounds.spread("ours", "peak_mib").median * 1.048576 <= 150,
            ),
        ],
    )
