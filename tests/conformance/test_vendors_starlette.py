"""OpenTelemetry's own instrumentation of Starlette continues a trace of ours."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.services import outline, run_client, running_service, stored_rows

PROGRAMS = Path(__file__).parents[1] / "integration" / "distributed" / "programs"

pytestmark = pytest.mark.conformance


def test_an_instrumented_service_continues_the_trace(tmp_path: Path) -> None:
    """Two processes, one a plain OpenTelemetry program, yield one tree, and so does a third."""
    store = tmp_path / "store"

    with (
        running_service(PROGRAMS / "own_service.py", store) as own,
        running_service(
            PROGRAMS / "plain_service.py", store, f"{own}/tell", "instrumented"
        ) as plain,
    ):
        run_client(PROGRAMS / "client.py", store, f"{plain}/tell")

    rows = stored_rows(store, "my long-running project")
    lines = outline(rows)
    assert lines[:3] == ["bedtime_story", "  POST /tell", "    pass on"]
    assert "      tell" in lines
    assert len({row["root_span_id"] for row in rows}) == 1
