"""Exporting from and importing into a server, over real connections."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from braintrust_otel.server.app import LocalServer
from braintrust_otel.server.running import Running, listen
from braintrust_otel.server.store import Store
from support import backend_faults as faults
from support.backend import Backend
from support.command_line import run_here
from support.stores import store_in_memory
from support.trace_rows import TRACE, span

LINES = [{"input": number, "name": f"span {number}"} for number in range(3)]


@pytest.fixture
def store() -> Iterator[Store]:
    made = store_in_memory()
    yield made
    made.close()


@pytest.fixture
def running(store: Store) -> Iterator[Running]:
    with listen(LocalServer(store)).start() as made:
        yield made


@pytest.fixture
def backend() -> Iterator[Backend]:
    with Backend() as made:
        yield made


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "spans.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in LINES))
    return path


def settings(environ: Mapping[str, str]) -> dict[str, str]:
    """Return settings of a program that sends to a server, and has no time for retries."""
    return {**environ, "BRAINTRUST_LOCAL": "never", "BRAINTRUST_NUM_RETRIES": "0"}


def test_rows_go_to_a_server_and_come_back(
    running: Running, store: Store, file: Path, tmp_path: Path
) -> None:
    """With an API key the rows are sent to the server, and fetched from it."""
    environ = settings(running.environment)

    imported = run_here(["import", str(file), "--project", "p"], tmp_path, environ=environ)
    exported = run_here(["export", "--project", "p"], tmp_path, environ=environ)

    rows = [json.loads(line) for line in exported.out.splitlines()]
    assert (imported.status, imported.err) == (0, "")
    assert (exported.status, exported.err) == (0, "")
    assert sorted(row["input"] for row in rows) == [0, 1, 2]
    assert [project.name for project in store.projects()] == ["p"]


def test_one_trace_comes_from_a_server(running: Running, store: Store, tmp_path: Path) -> None:
    """Of a project at a server, only the rows of the wanted trace are written."""
    project_id = store.ensure_project("p").id
    rows = [span("a"), span("b", trace="f" * 32)]
    store.write([{**row, "project_id": project_id, "log_id": "g"} for row in rows])

    ended = run_here(
        ["export", "--project", "p", "--trace", TRACE],
        tmp_path,
        environ=settings(running.environment),
    )

    assert [json.loads(line)["span_id"] for line in ended.out.splitlines()] == ["a"]


def test_exporting_makes_no_project(running: Running, store: Store, tmp_path: Path) -> None:
    """A project that the server does not have is said, and not made."""
    ended = run_here(
        ["export", "--project", "nope"], tmp_path, environ=settings(running.environment)
    )

    assert ended.status == 1
    assert "There is no project 'nope'" in ended.err
    assert store.projects() == []


def test_dir_goes_before_the_key(
    running: Running, store: Store, file: Path, tmp_path: Path
) -> None:
    """With --dir the store there is meant, whatever key is set."""
    elsewhere = str(tmp_path / "elsewhere")
    environ = settings(running.environment)

    run_here(["import", str(file), "--dir", elsewhere], tmp_path, environ=environ)
    ended = run_here(["export", "--dir", elsewhere], tmp_path, environ=environ)

    assert len(ended.out.splitlines()) == 3
    assert store.projects() == []


def test_refused_row_is_kept_and_its_neighbours_arrive(
    backend: Backend, file: Path, tmp_path: Path
) -> None:
    """A row that the server refuses is kept like a line that cannot be read."""
    backend.fail_always("logs3", faults.refuse_marked("span 1"))

    ended = run_here(["import", str(file)], tmp_path, environ=settings(backend.environment()))

    (kept,) = (tmp_path / "spans.jsonl.rejected.jsonl").read_text().splitlines()
    assert (ended.status, ended.out) == (1, "Imported 2 rows.\n")
    assert sorted(row["input"] for row in backend.stored()) == [0, 2]
    assert json.loads(kept)["line"] == 2
    assert "which was refused" in json.loads(kept)["reason"]
    assert json.loads(json.loads(kept)["text"]) == LINES[1]


def test_server_in_trouble_loses_nothing(backend: Backend, file: Path, tmp_path: Path) -> None:
    """An import that cannot be delivered says so, and is simply run again."""
    environ = settings(backend.environment())
    backend.fail_always("logs3", faults.status(503))
    failed = run_here(["import", str(file)], tmp_path, environ=environ)

    backend.heal()
    ended = run_here(["import", str(file)], tmp_path, environ=environ)

    assert failed.status == 1
    assert "The rows could not be delivered." in failed.err
    assert not (tmp_path / "spans.jsonl.rejected.jsonl").exists()
    assert ended.status == 0
    assert len(backend.stored()) == 3


def test_interrupted_import_says_where_to_go_on(backend: Backend, tmp_path: Path) -> None:
    """What was acknowledged before the trouble need not be read again."""
    environ = settings(backend.environment())
    file = tmp_path / "many.jsonl"
    file.write_text("".join(f'{{"input": {number}}}\n' for number in range(1_500)))
    backend.fail_always("logs3", faults.refuse_marked('"input":1200', 503))
    failed = run_here(["import", str(file)], tmp_path, environ=environ)

    backend.heal()
    ended = run_here(["import", str(file), "--from-line", "1001"], tmp_path, environ=environ)

    assert f"{file} is imported up to line 1000; --from-line 1001 goes on there." in failed.err
    assert ended.out == "Imported 500 rows.\n"
    assert len(backend.stored()) == 1_500


def test_wrong_key_is_one_line(backend: Backend, file: Path, tmp_path: Path) -> None:
    """A key that is refused is said as everywhere else."""
    environ = {**settings(backend.environment()), "BRAINTRUST_API_KEY": "wrong-key-of-somebody"}

    ended = run_here(["import", str(file)], tmp_path, environ=environ)

    assert ended.status == 1
    assert "Invalid API key" in ended.err
    assert "wrong-key-of-somebody" not in ended.err
