"""Programs that use one store file at the same time; run as ``python store_programs.py NAME …``."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

from braintrust_otel._model.http import HttpRequest
from braintrust_otel.server.app import LocalServer
from braintrust_otel.server.running import listen
from braintrust_otel.server.store import Store, open_store

SOURCES = Path(__file__).parents[2] / "src"
PROJECT = "11111111-1111-4111-8111-111111111111"


def start(name: str, *arguments: object) -> subprocess.Popen[str]:
    """Start one of the programs below; its standard output is a pipe."""
    return subprocess.Popen(
        [sys.executable, __file__, name, *map(str, arguments)],
        env={**os.environ, "PYTHONPATH": str(SOURCES)},
        stdout=subprocess.PIPE,
        stdin=subprocess.PIPE,
        text=True,
    )


def begin(programs: Sequence[subprocess.Popen[str]]) -> None:
    """Let writers begin, all at once."""
    for program in programs:
        program.stdin.write("go\n")
        program.stdin.flush()


def end(programs: Sequence[subprocess.Popen[str]]) -> list[int]:
    """Wait until all programs have ended, and return their exit codes."""
    for program in programs:
        program.communicate()
    return [program.returncode for program in programs]


def watch(programs: Sequence[subprocess.Popen[str]], look: Callable[[], int]) -> list[int]:
    """Look again and again while one of the programs runs, and return what was seen."""
    seen = [look()]
    while any(program.poll() is None for program in programs):
        seen.append(look())
    return seen


def row_ids(name: str, count: int) -> list[str]:
    """Return the ids of the rows that a program called *name* writes."""
    return [f"{name}-{number}" for number in range(count)]


def write(directory: str, name: str, count: str) -> None:
    """Write *count* rows in requests of 25, every fifth in two parts, through the server."""
    store = _opened(directory)
    server = LocalServer(store)
    ids = row_ids(name, int(count))
    sys.stdin.readline()  # all writers begin together
    for first in range(0, len(ids), 25):
        _post(server, [_row(row_id) for row_id in ids[first : first + 25]])
        _post(server, [_merge(row_id) for row_id in ids[first : first + 25 : 5]])
    store.close()


def write_until_killed(directory: str, name: str) -> None:
    """Write rows for ever, and print the ids of each request once it is acknowledged."""
    server = LocalServer(_opened(directory))
    number = 0
    while True:
        ids = [f"{name}-{number + offset}" for offset in range(50)]
        _post(server, [_row(row_id) for row_id in ids])
        print(" ".join(ids), flush=True)  # noqa: T201 - the program's only way to talk
        number += 50


def fork_while_writing(directory: str, forks: str) -> None:
    """Fork again and again while a thread writes; each child writes ten rows, and so on."""
    store = _opened(directory)
    server = LocalServer(store)
    over = threading.Event()
    written = []

    def keep_writing() -> None:
        while not over.is_set():
            row_id = f"parent-{len(written)}"
            _post(server, [_row(row_id)])
            written.append(row_id)

    thread = threading.Thread(target=keep_writing)
    thread.start()
    children = [_child(server, f"child{number}") for number in range(int(forks))]
    codes = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]
    over.set()
    thread.join()
    store.close()
    print(json.dumps({"written": written, "codes": codes}))  # noqa: T201 - as above


def serve(directory: str) -> None:
    """Serve the store until Ctrl-C, print the address first and a farewell last."""
    listening = listen(LocalServer(_opened(directory)))
    print(listening.url, flush=True)  # noqa: T201 - as above
    listening.serve()
    print("farewell", flush=True)  # noqa: T201 - as above


def _child(server: LocalServer, name: str) -> int:
    child = os.fork()
    if child:
        return child
    try:
        for row_id in row_ids(name, 10):
            _post(server, [_row(row_id)])
        server.store.close()
        os._exit(0)
    finally:
        os._exit(1)


def _opened(directory: str) -> Store:
    store, notice = open_store(Path(directory), busy_timeout=30.0)
    if notice is not None:
        raise SystemExit(notice)
    return store


def _row(row_id: str) -> dict[str, object]:
    trace = row_id.partition("-")[0]
    return {
        "id": row_id,
        "project_id": PROJECT,
        "log_id": "g",
        "root_span_id": trace,
        "span_id": row_id,
        "metrics": {"start": 1.0},
        "input": {"text": f"words of {row_id} " * 20},
    }


def _merge(row_id: str) -> dict[str, object]:
    row = {"id": row_id, "project_id": PROJECT, "log_id": "g", "_is_merge": True}
    return row | {"metrics": {"end": 2.0}, "output": "done"}


def _post(server: LocalServer, rows: Sequence[dict[str, object]]) -> None:
    body = json.dumps({"rows": rows, "api_version": 2}).encode()
    answer = server.handle(HttpRequest("POST", "http://127.0.0.1/logs3", {}, body))
    if answer.status != 200:
        raise SystemExit(f"{answer.status} {answer.body!r}")


PROGRAMS: dict[str, Callable[..., None]] = {
    "write": write,
    "write-until-killed": write_until_killed,
    "fork-while-writing": fork_while_writing,
    "serve": serve,
}

if __name__ == "__main__":
    PROGRAMS[sys.argv[1]](*sys.argv[2:])
