"""Wrong settings, keys, URLs and stores cost one clear line each, and no row."""

from __future__ import annotations

import socket
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from braintrust_otel._model.containers import project_logs
from braintrust_otel.server.store import open_store
from support.backend import Backend
from support.command_line import run_command
from support.pipeline_programs import Ended, Program, run, start

pytestmark = pytest.mark.process

UNKNOWN = "6a3bb9b5-0000-4000-8000-000000000000"


@pytest.fixture
def backend() -> Iterator[Backend]:
    """Serve on loopback until the test has ended."""
    with Backend() as running:
        yield running


def own_lines(ended: Ended) -> list[str]:
    """Return what was said about the trouble: not where rows go, nor what the end left."""
    usual = ("braintrust-otel: No Braintrust API key", "braintrust-otel: Shipping ended")
    return [line for line in ended.said if not line.startswith(usual)]


def recovered(program: Program, repair: Callable[[], object]) -> Ended:
    """Let a program meet its trouble, repair that, and return how the program ended."""
    with program:
        program.wait_until_ready()
        repair()
        program.go_on()
        return program.end()


def store_ids(directory: Path) -> list[str]:
    """Return the ids of the rows in a store."""
    store, _ = open_store(directory)
    ids = [
        str(row["id"])
        for project in store.projects(None)
        for row in store.fetch(project_logs(project_id=project.id), None, 1_000).rows
    ]
    store.close()
    return sorted(ids)


def test_bad_key_is_told_and_rows_wait_for_a_better_one(backend: Backend) -> None:
    """A refused key costs one message, without the key; when it is accepted, the rows arrive."""
    key, backend.api_key = backend.api_key, "sk-another-key-42"
    program = start("log-until-delivered", 5, environ={**backend.environment(), **using(key)})

    ended = recovered(program, lambda: setattr(backend, "api_key", key))

    assert sorted(row["id"] for row in backend.stored()) == ended.ids
    assert ended.total("sent") == 5
    assert own_lines(ended)[0].startswith("braintrust-otel: Invalid API key sk")
    assert "came from BRAINTRUST_API_KEY" in own_lines(ended)[1]
    assert key not in "".join(ended.said)


def using(key: str) -> dict[str, str]:
    """Return the variable that names *key*."""
    return {"BRAINTRUST_API_KEY": key}


def test_unreachable_url_is_told_and_rows_wait(backend: Backend) -> None:
    """A server that is not there costs one line; when it comes, the rows arrive."""
    backend.refuse()
    quick = {"BRAINTRUST_NUM_RETRIES": "0"}
    program = start("log-until-delivered", 5, environ={**backend.environment(), **quick})

    ended = recovered(program, backend.accept)

    assert sorted(row["id"] for row in backend.stored()) == ended.ids
    assert ended.total("sent") == 5
    (line,) = own_lines(ended)
    assert "the connection was refused. Check the URL, and that the server runs." in line


def test_unknown_project_id_is_told(backend: Backend) -> None:
    """A project id that the server does not know is named, with what to check."""
    program = "end-in-default-project"
    ended = run(program, environ={**backend.environment(), "BRAINTRUST_PROJECT_ID": UNKNOWN})

    (line,) = own_lines(ended)
    assert (ended.total("logged"), ended.total("lost")) == (1, 1)
    assert f"There is no project with the id '{UNKNOWN}' in organisation 'acme' (404)." in line
    assert "BRAINTRUST_PROJECT_ID" in line


def test_project_that_is_made_later_gets_its_rows(backend: Backend) -> None:
    """Rows for an unknown project wait until it is there, and keep no other rows back."""
    program = start("log-to-two-projects", UNKNOWN, environ=backend.environment())

    ended = recovered(program, lambda: backend.routes.projects.update({"made later": UNKNOWN}))

    assert sorted(row["id"] for row in backend.stored()) == ended.ids
    assert ended.total("sent") == 2
    assert len(own_lines(ended)) == 1


def test_damaged_store_is_told_and_rows_wait(tmp_path: Path) -> None:
    """A store file that is no database costs one line; moved away, the rows go to a new one."""
    (tmp_path / "store.db").write_bytes(b"no database at all" * 1_000)
    program = start("log-until-delivered", 5, environ={"BRAINTRUST_LOCAL_DIR": str(tmp_path)})

    ended = recovered(program, lambda: (tmp_path / "store.db").rename(tmp_path / "damaged"))

    assert store_ids(tmp_path) == ended.ids
    (line,) = own_lines(ended)
    assert "store.db is damaged (file is not a database). Move the file away" in line


def test_locked_store_is_told_and_rows_wait(tmp_path: Path) -> None:
    """A store that another program keeps locked costs one line; unlocked, it gets the rows."""
    with closing(sqlite3.connect(tmp_path / "store.db", isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        program = start("log-until-delivered", 5, environ={"BRAINTRUST_LOCAL_DIR": str(tmp_path)})

        ended = recovered(program, lambda: other.execute("ROLLBACK"))

    assert store_ids(tmp_path) == ended.ids
    (line,) = own_lines(ended)
    assert "store.db is locked by another program" in line


def test_store_that_cannot_be_made_is_told_and_memory_takes_its_place(tmp_path: Path) -> None:
    """Where nothing can be written rows are kept in memory, and one line says so."""
    (tmp_path / "file").touch()
    ended = run("end-at-once", 5, environ={"BRAINTRUST_LOCAL_DIR": str(tmp_path / "file" / "x")})

    (line,) = own_lines(ended)
    assert ended.total("sent") == 5
    assert "rows are kept in memory" in line


def test_port_in_use_is_told(tmp_path: Path) -> None:
    """`serve` on a port that is taken says so in one line, and what to do."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        ended = run_command(["serve", "--port", str(port)], tmp_path / "store")

    assert ended.status != 0
    assert len(ended.err.splitlines()) == 1
    assert str(port) in ended.err


def test_missing_key_is_told_where_the_local_store_is_off() -> None:
    """With BRAINTRUST_LOCAL=never a missing key costs one line, and rows wait for it."""
    ended = run("end-at-once", 3, environ={"BRAINTRUST_LOCAL": "never"})

    (line,) = own_lines(ended)
    assert "There is no API key. Set BRAINTRUST_API_KEY" in line
    assert (ended.total("logged"), ended.total("lost")) == (3, 3)


def test_wrong_values_are_told_and_replaced(backend: Backend) -> None:
    """Each wrong value costs one line with its name, and the default is used."""
    wrong = {
        "BRAINTRUST_NUM_RETRIES": "many",
        "BRAINTRUST_QUEUE_SIZE": "-3",
        "BRAINTRUST_SYNC_FLUSH": "perhaps",
        "BRAINTRUST_HTTP_TIMEOUT": "0",
        "BRAINTRUST_LOCAL": "sometimes",
    }
    ended = run("end-at-once", 3, environ={**backend.environment(), **wrong})

    told = {line.split()[1] for line in own_lines(ended)}
    assert told == set(wrong)
    assert len(ended.said) == len(wrong)
    assert sorted(row["id"] for row in backend.stored()) == ended.ids


def test_wrong_url_is_never_replaced_by_another(backend: Backend) -> None:
    """A URL that is none keeps the rows here: no other server gets them."""
    wrong = {**backend.environment(), "BRAINTRUST_APP_URL": "localhost:1"}
    ended = run("end-at-once", 3, environ=wrong)

    assert own_lines(ended)[0].startswith("braintrust-otel: BRAINTRUST_APP_URL is not a URL")
    assert len(own_lines(ended)) == 2
    assert (ended.total("logged"), ended.total("lost")) == (3, 3)
