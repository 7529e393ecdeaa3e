"""Spans of other libraries: how fast they become rows."""

from __future__ import annotations

from benchmarks.harness.places import run_program
from benchmarks.harness.report import Line, Topic
from benchmarks.harness.rounds import Plan, take_turns
from benchmarks.harness.sinks import RunningSink

__all__ = ["measure"]

_ROWS = 4_000
_DIALECTS = {
    "genai": "OpenTelemetry GenAI, attributes",
    "genai_events": "OpenTelemetry GenAI, an event for each message",
    "openinference": "OpenInference",
    "openllmetry": "OpenLLMetry, older words",
    "other": "a span that is no model call",
}


def measure(sink: RunningSink, plan: Plan) -> Topic:
    """Map a model call of each dialect, again and again."""
    rows = int(_ROWS * plan.scale)
    rounds = take_turns(
        "dialects", ("ours",), plan.rounds, lambda _: run_program("dialects", "ours", {}, rows=rows)
    )
    return Topic(
        "Dialects",
        "A model call with a conversation of thirteen messages, some 6 KB, and one tool, as each "
        "dialect writes it, to the JSON text of its row: rows per second of one thread's CPU "
        "time, which is the worker's, not the caller's.",
        [Line(what, rounds.texts("rows/s", name)) for name, what in _DIALECTS.items()],
    )
