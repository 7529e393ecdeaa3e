"""Programs that set up OpenTelemetry before us, after us, or not at all. One process for each."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from support.backend import Backend
from support.house_programs import run_program

START = """
import braintrust_otel as braintrust
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

theirs, exporter = TracerProvider(), InMemorySpanExporter()
theirs.add_span_processor(SimpleSpanProcessor(exporter))

@braintrust.traced
def ours():
    trace.get_tracer("other.library").start_span("below", attributes={"gen_ai.system": "x"}).end()
"""

BEFORE = """
trace.set_tracer_provider(theirs)
braintrust.init_logger(project="demo")
ours()
"""

PROCESSOR_FIRST = """
theirs.add_span_processor(braintrust.BraintrustSpanProcessor("project_name:demo"))
ours()
trace.set_tracer_provider(theirs)
ours()
"""

LOGGER_ALONE = """
braintrust.init_logger(project="demo")
ours()
"""

GIVEN = """
braintrust.init_logger(project="demo", tracer_provider=theirs)
trace.set_tracer_provider(theirs)
ours()
"""

END = """
print(*[span.name for span in exporter.get_finished_spans()])
print(type(trace.get_tracer_provider()).__name__)
"""


@pytest.fixture
def run(tmp_path: Path, backend: Backend) -> Callable[[str], list[str]]:
    """Return what runs a program against the backend and returns its lines."""

    def run(text: str) -> list[str]:
        program = tmp_path / "program.py"
        program.write_text(START + text + END, encoding="utf-8")
        result = run_program(program, tmp_path, backend.environment())
        assert (result.returncode, result.stderr) == (0, "")
        return result.stdout.splitlines()

    return run


def tree(backend: Backend) -> list[tuple[str, bool]]:
    """Return names of spans and whether they have a parent."""
    rows: list[dict[str, Any]] = backend.stored()
    return sorted((row["span_attributes"]["name"], bool(row["span_parents"])) for row in rows)


def test_a_global_provider_is_joined(run: Callable[[str], list[str]], backend: Backend) -> None:
    """A logger joins the provider that is set; its other processors see our spans."""
    lines = run(BEFORE)

    assert lines == ["below ours", "TracerProvider"]
    assert tree(backend) == [("below", True), ("ours", False)]


def test_a_given_provider_may_become_global_later(
    run: Callable[[str], list[str]], backend: Backend
) -> None:
    """A provider that was given to the logger can be set globally afterwards."""
    lines = run(GIVEN)

    assert lines == ["below ours", "TracerProvider"]
    assert tree(backend) == [("below", True), ("ours", False)]


def test_a_provider_with_our_processor_may_become_global_later(
    run: Callable[[str], list[str]], backend: Backend
) -> None:
    """Spans of ours before the program has set its provider do not take its place."""
    lines = run(PROCESSOR_FIRST)

    assert lines == ["below ours", "TracerProvider"]
    assert tree(backend) == [("below", True), ("ours", False), ("ours", False)]


def test_without_any_provider_ours_becomes_global(
    run: Callable[[str], list[str]], backend: Backend
) -> None:
    """A logger alone sets a provider, so that other libraries' spans arrive as well."""
    lines = run(LOGGER_ALONE)

    assert lines == ["", "LeanTracerProvider"]
    assert tree(backend) == [("below", True), ("ours", False)]
