"""Bursts: what a span costs its caller, the worker and the whole process."""

from __future__ import annotations

from benchmarks.harness.places import run_program
from benchmarks.harness.report import Line, Topic
from benchmarks.harness.rounds import Plan, Rounds, take_turns
from benchmarks.harness.sinks import RunningSink

__all__ = ["measure"]

_PEERS = ("ours", "otlp", "official", "sdk")


def measure(sink: RunningSink, plan: Plan) -> Topic:
    """Let every peer log bursts of a thousand spans."""
    rounds = take_turns(
        "bursts",
        _PEERS,
        plan.rounds,
        lambda peer: run_program("burst", peer, sink.environment, repeats=7),
    )
    sink.take()
    return Topic(
        "Bursts",
        "A thousand spans at once, each with input and output, then a flush; the median of seven "
        "bursts of one process. Caller: CPU time of the logging thread. Process: CPU time of all "
        "threads until the flush returns. Worker: the difference. 8 KB and 10 KB are inputs of "
        "eight messages, which OpenTelemetry programs have to turn into JSON text themselves. A "
        "traced call is a decorated function that returns its argument (OpenTelemetry's decorator "
        "records neither).",
        [
            _caller(rounds),
            Line("caller's CPU per span, 8 KB", *_compared(rounds, "us", "8 KB", "caller_us")),
            Line("caller's CPU per traced call", *_compared(rounds, "us", "traced", "caller_us")),
            _process(rounds, "small", "200 B"),
            _process(rounds, "10 KB", "10 KB"),
            Line("worker's CPU per row, small", *_compared(rounds, "us", "200 B", "worker_us")),
            Line("worker's CPU per row, 10 KB", *_compared(rounds, "us", "10 KB", "worker_us")),
        ],
    )


def _caller(rounds: Rounds) -> Line:
    path = ("200 B", "caller_us")
    is_kept = rounds.ratio("otlp", *path).median <= 0.3
    is_kept = is_kept and rounds.ratio("official", *path).median <= 0.1
    return Line(
        "caller's CPU per span (200 B in, 200 B out)",
        *_compared(rounds, "us", *path),
        "at most 0.3 x OTLP, 0.1 x official",
        is_kept,
    )


def _process(rounds: Rounds, name: str, size: str) -> Line:
    path = (size, "process_ms")
    return Line(
        f"process CPU per 1,000 spans, {name}",
        *_compared(rounds, "ms", *path),
        "at most 0.5 x OTLP",
        rounds.ratio("otlp", *path).median <= 0.5,
    )


def _compared(rounds: Rounds, unit: str, *path: str) -> tuple[dict[str, str], str]:
    figures = rounds.texts(unit, *path)
    if path[1] == "worker_us":
        figures.pop("sdk")
    ratios = [
        f"{rounds.ratio(peer, *path).text()} x {short}"
        for peer, short in (("otlp", "OTLP"), ("official", "official"))
    ]
    return figures, ", ".join(ratios)
