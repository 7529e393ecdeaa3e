"""Servers of several kinds, started without code: every span arrives once, whatever forks."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.backend import Backend
from support.zero_code import Server, ask, bin_path, environment, wrong_trees

pytestmark = pytest.mark.process

QUIET = {"OTEL_PYTHON_DISABLED_INSTRUMENTATIONS": "*", "PYTHONUNBUFFERED": "1"}
UVICORN = ["uvicorn", "support.zero_code_app:app", "--port", "0"]
GUNICORN = ["gunicorn", "support.zero_code_app:application", "--bind", "127.0.0.1:0"]
CELERY = ["celery", "-A", "support.zero_code_tasks", "worker", "--concurrency", "2"]
CELERY_OPTIONS = ["--pool", "prefork", "--loglevel", "INFO", "--without-gossip"]
ADDRESS = r"http://127\.0\.0\.1:(\d+)"
READY = "startup complete"
REQUESTS = 12


@pytest.fixture
def backend() -> Iterator[Backend]:
    with Backend() as running:
        yield running


@pytest.mark.parametrize("workers", [[], ["--workers", "2"]], ids=["alone", "workers"])
def test_uvicorn_delivers_every_span(backend: Backend, tmp_path: Path, workers: list[str]) -> None:
    """All workers deliver what they traced, also last of all: uvicorn ends by a signal."""
    command = [bin_path(UVICORN[0]), *UVICORN[1:], *workers]
    with Server(command, {**backend.environment(), **QUIET}, tmp_path) as server:
        port = server.wait_for_port(ADDRESS, READY, len(workers))
        for number in range(REQUESTS):
            ask(port, number)

        server.stop()

    assert wrong_trees(backend.written(), range(REQUESTS)) == ""


def test_uvicorn_delivers_when_it_reloads(backend: Backend, tmp_path: Path) -> None:
    """A process that makes room for the next one delivers what it has traced."""
    watched = tmp_path / "changing.py"
    watched.write_text("")
    command = [bin_path(UVICORN[0]), *UVICORN[1:], "--reload", "--reload-dir", str(tmp_path)]
    with Server(command, {**backend.environment(), **QUIET}, tmp_path) as server:
        port = server.wait_for_port(ADDRESS, READY, 1)
        before = ask(port, 0)
        os.utime(watched, (2_000_000_000, 2_000_000_000))
        server.wait_for(READY)
        after = ask(port, 1)

        server.stop()

    assert before != after
    assert wrong_trees(backend.written(), [0, 1]) == ""


@pytest.mark.parametrize("options", [[], ["--preload"]], ids=["plain", "preload"])
def test_gunicorn_delivers_every_span(backend: Backend, tmp_path: Path, options: list[str]) -> None:
    """Forked workers deliver what they traced, with the program loaded before or after the fork."""
    command = [bin_path(GUNICORN[0]), *GUNICORN[1:], "--workers", "2", *options]
    with Server(command, {**backend.environment(), **QUIET}, tmp_path) as server:
        port = server.wait_for(ADDRESS)
        for number in range(REQUESTS):
            ask(port, number)

        status = server.stop()

    assert status == 0
    assert wrong_trees(backend.written(), range(REQUESTS)) == ""


def test_celery_delivers_the_spans_of_every_task(backend: Backend, tmp_path: Path) -> None:
    """Forked workers deliver what their tasks traced, although they end without exit handlers."""
    settings = {**backend.environment(), **QUIET, "ZERO_CODE_MESSAGES": str(tmp_path)}
    subprocess.run(
        [sys.executable, "-m", "support.zero_code_tasks", "6"],
        env=environment(settings),
        check=True,
    )
    with Server([bin_path(CELERY[0]), *CELERY[1:], *CELERY_OPTIONS], settings, tmp_path) as server:
        server.wait_for("succeeded in", 6)

        status = server.stop()

    assert status == 0
    assert wrong_trees(backend.written(), range(6)) == ""
