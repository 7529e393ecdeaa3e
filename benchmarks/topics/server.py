"""The local server: taking rows, and opening a large trace."""

from __future__ import annotations

import json
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from benchmarks.harness.places import command_line, neutral, run_program
from benchmarks.harness.report import Line, Topic
from benchmarks.harness.rounds import Plan, Spread, take_turns
from benchmarks.harness.sinks import RunningSink

__all__ = ["measure"]

_ROWS = 30_000
_TRACE = 10_000


def measure(sink: RunningSink, plan: Plan) -> Topic:
    """Fill a new store in every round, then open its largest trace."""
    rows = int(_ROWS * plan.scale)

    def run(_: str) -> dict[str, float]:
        with tempfile.TemporaryDirectory() as directory, _serving(directory) as url:
            project = _project(url)
            found = run_program("ingest", url, {}, rows=rows, traces=rows // 10, project=project)
            run_program("ingest", url, {}, rows=_TRACE, traces=1, first=10**6, project=project)
            trace = f"{10**6:032x}"
            return {
                **found,
                "tree_s": _seconds(["trace", trace, "--dir", directory]),
                "json_s": _seconds(["trace", trace, "--json", "--dir", directory]),
                "help_s": _seconds(["--version"]),
            }

    rounds = take_turns("server", ("ours",), max(1, plan.rounds - 2), run)
    rate, tree = rounds.spread("ours", "rows_per_s"), rounds.spread("ours", "tree_s")
    size = rounds.spread("ours", "row_bytes").median
    return Topic(
        "Local server",
        f"`braintrust-otel serve` over a new store takes {rows:,} rows of {size:,.0f} B in traces "
        "of ten, in requests of a thousand over two connections; then a trace of 10,000 such rows "
        "is shown, by a new process, from the start of its interpreter to its end.",
        [
            _at_least("server ingest, rows per second", rate, 5_000),
            Line(
                "a trace of 10,000 spans: `braintrust-otel trace`",
                {"ours": tree.text("s")},
                "",
                "at most 1 s",
                tree.median <= 1,
            ),
            Line("the same with `--json`", rounds.texts("s", "json_s")),
            Line("`braintrust-otel --version`, for comparison", rounds.texts("s", "help_s")),
        ],
    )


def _at_least(what: str, rate: Spread, promised: int) -> Line:
    return Line(what, {"ours": rate.text()}, "", f"at least {promised:,}", rate.median >= promised)


@contextmanager
def _serving(directory: str) -> Iterator[str]:
    """Run the server over the store in *directory*."""
    process = subprocess.Popen(
        [command_line(), "serve", "--port", "0", "--dir", directory],
        env=neutral(),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout is not None
    try:
        lines = iter(process.stdout.readline, "")
        yield next(line.strip().partition("=")[2] for line in lines if "APP_URL=" in line)
    finally:
        process.terminate()
        process.communicate()


def _project(url: str) -> str:
    request = urllib.request.Request(  # noqa: S310  # our own server
        f"{url}/v1/project",
        json.dumps({"name": "benchmark"}).encode(),
        {"Authorization": "Bearer local", "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310  # as above
        return str(json.load(answer)["id"])


def _seconds(arguments: Sequence[str]) -> float:
    before = time.perf_counter()
    subprocess.run(
        [command_line(), *arguments], env=neutral(), stdout=subprocess.DEVNULL, check=True
    )
    return time.perf_counter() - before
