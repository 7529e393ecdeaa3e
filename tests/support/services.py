"""Services and their clients as real processes that log to one store, and the trees they leave."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from braintrust_otel._model.containers import project_logs
from braintrust_otel.server.store import open_store

__all__ = ["outline", "run_client", "running_service", "stored_rows"]

# Seconds; far more than any of them takes, so that a hanging one is an error.
_TIMEOUT = 110


@contextmanager
def running_service(program: Path, store: Path, *arguments: str) -> Iterator[str]:
    """Run a service that prints its port, and yield its URL; it has ended, and well, afterwards."""
    with subprocess.Popen(
        [sys.executable, str(program), *arguments],
        env=_environment(store),
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        try:
            yield f"http://127.0.0.1:{int(process.stdout.readline())}"
        finally:
            process.terminate()
            process.wait(_TIMEOUT)


def run_client(program: Path, store: Path, *arguments: str) -> None:
    """Run a client to its end, which has to be a good one."""
    subprocess.run(
        [sys.executable, str(program), *arguments],
        env=_environment(store),
        check=True,
        timeout=_TIMEOUT,
    )


def stored_rows(store: Path, project: str) -> list[dict[str, Any]]:
    """Return the rows of a project, in the order of their starts."""
    opened, _ = open_store(store)
    try:
        (found,) = opened.projects(project)
        page = opened.fetch(project_logs(project_id=found.id), None, 1_000)
    finally:
        opened.close()
    return sorted(page.rows, key=lambda row: row["metrics"]["start"])


def outline(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the names of spans in the order of their starts, each indented below its parent."""
    depths: dict[str, int] = {}
    lines = []
    for row in rows:
        above = [depths[parent] for parent in row["span_parents"] or () if parent in depths]
        depth = depths[row["span_id"]] = max(above) + 1 if above else 0
        lines.append("  " * depth + row["span_attributes"]["name"])
    return lines


def _environment(store: Path) -> dict[str, str]:
    return {**os.environ, "BRAINTRUST_LOCAL": "always", "BRAINTRUST_LOCAL_DIR": str(store)}
