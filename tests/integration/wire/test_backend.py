"""The backend that other tests rely on."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from support import backend_faults as faults
from support.backend import API_KEY, Backend
from support.backend_rows import RowStore

TESTS = Path(__file__).parents[2]


def ask(url: str, body: object) -> Any:
    request = urllib.request.Request(url, json.dumps(body).encode())
    request.add_header("authorization", f"Bearer {API_KEY}")
    with urllib.request.urlopen(request, timeout=5) as response:
        return json.loads(response.read())


@pytest.mark.parametrize(
    ("writes", "stored"),
    [
        (
            [{"id": "1", "input": 1, "output": 2}, {"id": "1", "input": 3}],
            [{"id": "1", "input": 3}],
        ),
        (
            [
                {"id": "1", "metadata": {"a": 1, "b": {"c": 1}}, "tags": ["x"]},
                {"id": "1", "_is_merge": True, "metadata": {"b": {"d": 2}}, "tags": ["y", "x"]},
            ],
            [{"id": "1", "metadata": {"a": 1, "b": {"c": 1, "d": 2}}, "tags": ["x", "y"]}],
        ),
        ([{"id": "1", "_is_merge": True, "input": 1}], [{"id": "1", "input": 1}]),
        ([{"id": "1"}, {"id": "1", "_object_delete": True}], []),
    ],
)
def test_rows_are_stored_as_the_service_would(
    writes: list[dict[str, Any]], stored: list[dict[str, Any]]
) -> None:
    """Rows replace, merge and delete by container and id; every write is remembered."""
    store = RowStore()

    store.write([{"project_id": "p", **row} for row in writes])

    assert store.stored() == [{"project_id": "p", **row} for row in stored]
    assert len(store.written()) == len(writes)


def test_waiting_for_what_does_not_come_fails() -> None:
    """A condition that never holds ends the wait with an error that shows what was received."""
    with Backend() as backend, pytest.raises(AssertionError, match="not within"):
        backend.wait_for_rows(1, timeout=0.01)


def test_standing_faults_last_until_healed() -> None:
    """Queued faults come first, the standing one after them, until both are dropped."""
    with Backend() as backend:
        backend.fail_always("logs3", faults.json_answer("standing"))
        backend.fail("logs3", faults.json_answer("queued"))
        url, rows = f"{backend.url}/logs3", {"rows": []}

        answers = [ask(url, rows), ask(url, rows), ask(url, rows)]
        backend.heal()

        assert answers == ["queued", "standing", "standing"]
        assert ask(url, rows)["ids"] == []


def test_another_process_can_use_the_backend() -> None:
    """Started as a program it prints its URL, takes faults and rows, and ends with its input."""
    command = [sys.executable, "-m", "support.backend"]
    environment = {**os.environ, "PYTHONPATH": str(TESTS)}
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
    ) as process:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        fault = {"endpoint": "logs3", "fault": "json_answer", "args": {"value": "failed"}}
        row = {"id": "1", "project_id": "p"}

        ask(f"{url}/_fail", fault)
        first = ask(f"{url}/logs3", {"rows": [row]})
        ask(f"{url}/logs3", {"rows": [row]})
        rows = ask(f"{url}/_rows", None)
        process.communicate()

        assert (first, rows, process.returncode) == ("failed", [row], 0)
