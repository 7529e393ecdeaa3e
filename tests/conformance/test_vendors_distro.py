"""Beside ``opentelemetry-distro`` nothing changes until ours is named.

It needs a package that is nowhere else: `make conformance` runs this in an environment of its own.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import opentelemetry.distro  # noqa: F401  # fails here, and not in a test, where it is missing
import pytest

from support.zero_code import environment

pytestmark = pytest.mark.conformance

PROGRAM = """
import json, os, sys
from opentelemetry import metrics, trace
from opentelemetry.instrumentation.auto_instrumentation import _load, initialize
from braintrust_otel._runtime import root

found = _load.entry_points
is_ours_first = sys.argv[1] == "ours first"
_load.entry_points = lambda **asked: sorted(
    found(**asked), key=lambda each: (each.name == "braintrust") is not is_ours_first
)
initialize(swallow_exceptions=False)
provider = trace.get_tracer_provider()
processors = provider._active_span_processor._span_processors
print(json.dumps({
    "provider": type(provider).__name__,
    "processors": [type(each).__name__ for each in processors],
    "exporters": [type(getattr(each, "span_exporter", None)).__name__ for each in processors],
    "metrics": type(metrics.get_meter_provider()).__name__,
    "resource": dict(provider.resource.attributes).get("telemetry.auto.version") is not None,
    "variable": os.environ.get("OTEL_TRACES_EXPORTER"),
    "active": root.active,
}))
os._exit(0)
"""
PROTOCOL = {"OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf"}
QUIET = {"OTEL_PYTHON_DISABLED_INSTRUMENTATIONS": "*"}
THEIRS = {
    "provider": "TracerProvider",
    "processors": ["BatchSpanProcessor"],
    "exporters": ["OTLPSpanExporter"],
    "metrics": "MeterProvider",
    "resource": True,
    "variable": "otlp",
}
ORDERS = ["ours first", "theirs first"]


def started(order: str, settings: dict[str, str], directory: Path) -> dict[str, Any]:
    """Return what a process is like that was started without code."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, order],
        env=environment({**PROTOCOL, **QUIET, **settings}),
        cwd=directory,
        capture_output=True,
        check=True,
        text=True,
    )
    state: dict[str, Any] = json.loads(done.stdout)
    return state


@pytest.mark.parametrize("order", ORDERS)
def test_nothing_changes_while_ours_is_not_named(order: str, tmp_path: Path) -> None:
    """Theirs sets up everything, whichever Python finds first, and we do nothing."""
    assert started(order, {}, tmp_path) == {**THEIRS, "active": False}


@pytest.mark.parametrize("order", ORDERS)
def test_a_key_adds_our_processor_to_their_provider(order: str, tmp_path: Path) -> None:
    """With a key, what they set up stays, and our processor stands beside theirs."""
    state = started(order, {"BRAINTRUST_API_KEY": "sk-1"}, tmp_path)

    assert state == {
        **THEIRS,
        "processors": ["BatchSpanProcessor", "BraintrustSpanProcessor"],
        "exporters": ["OTLPSpanExporter", "NoneType"],
        "active": True,
    }


def test_our_exporter_by_name_is_not_doubled(tmp_path: Path) -> None:
    """Where they were told to use our exporter it is the only thing of ours on the provider."""
    settings = {"OTEL_TRACES_EXPORTER": "braintrust", "BRAINTRUST_API_KEY": "sk-1"}

    state = started("theirs first", settings, tmp_path)

    assert state["exporters"] == ["BraintrustSpanExporter"]
    assert state["active"]


@pytest.mark.parametrize("order", ORDERS)
def test_named_ours_is_in_charge(order: str, tmp_path: Path) -> None:
    """The name of our distribution chooses our configurator too, whatever else is there."""
    state = started(order, {"OTEL_PYTHON_DISTRO": "braintrust"}, tmp_path)

    assert state["provider"] == "LeanTracerProvider"
    assert state["processors"] == ["BraintrustSpanProcessor"]
    assert state["variable"] == "braintrust"
    assert state["active"]
