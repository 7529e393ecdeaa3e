"""Where the time goes."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from benchmarks.harness.places import run_program
from benchmarks.harness.report import Topic
from benchmarks.harness.rounds import Plan
from benchmarks.harness.sinks import RunningSink

__all__ = ["measure"]


def measure(sink: RunningSink, plan: Plan) -> Topic:
    """Profile our caller's path and our worker's."""
    print("profiles", file=sys.stderr, flush=True)
    environment = {**sink.environment, "BRAINTRUST_SYNC_FLUSH": "true"}
    found = run_program("profile_path", "ours", environment)
    sink.take()
    return Topic(
        "Where the time goes",
        "Self-time by function, for small spans (200 B in, 200 B out), from Python's own profiler: "
        "it makes calls of small functions look dearer than they are, so the order means more than "
        "the shares.",
        (),
        [
            "The caller's path (`logger.start_span`, `span.log`, end):\n\n"
            + _table(found["caller"]),
            "The worker's path (conversion, batches, request):\n\n" + _table(found["worker"]),
        ],
    )


def _table(rows: Sequence[tuple[str, float, float]]) -> str:
    lines = ["| function | calls per span | self-time |", "| --- | --- | --- |"]
    lines += [f"| `{name}` | {calls:.2f} | {share:.1f} % |" for name, calls, share in rows]
    return "\n".join(lines)
