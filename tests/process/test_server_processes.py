"""Several processes share one store file, fork, and are killed."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
from pathlib import Path

import pytest
import requests

from braintrust_otel.server.store import Store, open_store
from support import store_programs
from support.store_programs import begin, end, row_ids, start, watch

pytestmark = pytest.mark.process

WRITERS = ("a", "b", "c", "d")
COUNT = 500
EXPECTED = [row_id for name in WRITERS for row_id in row_ids(name, COUNT)]


def rows_by_id(store: Store, traces: list[str]) -> dict[str, dict[str, object]]:
    """Return the rows of some traces by their ids."""
    return {row["id"]: row for trace in traces for row in store.trace_rows(trace)}


def soundness(directory: Path) -> str:
    """Return what SQLite says of the file's structure: `ok`, or what is wrong."""
    connection = sqlite3.connect(directory / "store.db")
    found = connection.execute("PRAGMA integrity_check").fetchall()
    connection.close()
    return "; ".join(line for (line,) in found)


def test_four_writers_and_a_reader_lose_nothing(tmp_path: Path) -> None:
    """Four processes write to a new store at once while it is read: every row arrives whole."""
    programs = [start("write", tmp_path, name, COUNT) for name in WRITERS]
    begin(programs)
    reader, _ = open_store(tmp_path, busy_timeout=30.0)
    seen = watch(programs, lambda: sum(trace.spans for trace in reader.recent_traces()))
    codes = end(programs)

    rows = rows_by_id(reader, list(WRITERS))
    hits = reader.search("words", limit=10_000)
    reader.close()

    assert codes == [0, 0, 0, 0]
    assert sorted(rows) == sorted(EXPECTED)
    assert sum(row.get("output") == "done" for row in rows.values()) == len(EXPECTED) / 5
    assert all(row["input"] for row in rows.values())
    assert len(hits) == len(EXPECTED)
    assert seen == sorted(seen)
    assert soundness(tmp_path) == "ok"


def test_transactions_of_all_processes_are_told_apart(tmp_path: Path) -> None:
    """No two requests, of whatever process, share a transaction id."""
    programs = [start("write", tmp_path, name, 100) for name in WRITERS]
    begin(programs)
    end(programs)
    store, _ = open_store(tmp_path)

    rows = rows_by_id(store, list(WRITERS))
    store.close()

    used = {(row["_xact_id"], row["root_span_id"]) for row in rows.values()}
    assert len({xact for xact, _ in used}) == len(used) == len(WRITERS) * 100 / 25 * 2


def test_killed_writer_leaves_a_usable_store(tmp_path: Path) -> None:
    """After kill -9 in the middle of writing, all acknowledged rows are there, none in halves."""
    program = start("write-until-killed", tmp_path, "k")
    acknowledged = [program.stdout.readline() for _ in range(20)]
    program.kill()
    rest, _ = program.communicate()

    store, _ = open_store(tmp_path)
    rows = rows_by_id(store, ["k"])
    store.write([{"id": "after", "project_id": store_programs.PROJECT}])
    store.close()

    whole_lines = [line for line in rest.splitlines(keepends=True) if line.endswith("\n")]
    wanted = {row_id for line in [*acknowledged, *whole_lines] for row_id in line.split()}
    assert wanted <= set(rows)
    assert len(rows) % 50 == 0
    assert soundness(tmp_path) == "ok"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_forks_while_writing_lose_nothing(tmp_path: Path) -> None:
    """A process that forks in the middle of writing, and its children, write every row."""
    program = start("fork-while-writing", tmp_path, 25)
    output, _ = program.communicate()
    told = json.loads(output)

    store, _ = open_store(tmp_path)
    rows = rows_by_id(store, ["parent", *(f"child{number}" for number in range(25))])
    store.close()

    children = [row_id for number in range(25) for row_id in row_ids(f"child{number}", 10)]
    assert told["codes"] == [0] * 25
    assert sorted(rows) == sorted([*told["written"], *children])
    assert soundness(tmp_path) == "ok"


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGINT for one process")
def test_served_store_is_written_by_another_process(tmp_path: Path) -> None:
    """What a program writes is served at once by another one, which ends cleanly on Ctrl-C."""
    server = start("serve", tmp_path)
    url = server.stdout.readline().strip()
    writer = start("write", tmp_path, "a", 50)
    begin([writer])
    end([writer])

    with requests.Session() as session:
        session.trust_env = False
        fetched = session.post(f"{url}/v1/project_logs/{store_programs.PROJECT}/fetch").json()
    server.send_signal(signal.SIGINT)
    output, _ = server.communicate()

    assert {event["id"] for event in fetched["events"]} == set(row_ids("a", 50))
    assert (output, server.returncode) == ("farewell\n", 0)
