"""A backend that refuses, hangs or answers 503: waiting, memory, and the way out."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks.harness.places import ROOT, neutral, python_of, run_program
from benchmarks.harness.report import Line, Topic
from benchmarks.harness.rounds import Plan, take_turns
from benchmarks.harness.sinks import RunningSink, refusing_port, variables

__all__ = ["measure"]

_PEERS = ("ours", "otlp", "official")
_PATIENCE = 20.0
"""Seconds after which a program that should have ended is killed."""
_BUFFER_MIB = 64
_SPANS = 50_000


def measure(sink: RunningSink, plan: Plan) -> Topic:
    """Let every peer log while nothing is taken."""
    with refusing_port() as dead:
        places = {"none": sink.environment, "refused": variables(dead)}
        lines = [
            _latency(fault, sink, places.get(fault, sink.environment), plan)
            for fault in ("none", "refused", "hang", "503")
        ]
        lines += _memory(variables(dead), plan)
    return Topic(
        "Outages",
        "Latency: whole spans (start, log, end), one every millisecond or so, while every request "
        "is refused, hangs, or is answered with 503, from the first one on. Memory: "
        f"{int(_SPANS * plan.scale):,} spans as fast as they are taken while connections are "
        f"refused; then the program ends. After {_PATIENCE:.0f} s more it is killed.",
        lines,
    )


def _latency(fault: str, sink: RunningSink, environment: Mapping[str, str], plan: Plan) -> Line:
    spans = int(2_000 * plan.scale)
    sink.fault(fault if fault in {"hang", "503"} else "none")
    rounds = take_turns(
        f"latency ({fault})",
        _PEERS,
        1,
        lambda peer: run_program(
            "outage", peer, environment, kind="latency", spans=spans, pause=0.001
        ),
    )
    sink.fault("none")
    sink.take()
    figures = {
        peer: f"{found['p99_ms']:.2f} / {found['max_ms']:.1f} ms"
        + (f", raised {found['raised']} times" if found["raised"] else "")
        for peer, (found,) in rounds.results.items()
    }
    (ours,) = rounds.results["ours"]
    is_kept = ours["p99_ms"] <= 0.5 and ours["max_ms"] <= 50 and not ours["raised"]
    title = "a healthy backend" if fault == "none" else f"fault: {fault}"
    promise = "p99 at most 0.5 ms, max at most 50 ms"
    return Line(f"log call, p99 / max, {title}", figures, "", promise, is_kept)


def _memory(environment: Mapping[str, str], plan: Plan) -> list[Line]:
    found = {peer: _run_to_end(peer, environment, plan, 200) for peer in _PEERS}
    larger = _run_to_end("ours", environment, plan, 2_000)
    growths, exits, waits = {}, {}, {}
    for peer, result in found.items():
        growths[peer] = _growth(result)
        exits[peer] = result["exit"]
        waits[peer] = f"{result['longest_ms']:,.0f} ms"
    return [
        _bounded("200 B", growths, found["ours"]["resident_mib"]),
        _bounded("2 KB", {"ours": _growth(larger)}, larger["resident_mib"]),
        Line("dead backend, full buffer: longest wait of a span", waits),
        Line(
            "dead backend: exit",
            exits,
            "",
            "at most 2 s and what ends the interpreter",
            found["ours"]["exit_s"] <= 2.5,
        ),
    ]


def _growth(result: Mapping[str, Any]) -> str:
    resident = result["resident_mib"]
    return f"{resident[-1] - resident[0]:.0f} MiB"


def _bounded(size: str, figures: Mapping[str, str], resident: Sequence[float]) -> Line:
    """Return the line about memory; after seven tenths of the spans every buffer is full."""
    grown, late = resident[-1] - resident[0], resident[-1] - resident[7]
    return Line(
        f"dead backend: memory that spans of {size} in and out take",
        figures,
        "",
        f"at most the buffer ({_BUFFER_MIB} MiB), flat",
        grown <= _BUFFER_MIB and late <= 1,
    )


def _run_to_end(peer: str, environment: Mapping[str, str], plan: Plan, size: int) -> dict[str, Any]:
    """Run the program, and time its way out from its last line on."""
    print(f"memory and exit ({peer})", file=sys.stderr, flush=True)
    options = json.dumps({"kind": "memory", "spans": int(_SPANS * plan.scale), "size": size})
    with subprocess.Popen(
        [python_of(peer), "-m", "benchmarks.programs.outage", peer, options],
        cwd=ROOT,
        env={**neutral(), **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        assert process.stdout is not None
        result: dict[str, Any] = json.loads(process.stdout.readline())
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(_PATIENCE)
        seconds = time.time() - result["ended_at"]
        is_stuck = process.poll() is None
        process.kill()
    text = f"killed after {_PATIENCE:.0f} s" if is_stuck else f"{seconds:.1f} s"
    return {**result, "exit": text, "exit_s": seconds}
