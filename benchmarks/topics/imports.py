"""What importing and the first span cost: CPU of fresh interpreters."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping

from benchmarks.harness.places import ROOT, neutral, python_of
from benchmarks.harness.report import Line, Topic
from benchmarks.harness.rounds import Plan, Rounds, take_turns
from benchmarks.harness.sinks import RunningSink

__all__ = ["measure"]

_SDK_PROVIDER = """
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
provider = TracerProvider()
"""
_OTLP_PROVIDER = f"""{_SDK_PROVIDER}
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace.export import BatchSpanProcessor
provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
"""
_OTEL_SPAN = """
trace.set_tracer_provider(provider)
with trace.get_tracer("benchmark").start_as_current_span("first"):
    pass
"""
_BRAINTRUST_SPAN = """
with braintrust.init_logger(project="benchmark").start_span("first", input="a"):
    pass
"""
_PROGRAMS: Mapping[str, Mapping[str, str]] = {
    "ours": {
        "bare": "",
        "import": "import braintrust_otel",
        "first": f"import braintrust_otel as braintrust{_BRAINTRUST_SPAN}",
    },
    "otlp": {
        "bare": "",
        "import": "import opentelemetry.exporter.otlp.proto.http.trace_exporter",
        "first": _OTLP_PROVIDER + _OTEL_SPAN,
    },
    "sdk": {
        "bare": "",
        "import": "import opentelemetry.sdk.trace",
        "first": _SDK_PROVIDER + _OTEL_SPAN,
    },
    "official": {
        "bare": "",
        "import": "import braintrust",
        "first": f"import braintrust{_BRAINTRUST_SPAN}",
    },
}
# What a worker does meanwhile is left out as far as that is possible: the program ends at once.
_END = """
import os, time
print(time.process_time(), flush=True)
os._exit(0)
"""


def measure(sink: RunningSink, plan: Plan) -> Topic:
    """Start interpreters that import, and that make one span."""

    def run(peer: str) -> dict[str, float]:
        times = {step: _cpu_ms(peer, step, sink) for step in ("bare", "import", "first")}
        return {step: times[step] - times["bare"] for step in ("import", "first")}

    rounds = take_turns("imports", _PROGRAMS, 1 + 2 * plan.rounds, run)
    # The first round compiles bytecode.
    rounds = Rounds({peer: found[1:] for peer, found in rounds.results.items()})
    sink.take()
    return Topic(
        "Import and first span",
        "CPU time of a fresh interpreter, over one that does nothing. First span: import, set-up "
        "and one span, until it has ended; its delivery, in the background, is not waited for.",
        [
            Line(
                "import",
                rounds.texts("ms", "import"),
                "",
                "at most 10 ms over a bare interpreter",
                rounds.spread("ours", "import").median <= 10,
            ),
            Line(
                "import, set-up and first span",
                rounds.texts("ms", "first"),
                f"{rounds.ratio('sdk', 'first').text()} x OTel SDK alone",
                "at most 1.2 x OTel SDK alone",
                rounds.ratio("sdk", "first").median <= 1.2,
            ),
        ],
    )


def _cpu_ms(peer: str, step: str, sink: RunningSink) -> float:
    result = subprocess.run(
        [python_of(peer), "-c", _PROGRAMS[peer][step] + _END],
        cwd=ROOT,
        env={**neutral(), **sink.environment},
        capture_output=True,
        check=True,
    )
    return 1_000 * float(json.loads(result.stdout))
