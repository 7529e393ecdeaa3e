"""`doctor` asks a real server over a real network."""

from __future__ import annotations

import json
import socket
from pathlib import Path

from support import backend_faults
from support.backend import API_KEY, Backend
from support.command_line import Ended, run_here


def wrong(ended: Ended) -> dict[str, str]:
    """Return what is wrong, by name."""
    report = json.loads(ended.out)
    return {
        finding["name"]: finding["value"]
        for finding in report["findings"]
        if finding["state"] == "wrong"
    }


def test_backend_that_answers_is_fine(tmp_path: Path) -> None:
    """The server is asked who we are and what it takes; nothing is written there."""
    with Backend(payload_limit=1 << 20) as backend:
        ended = run_here(["doctor"], tmp_path, environ=backend.environment())
        written = backend.requests("logs3") + backend.requests("project")

    assert (ended.status, ended.err, written) == (0, "", [])
    assert "requests of up to 1.0 MiB" in ended.out
    assert API_KEY not in ended.out


def test_wrong_key_is_wrong(tmp_path: Path) -> None:
    """A key that is refused says where it came from."""
    with Backend() as backend:
        environ = {**backend.environment(), "BRAINTRUST_API_KEY": "sk-other-key"}
        ended = run_here(["doctor", "--json"], tmp_path, environ=environ)

    assert ended.status == 1
    assert wrong(ended) == {
        "login": f"Login at {backend.url} was refused (401). The key came from "
        "BRAINTRUST_API_KEY; check that it is valid there."
    }
    assert "sk-other" not in ended.out


def test_server_that_is_down_is_wrong(tmp_path: Path) -> None:
    """A refused connection is told with its URL and what to do."""
    with socket.create_server(("127.0.0.1", 0)) as closed:
        url = f"http://127.0.0.1:{closed.getsockname()[1]}"
    environ = {"BRAINTRUST_API_KEY": "sk-other-key", "BRAINTRUST_APP_URL": url}

    ended = run_here(["doctor", "--json"], tmp_path, environ=environ)

    assert ended.status == 1
    assert wrong(ended)["login"].startswith(f"POST {url}/api/apikey/login did not get through")


def test_unknown_project_id_is_wrong(tmp_path: Path) -> None:
    """A project that is configured by its id has to exist."""
    with Backend() as backend:
        environ = {**backend.environment(), "BRAINTRUST_PROJECT_ID": "no-such-id"}
        ended = run_here(["doctor", "--json"], tmp_path, environ=environ)

    assert ended.status == 1
    assert "There is no project with the id 'no-such-id'" in wrong(ended)["project"]


def test_page_instead_of_an_answer_is_wrong(tmp_path: Path) -> None:
    """Another program at that address is noticed."""
    with Backend() as backend:
        backend.fail("version", backend_faults.html_page())
        ended = run_here(["doctor", "--json"], tmp_path, environ=backend.environment())

    assert ended.status == 1
    assert "an HTML page" in wrong(ended)["version"]
