"""OpenTelemetry's own instrumentor for openai, told to write messages into logs only.

Its rows must be those that come of messages on the span.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from support.comparable import facts
from support.recordings import load_recordings

pytestmark = [pytest.mark.conformance, pytest.mark.timeout(600)]

PROGRAM = Path(__file__).with_name("vendor_calls.py")
ENVIRONMENT = {
    "PYTHONPATH": str(Path(__file__).parents[1]),
    "PYTHONWARNINGS": "ignore",
    "OTEL_SEMCONV_STABILITY_OPT_IN": "gen_ai_latest_experimental",
}
CHATS = load_recordings("openai.jsonl", "openai.chat", "openai.error.chat")
NAMES = [recording["name"] for recording in CHATS]

Rows = dict[str, list[dict[str, Any]]]


def rows_with(content: str) -> Rows:
    settings = {"OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT": content}
    result = subprocess.run(  # our own program
        [sys.executable, str(PROGRAM), "OpenTelemetry openai"],
        env={**os.environ, **ENVIRONMENT, **settings},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    told: Rows = json.loads(result.stdout)
    return told


@pytest.fixture(scope="module")
def in_logs() -> Rows:
    """Return the rows of all calls with the messages in log events."""
    return rows_with("EVENT_ONLY")


@pytest.fixture(scope="module")
def on_spans() -> Rows:
    """Return the same with the messages on the spans."""
    return rows_with("SPAN_ONLY")


@pytest.mark.parametrize("name", NAMES)
def test_messages_in_logs_are_as_good_as_on_the_span(
    name: str, in_logs: Rows, on_spans: Rows
) -> None:
    """One row comes of a call, and says of it what it would say without the detour."""
    (row,) = in_logs[name]

    assert facts(row) == facts(on_spans[name][0])
    assert "events" not in row.get("metadata", {}).get("otel", {})
