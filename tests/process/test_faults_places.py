"""One program, three places to send to: the same rows arrive."""

from __future__ import annotations

import os
import re
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from braintrust_otel._model.containers import project_logs
from braintrust_otel.server.store import open_store
from support.backend import Backend
from support.command_line import COMMAND
from support.pipeline_programs import Ended, run

pytestmark = pytest.mark.process

# What differs between two runs of one program, or is the receiver's own.
OWN = {"id", "project_id", "org_id", "created", "_xact_id", "_pagination_key", "is_root"}

EMBEDDED = (
    "braintrust-otel: No Braintrust API key is set, so traces go to the store on this machine. "
    "See them with: braintrust-otel traces"
)


def to_remote(program: str) -> tuple[Ended, list[dict[str, Any]]]:
    """Run *program* against a backend that needs a login; return its rows."""
    with Backend() as backend:
        ended = run(program, environ=backend.environment())
        return ended, backend.stored()


def to_embedded(program: str, directory: Path) -> tuple[Ended, list[dict[str, Any]]]:
    """Run *program* without a key; return the rows of the store."""
    ended = run(program, environ={"BRAINTRUST_LOCAL_DIR": str(directory)})
    return ended, rows_of(directory)


def to_served(program: str, directory: Path) -> tuple[Ended, list[dict[str, Any]]]:
    """Run *program* against `braintrust-otel serve`; return the rows of its store."""
    with served(directory) as environ:
        ended = run(program, environ=environ)
    return ended, rows_of(directory)


@contextmanager
def served(directory: Path) -> Iterator[dict[str, str]]:
    """Serve the store in *directory*, and return the variables that lead a program there."""
    with subprocess.Popen(
        [str(COMMAND), "serve", "--port", "0", "--dir", str(directory)],
        env=dict(os.environ),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as server:
        try:
            assert server.stdout is not None
            lines = "".join(server.stdout.readline() for _ in range(3))
            yield dict(re.findall(r"export (\w+)=(\S+)", lines))
        finally:
            server.send_signal(signal.SIGINT)
            server.communicate()


def rows_of(directory: Path) -> list[dict[str, Any]]:
    """Return all rows of the store in *directory*."""
    store, _ = open_store(directory)
    rows = [
        dict(row)
        for project in store.projects(None)
        for row in store.fetch(project_logs(project_id=project.id), None, 1_000).rows
    ]
    store.close()
    return rows


def comparable(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return *rows* with names for their ids and without what differs from run to run."""
    names = {row["span_id"]: row["span_attributes"]["name"] for row in rows}
    kept = []
    for row in sorted(rows, key=lambda row: row["span_attributes"]["name"]):
        cleaned = {name: value for name, value in row.items() if name not in OWN}
        cleaned["span_id"] = names[row["span_id"]]
        cleaned["root_span_id"] = len({one["root_span_id"] for one in rows})
        cleaned["span_parents"] = [names[parent] for parent in row["span_parents"] or ()]
        cleaned["metrics"] = {**row["metrics"], "start": 0, "end": 1}
        kept.append(cleaned)
    return kept


@pytest.mark.parametrize(("program", "count"), [("tell-by-hand", 4), ("tell-in-otel", 3)])
def test_same_rows_arrive_everywhere(tmp_path: Path, program: str, count: int) -> None:
    """What a program logs is the same in the embedded store, behind serve, and at a remote."""
    remote, at_remote = to_remote(program)
    embedded, at_embedded = to_embedded(program, tmp_path / "embedded")
    behind, at_served = to_served(program, tmp_path / "served")

    assert len(at_remote) == count
    assert comparable(at_embedded) == comparable(at_remote)
    assert comparable(at_served) == comparable(at_remote)
    assert (remote.status, embedded.status, behind.status) == (0, 0, 0)
    assert (remote.said, behind.said) == ([], [])
    assert embedded.said == [EMBEDDED]
