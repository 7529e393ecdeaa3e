"""A million spans in one process."""

from __future__ import annotations

import statistics
import sys

from benchmarks.harness.places import run_program
from benchmarks.harness.report import Line, Topic
from benchmarks.harness.rounds import Plan
from benchmarks.harness.sinks import RunningSink

__all__ = ["measure"]

_SPANS = 1_000_000
# Noise of one block against the next; growth with the number of spans would be far more.
_FLAT = 1.25


def measure(sink: RunningSink, plan: Plan) -> Topic:
    """Log them in ten blocks."""
    spans = int(_SPANS * plan.scale)
    print(f"{spans:,} spans", file=sys.stderr, flush=True)
    sink.keep_bodies(keep=False)
    found = run_program("million", "ours", sink.environment, spans=spans)
    lost = found["logged"] - sink.take()["spans"]
    sink.keep_bodies(keep=True)
    costs, resident = found["caller_us"], found["resident_mib"]
    late = [statistics.median(series[5:]) / series[1] for series in (costs, resident)]
    text = f"cost {late[0]:.2f} x, memory {late[1]:.2f} x"
    return Topic(
        "A million spans",
        f"{found['logged']:,} small spans from one process in ten blocks, delivered meanwhile: the "
        "buffer lets the caller wait when it is full. The median of the later five blocks over the "
        "second one, by which all buffers have been full once.",
        [
            Line(
                "a million spans: later over early",
                {"ours": text},
                "",
                f"flat (at most {_FLAT} x), none lost",
                max(late) <= _FLAT and not lost,
            ),
            Line("spans per second, delivered", {"ours": f"{found['spans_per_s']:,.0f}"}),
        ],
        [
            "Caller's CPU by block: " + ", ".join(f"{cost:.1f}" for cost in costs) + " us. "
            "Memory: " + ", ".join(f"{size:.0f}" for size in resident) + " MiB."
        ],
    )
