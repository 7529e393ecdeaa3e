"""`serve` as a real process: what it prints, answers and refuses, and how it ends."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from support.command_line import COMMAND, environment, fill, run_command
from support.trace_rows import TRACE, span, story

pytestmark = [
    pytest.mark.skipif(os.name == "nt", reason="Windows has other signals"),
]


@dataclass(frozen=True)
class Serving:
    """A server that runs.

    Attributes:
        process: The process.
        exported: The variables that it printed.
    """

    process: subprocess.Popen[str]
    exported: dict[str, str]

    @property
    def url(self) -> str:
        """Where it answers."""
        return self.exported["BRAINTRUST_API_URL"]

    def ask(self, path: str, body: object = None) -> dict[str, object]:
        """Return the JSON answer to a request."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data)
        with urllib.request.urlopen(request) as response:
            answer: dict[str, object] = json.load(response)
        return answer

    def end(self, number: signal.Signals) -> tuple[int, str]:
        """Send a signal; return the status and what was said."""
        self.process.send_signal(number)
        _, err = self.process.communicate()
        return self.process.returncode, err


@contextmanager
def serving(home: Path, *arguments: str) -> Iterator[Serving]:
    """Run a server over the store in *home* until the block ends."""
    with subprocess.Popen(
        [COMMAND, "serve", "--port", "0", *arguments],
        cwd=next(above for above in home.parents if above.is_dir()),
        env=environment(home),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        try:
            lines = [process.stdout.readline() for _ in range(3)]
            exported = (line.removeprefix("export ").strip().split("=", 1) for line in lines)
            yield Serving(process, dict(exported))
        finally:
            if process.poll() is None:
                process.kill()


def test_variables_are_ready_for_a_shell(tmp_path: Path) -> None:
    """The output holds export lines and nothing else; the rest is said beside it."""
    home = tmp_path / "store"

    with serving(home) as server:
        assert set(server.exported) == {
            "BRAINTRUST_API_URL",
            "BRAINTRUST_APP_URL",
            "BRAINTRUST_API_KEY",
        }
        assert server.url.startswith("http://127.0.0.1:")
        assert server.exported["BRAINTRUST_APP_URL"] == server.url
        _, err = server.end(signal.SIGTERM)

    assert f"answers at {server.url}. Traces are kept in {home / 'store.db'}." in err
    assert f"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT={server.url}/otel/v1/traces\n" in err


def test_rows_that_are_sent_are_shown(tmp_path: Path) -> None:
    """What a program sends is there for `traces` while the server runs, and after it."""
    home = tmp_path / "store"
    with serving(home) as server:
        project = server.ask("/v1/project", {"name": "weather"})
        routed = [{**row, "project_id": project["id"], "log_id": "g"} for row in story()]

        server.ask("/logs3", {"rows": routed, "api_version": 2})
        while_it_runs = run_command(["traces", "--json"], home)
        server.end(signal.SIGTERM)
    after_it = run_command(["traces", "--json"], home)

    assert json.loads(while_it_runs.out)["trace_id"] == TRACE
    assert after_it.out == while_it_runs.out


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signal_is_a_proper_end(tmp_path: Path, number: signal.Signals) -> None:
    """SIGTERM and Ctrl-C close the server and leave no trace of an error."""
    with serving(tmp_path / "store") as server:
        assert server.ask("/version")["version"]

        status, err = server.end(number)

    assert status == 0
    assert err.endswith("\nStopped.\n")
    assert "Traceback" not in err


def test_doctor_finds_the_server(tmp_path: Path) -> None:
    """With the printed variables a program reaches the server, as doctor confirms."""
    with serving(tmp_path / "store") as server:
        ended = run_command(["doctor", "--json"], tmp_path / "own", **server.exported)

    report = json.loads(ended.out)
    states = {found["name"]: found["state"] for found in report["findings"]}
    assert ended.status == 0
    assert (states["backend"], states["login"], states["version"]) == ("ok", "ok", "ok")


def test_port_in_use_is_one_line(tmp_path: Path) -> None:
    """A port that another program has is named."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]

        ended = run_command(["serve", "--port", str(port)], tmp_path / "store")

    assert (ended.status, ended.out, ended.err.count("\n")) == (1, "", 1)
    assert f"Port {port} of 127.0.0.1 is in use by another program." in ended.err


def test_other_hosts_are_refused(tmp_path: Path) -> None:
    """The server is for this machine only."""
    ended = run_command(["serve", "--port", "0", "--host", "0.0.0.0"], tmp_path / "store")  # noqa: S104 - that it is refused is the point

    assert (ended.status, ended.out, ended.err.count("\n")) == (1, "", 1)
    assert ended.err.startswith("braintrust-otel: Serving on 0.0.0.0 was refused")


def test_missing_extra_is_named(tmp_path: Path) -> None:
    """Without the extra, one line says how to get it."""
    program = (
        "import sys\n"
        "sys.modules['uvicorn'] = None  # as if it were not installed\n"
        "from braintrust_otel.cli.main import main\n"
        "sys.argv[1:] = ['serve', '--port', '0']\n"
        "main()\n"
    )

    ended = subprocess.run(
        [sys.executable, "-c", program],
        env=environment(tmp_path / "store"),
        capture_output=True,
        check=False,
        text=True,
    )

    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr == (
        'braintrust-otel: Serving needs the extra "server" (uvicorn is not installed): '
        "pip install 'braintrust-otel[server]'\n"
    )


def test_store_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    """Without a place on disk the server keeps rows in memory, and says so once."""
    (tmp_path / "file").touch()
    home = tmp_path / "file" / "store"

    with serving(home) as server:
        project = server.ask("/v1/project", {"name": "p"})
        row = {**span("a"), "project_id": project["id"], "log_id": "g"}
        server.ask("/logs3", {"rows": [row], "api_version": 2})
        status, err = server.end(signal.SIGTERM)

    assert status == 0
    assert err.count("rows are kept in memory") == 1


def test_damaged_store_is_one_line(tmp_path: Path) -> None:
    """A file that is no store is left as it is."""
    home = tmp_path / "store"
    fill(home, [])
    (home / "store.db").write_bytes(b"no database " * 1000)

    ended = run_command(["serve", "--port", "0"], home)

    assert (ended.status, ended.out, ended.err.count("\n")) == (1, "", 1)
    assert f"The store {home / 'store.db'} is damaged" in ended.err
