"""Programs that are started without code have the content of their logs in their rows."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.backend import Backend
from support.zero_code import instrumented

pytestmark = pytest.mark.process

PROGRAM = """
from opentelemetry import trace
from opentelemetry._logs import LogRecord, get_logger

chat = {"gen_ai.operation.name": "chat"}
with trace.get_tracer("some.instrumentor").start_as_current_span("chat", attributes=chat):
    record = LogRecord(event_name="gen_ai.user.message", body={"content": "Is it late?"})
    get_logger("some.instrumentor").emit(record)
"""


@pytest.fixture
def backend() -> Iterator[Backend]:
    with Backend() as running:
        yield running


@pytest.mark.parametrize("exporter", ["none", "console"])
def test_events_are_joined_whatever_becomes_of_the_logs(
    exporter: str, backend: Backend, tmp_path: Path
) -> None:
    """The logger provider that OpenTelemetry sets up gets our processor."""
    settings = {**backend.environment(), "OTEL_LOGS_EXPORTER": exporter}

    done = instrumented(sys.executable, "-c", PROGRAM, settings=settings, directory=tmp_path)

    assert done.returncode == 0, done.stderr
    (row,) = backend.stored()
    assert row["input"] == [{"role": "user", "content": "Is it late?"}]
