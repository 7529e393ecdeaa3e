"""The rows of recorded calls under other vendors' instrumentors, each in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

from support.house import ROOT

__all__ = ["Told"]

_PROGRAM = ROOT / "tests" / "conformance" / "vendor_calls.py"
_ENVIRONMENT = {
    "PYTHONPATH": str(ROOT / "tests"),
    "PYTHONWARNINGS": "ignore",
    "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT": "SPAN_ONLY",
    # Without it the first of OpenTelemetry's instrumentors of openai speaks its older dialect.
    "OTEL_SEMCONV_STABILITY_OPT_IN": "gen_ai_latest_experimental",
    # The client's own spans would be seen beside those of the instrumentors.
    "ANTHROPIC_OPEN_TELEMETRY": "false",
}


class Told:
    """The rows of every recorded call under one instrumentor, made once for all tests."""

    def __init__(self) -> None:
        self._rows: dict[str, dict[str, list[dict[str, Any]]]] = {}

    def one(self, instrumentor: str, recording: str) -> dict[str, Any]:
        """Return the only row of a call."""
        if instrumentor not in self._rows:
            self._rows[instrumentor] = _run(instrumentor)
        (row,) = self._rows[instrumentor][recording]
        return row


def _run(instrumentor: str) -> dict[str, list[dict[str, Any]]]:
    finished = subprocess.run(
        [sys.executable, str(_PROGRAM), instrumentor],
        env={**os.environ, **_ENVIRONMENT},
        capture_output=True,
        text=True,
        timeout=500,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr
    rows: dict[str, list[dict[str, Any]]] = json.loads(finished.stdout)
    return rows
