"""Programs in Node.js, with the npm OpenTelemetry SDK, send their traces to the local server.

`make conformance` installs the npm packages below ``build``.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from braintrust_otel._model.containers import project_logs
from braintrust_otel.server.app import LocalServer
from braintrust_otel.server.running import Running, listen
from braintrust_otel.server.store import Store
from support.house import ROOT
from support.services import outline
from support.stores import store_in_memory

pytestmark = pytest.mark.conformance

PROGRAM = Path(__file__).with_name("node") / "send_tree.cjs"
MODULES = ROOT / "build" / "node" / "node_modules"
NOW = 1_795_317_219.0
PROJECT = "Café ☀ shop"
# What npm's exporters can put into a header: bytes, which are UTF-8 here.
HEADER = f"project_name:{PROJECT}".encode().decode("latin-1")
# The SDK computes times in doubles of milliseconds.
TIME_ERROR = 1e-5
_TIMEOUT = 60


@pytest.fixture
def store() -> Iterator[Store]:
    """An empty store in memory."""
    made = store_in_memory()
    yield made
    made.close()


@pytest.fixture
def running(store: Store) -> Iterator[Running]:
    """A server over that store, on a free port."""
    with listen(LocalServer(store)).start() as made:
        yield made


@pytest.fixture(
    params=[
        ("json", "none"),
        ("json", "gzip"),
        ("protobuf", "none"),
        ("protobuf", "gzip"),
    ],
    ids="-".join,
)
def rows(
    request: pytest.FixtureRequest, store: Store, running: Running
) -> dict[str, dict[str, Any]]:
    """The rows that the program leaves, by the names of their spans."""
    node = shutil.which("node")
    assert node is not None, "This needs Node.js."
    assert MODULES.is_dir(), "Run `make node` first."
    ended = subprocess.run(
        [node, str(PROGRAM), *request.param, f"{running.url}/otel/v1/traces", HEADER],
        env={**os.environ, "NODE_PATH": str(MODULES)},
        capture_output=True,
        text=True,
        timeout=_TIMEOUT,
        check=False,
    )
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")
    (project,) = store.projects(PROJECT)
    page = store.fetch(project_logs(project_id=project.id), None, 10)
    return {row["span_attributes"]["name"]: row for row in page.rows}


def test_the_tree_is_the_program_s(rows: dict[str, dict[str, Any]]) -> None:
    """All spans are there, each below its parent, in one trace, with their times."""
    ordered = sorted(rows.values(), key=lambda row: row["metrics"]["start"])

    assert outline(ordered) == ["answer", "  chat", "  lookup"]
    assert len({row["root_span_id"] for row in ordered}) == 1
    assert [row["id"] for row in ordered] == [
        row["root_span_id"] + row["span_id"] for row in ordered
    ]
    times = [row["metrics"][name] - NOW for row in ordered for name in ("start", "end")]
    assert times == pytest.approx([0, 1, 0.25, 0.5, 0.5, 0.75], abs=TIME_ERROR)


def test_content_and_attributes_arrive(rows: dict[str, dict[str, Any]]) -> None:
    """Payload goes to its fields, every other attribute into the metadata, with its type."""
    chat = rows["chat"]

    assert chat["input"] == [{"role": "user", "content": "Wie geht's? ☀"}]
    assert chat["output"] == "gut"
    assert chat["tags"] == ["a", "b"]
    assert chat["metadata"] == {
        "app.whole": 7,
        "app.part": 0.5,
        "app.flag": True,
        "app.list": [1, 2],
        "otel": {"kind": "client"},
    }


def test_errors_events_and_links_arrive(rows: dict[str, dict[str, Any]]) -> None:
    """The status is the error; events and links are in the metadata."""
    lookup = rows["lookup"]
    (event,) = lookup["metadata"]["otel"]["events"]

    assert lookup["error"] == "no such city"
    assert event.pop("time") - NOW == pytest.approx(0.6, abs=TIME_ERROR)
    assert lookup["metadata"] == {
        "otel": {
            "events": [{"name": "asked", "attributes": {"city": "Bonn"}}],
            "links": [
                {
                    "trace_id": lookup["root_span_id"],
                    "span_id": rows["chat"]["span_id"],
                    "attributes": {"why": "asked"},
                }
            ],
        }
    }


def test_the_sender_is_told(rows: dict[str, dict[str, Any]]) -> None:
    """Scope, SDK and resource say where the spans are from."""
    context = rows["answer"]["context"]

    assert context["resource"]["service.name"] == "shop"
    assert context["resource"]["telemetry.sdk.language"] == "nodejs"
    assert context["span_origin"] == {
        "name": "opentelemetry",
        "version": context["resource"]["telemetry.sdk.version"],
        "instrumentation": {"name": "node-program", "version": "1.2.3"},
    }
