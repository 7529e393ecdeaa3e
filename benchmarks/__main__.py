"""Measure the promises and write RESULTS.md; `make bench`.

python -m benchmarks                 everything, written to RESULTS.md
python -m benchmarks caller idle     some topics, printed
python -m benchmarks --quick         everything with few rounds, printed
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from importlib import import_module
from pathlib import Path

from benchmarks.harness.machine import describe
from benchmarks.harness.places import python_of
from benchmarks.harness.report import Topic, render, summary
from benchmarks.harness.rounds import Plan
from benchmarks.harness.sinks import running_sink

TOPICS = (
    "caller",
    "idle",
    "imports",
    "large",
    "crowd",
    "model_calls",
    "dialects",
    "outage",
    "server",
    "million",
    "profiles",
)
RESULTS = Path(__file__).with_name("RESULTS.md")


def main() -> None:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser(prog="benchmarks", description="Measure the promises.")
    parser.add_argument("topics", nargs="*", metavar="TOPIC", help=f"of {', '.join(TOPICS)}")
    parser.add_argument("--quick", action="store_true", help="few rounds; nothing is written")
    given = parser.parse_args()
    if set(given.topics) - {*TOPICS}:
        parser.error(f"topics are {', '.join(TOPICS)}")
    if not all(python_of(peer).exists() for peer in ("ours", "official")):
        sys.exit("The environments to measure in are missing: make bench makes them.")
    load = os.getloadavg()[0]
    topics = measure(given.topics or TOPICS, Plan(1, 0.1) if given.quick else Plan())
    page = render(topics, describe(load))
    if given.topics or given.quick:
        print(page)
        return
    RESULTS.write_text(page, encoding="utf-8")
    print(summary(topics))


def measure(names: list[str] | tuple[str, ...], plan: Plan) -> list[Topic]:
    """Measure some topics against one sink; one that fails costs itself only, and says so."""
    topics: list[Topic] = []
    with running_sink() as sink:
        for name in TOPICS:
            if name not in names:
                continue
            try:
                topics.append(import_module(f"benchmarks.topics.{name}").measure(sink, plan))
            except (RuntimeError, subprocess.SubprocessError) as error:
                print(error, file=sys.stderr)
                topics.append(Topic(name, "This measurement failed.", ()))
            print(summary(topics[-1:]), file=sys.stderr, flush=True)
    return topics


if __name__ == "__main__":
    main()
