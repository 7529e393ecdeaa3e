"""Programs that are started without code log everything, however their processes end."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from braintrust_otel._model.containers import project_logs
from braintrust_otel.server.app import LocalServer
from braintrust_otel.server.running import Running, listen
from braintrust_otel.server.store import Store
from support.backend import Backend
from support.provider import Reply, RunningProvider
from support.stores import store_in_memory
from support.zero_code import APP, bin_path, environment, instrumented, wrong_trees

pytestmark = pytest.mark.process

CALL = """
import anthropic
client = anthropic.Anthropic()
message = {"role": "user", "content": "Is it going to rain?"}
print(client.messages.create(model="m", max_tokens=9, messages=[message]).content[0].text)
"""
MESSAGE = {
    "id": "msg_1",
    "type": "message",
    "role": "assistant",
    "model": "m",
    "content": [{"type": "text", "text": "Not today."}],
    "stop_reason": "end_turn",
    "stop_sequence": None,
    "usage": {"input_tokens": 13, "output_tokens": 5},
}


@pytest.fixture
def backend() -> Iterator[Backend]:
    with Backend() as running:
        yield running


@pytest.fixture
def client_settings() -> Iterator[dict[str, str]]:
    """Return the variables that lead the client to a provider on this machine."""
    with RunningProvider() as provider:
        provider.will(Reply(MESSAGE))
        yield {"ANTHROPIC_BASE_URL": provider.url, "ANTHROPIC_API_KEY": "none"}


def rows_of_store(directory: Path) -> list[dict[str, Any]]:
    """Return the rows of the default project in the store in *directory*."""
    command = [bin_path("braintrust-otel"), "export", "--dir", str(directory)]
    text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return [json.loads(line) for line in text.splitlines()]


def test_key_alone_traces_the_installed_clients(
    backend: Backend, client_settings: dict[str, str], tmp_path: Path
) -> None:
    """With an API key and nothing else, a model call of a program that knows nothing is a row."""
    settings = {**backend.environment(), **client_settings}

    done = instrumented(sys.executable, "-c", CALL, settings=settings, directory=tmp_path)

    assert (done.returncode, done.stdout, done.stderr) == (0, "Not today.\n", "")
    (row,) = backend.written()
    assert row["span_attributes"]["name"] == "anthropic.messages.create"
    assert row["input"] == [{"role": "user", "content": "Is it going to rain?"}]
    assert row["metrics"]["tokens"] == 18


def test_without_a_key_the_store_on_this_machine_takes_the_rows(
    client_settings: dict[str, str], tmp_path: Path
) -> None:
    """Without a key the call is in the embedded store, and one line says where to look."""
    store = tmp_path / "store"
    settings = {**client_settings, "BRAINTRUST_LOCAL_DIR": str(store)}

    done = instrumented(sys.executable, "-c", CALL, settings=settings, directory=tmp_path)

    assert (done.returncode, done.stdout) == (0, "Not today.\n")
    assert len(done.stderr.splitlines()) == 1
    assert "braintrust-otel traces" in done.stderr
    (row,) = rows_of_store(store)
    assert row["output"]["content"][0]["text"] == "Not today."


def test_another_exporter_that_was_chosen_stays_alone(
    client_settings: dict[str, str], tmp_path: Path
) -> None:
    """Without a key, OTEL_TRACES_EXPORTER for another exporter leaves nothing for us to do."""
    store = tmp_path / "store"
    settings = {
        **client_settings,
        "BRAINTRUST_LOCAL_DIR": str(store),
        "OTEL_TRACES_EXPORTER": "console",
    }

    done = instrumented(sys.executable, "-c", CALL, settings=settings, directory=tmp_path)

    assert (done.returncode, done.stderr) == (0, "")
    assert not store.exists()


@pytest.mark.parametrize("exporters", ["braintrust", "braintrust,console", "console"])
def test_spans_come_once_whatever_exporters_are_named(
    backend: Backend, tmp_path: Path, exporters: str
) -> None:
    """Naming our exporter beside a key, or only another one, makes each span one row."""
    settings = {**backend.environment(), "OTEL_TRACES_EXPORTER": exporters}

    done = instrumented(
        sys.executable, str(APP), "outer", "7", settings=settings, directory=tmp_path
    )

    assert (done.returncode, done.stderr) == (0, "")
    assert wrong_trees(backend.written(), [7]) == ""


@pytest.fixture
def received() -> Iterator[Store]:
    """Return the empty store of a server."""
    store = store_in_memory()
    yield store
    store.close()


@pytest.fixture
def receiver(received: Store) -> Iterator[Running]:
    """Return a server that takes OTLP, as Braintrust and a Collector do."""
    with listen(LocalServer(received)).start() as running:
        yield running


def test_spans_alone_take_everything_over_otlp(
    receiver: Running, received: Store, client_settings: dict[str, str], tmp_path: Path
) -> None:
    """With content on the spans alone an OTLP exporter delivers the call, and no row is shipped."""
    store = tmp_path / "store"
    settings = {
        **client_settings,
        "BRAINTRUST_LOCAL_DIR": str(store),
        "BRAINTRUST_OTEL_CONTENT": "only",
        "OTEL_TRACES_EXPORTER": "otlp_proto_http",
        "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": f"{receiver.url}/otel/v1/traces",
        "OTEL_EXPORTER_OTLP_HEADERS": "authorization=Bearer%20k",
        "BRAINTRUST_PROJECT": "weather",
    }

    done = instrumented(sys.executable, "-c", CALL, settings=settings, directory=tmp_path)

    assert (done.returncode, done.stdout, done.stderr) == (0, "Not today.\n", "")
    assert not store.exists()
    (project,) = received.projects("weather")
    (row,) = received.fetch(project_logs(project_id=project.id), None, 100).rows
    assert row["input"] == [{"role": "user", "content": "Is it going to rain?"}]
    assert row["output"]["content"][0]["text"] == "Not today."
    assert row["span_attributes"]["type"] == "llm"
    assert row["metrics"]["tokens"] == 18


@pytest.mark.parametrize("command", [[str(APP)], [sys.executable, str(APP)]])
def test_run_command_starts_programs_traced(
    backend: Backend, tmp_path: Path, command: list[str]
) -> None:
    """``braintrust-otel run`` does what ``opentelemetry-instrument`` does, also for a bare file."""
    done = subprocess.run(
        [bin_path("braintrust-otel"), "run", *command, "outer", "3"],
        env=environment(backend.environment()),
        cwd=tmp_path,
        capture_output=True,
        check=False,
        text=True,
    )

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert wrong_trees(backend.written(), [3]) == ""


@pytest.mark.parametrize(
    ("program", "status"),
    [("import sys; sys.exit(7)", 7), ("import os; os.kill(os.getpid(), 9)", -9)],
)
def test_run_command_ends_as_its_program_does(tmp_path: Path, program: str, status: int) -> None:
    """The exit status, and the signal that ended the program, are those of the command."""
    done = subprocess.run(
        [bin_path("braintrust-otel"), "run", sys.executable, "-c", program],
        env=environment({"OTEL_PYTHON_DISABLED_INSTRUMENTATIONS": "*"}),
        cwd=tmp_path,
        check=False,
    )

    assert done.returncode == status


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_processes_of_multiprocessing_deliver(
    backend: Backend, tmp_path: Path, method: str
) -> None:
    """Every span of worker processes, and around them, arrives once, without a flush anywhere."""
    settings = {**backend.environment(), "OTEL_PYTHON_DISABLED_INSTRUMENTATIONS": "*"}

    done = instrumented(
        *(sys.executable, str(APP), "work_in_processes", method),
        settings=settings,
        directory=tmp_path,
    )

    assert (done.returncode, done.stderr) == (0, "")
    assert wrong_trees(backend.written(), range(5)) == ""


def test_termination_by_signal_delivers_first(backend: Backend, tmp_path: Path) -> None:
    """SIGTERM ends the process as it always did, after what was logged has been delivered."""
    settings = {**backend.environment(), "OTEL_PYTHON_DISABLED_INSTRUMENTATIONS": "*"}

    done = instrumented(
        sys.executable, str(APP), "be_terminated", settings=settings, directory=tmp_path
    )

    assert (done.returncode, done.stderr) == (-15, "")
    assert wrong_trees(backend.written(), [0]) == ""


def test_each_event_is_delivered_before_the_process_is_frozen(
    backend: Backend, tmp_path: Path
) -> None:
    """A flush at the end of a handler leaves nothing for a time that may never come."""
    settings = environment({**backend.environment(), "OTEL_PYTHON_DISABLED_INSTRUMENTATIONS": "*"})
    seen = []
    with subprocess.Popen(
        [bin_path("opentelemetry-instrument"), sys.executable, str(APP), "handle_events", "3"],
        env=settings,
        cwd=tmp_path,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for _ in range(3):
            process.stdin.write("event\n")
            process.stdin.flush()
            is_done = json.loads(process.stdout.readline())
            process.send_signal(19)  # SIGSTOP: frozen, as between two events
            seen.append((is_done, len(backend.written())))
            process.send_signal(18)  # SIGCONT

    assert seen == [(True, 3), (True, 6), (True, 9)]
