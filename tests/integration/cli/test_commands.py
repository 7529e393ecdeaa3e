"""The real command, in a process of its own, writing to a pipe or to a terminal."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from braintrust_otel._version import __version__
from support.command_line import COMMAND, environment, fill, run_command
from support.pseudo_terminal import run_in_terminal
from support.trace_rows import TRACE, span, story

LATE = "1" * 32


def test_traces_through_a_pipe(tmp_path: Path) -> None:
    """Piped, the list is aligned text."""
    home = tmp_path / "store"
    fill(home, story())
    fill(home, [span("late", trace=LATE, at=(60, 62.5))], project="shop")

    ended = run_command(["traces"], home)

    assert (ended.status, ended.err) == (0, "")
    assert ended.out == (
        "TIME                 TRACE         DURATION  TOKENS  SPANS  ERRORS  PROJECT  NAME\n"
        "2026-11-22 03:14:39  111111111111    2.50 s       -      1       0  shop     late\n"
        "2026-11-22 03:13:39  0af7651916cd    3.21 s     130      4       1  weather  answer\n"
    )


def test_trace_through_a_pipe(tmp_path: Path) -> None:
    """Piped, the tree is indented text after stable columns."""
    home = tmp_path / "store"
    fill(home, story())

    ended = run_command(["trace", "0af765"], home)

    assert (ended.status, ended.err) == (0, "")
    assert ended.out == (
        f"trace {TRACE}  weather  2026-11-22 03:13:39  3.21 s  4 spans  130 tokens  1 error\n"
        "TYPE          DURATION    TOKENS  NAME\n"
        "task            3.21 s         -  answer  accuracy=0.85  tone=-\n"
        "llm             1.20 s       123    Chat Completion  model=gpt-4o-mini\n"
        "log                  -         -      info: asking\n"
        "tool             12 ms         -      get_weather  ERROR ValueError: no such city\n"
        "-                    -         -  (span ffffffffffffffff is not in the store)\n"
        "llm                  -         7    lost\n"
    )


def test_json_through_a_pipe(tmp_path: Path) -> None:
    """Both commands give lines of JSON."""
    home = tmp_path / "store"
    fill(home, story())

    traces, rows = (
        run_command(["traces", "--json"], home),
        run_command(["trace", TRACE, "--json"], home),
    )

    assert [json.loads(line)["name"] for line in traces.out.splitlines()] == ["answer"]
    assert len([json.loads(line) for line in rows.out.splitlines()]) == 5


def test_trace_in_a_terminal(tmp_path: Path) -> None:
    """In a terminal the tree has colours and branches."""
    home = tmp_path / "store"
    fill(home, story())

    status, shown = run_in_terminal(["trace", "--last"], environment(home, TERM="xterm-256color"))

    assert status == 0
    assert "\x1b[1manswer\x1b[0m\x1b[36m  task\x1b[0m" in shown
    assert "└── " in shown
    assert "\x1b[31m✗ ValueError: no such city\x1b[0m" in shown


def test_traces_in_a_terminal(tmp_path: Path) -> None:
    """In a terminal the list has bold heads."""
    home = tmp_path / "store"
    fill(home, story())

    status, shown = run_in_terminal(["traces"], environment(home, TERM="xterm-256color"))

    assert status == 0
    assert "\x1b[1mTrace" in shown
    assert "0af76519  " in shown


def test_no_color_is_honoured(tmp_path: Path) -> None:
    """NO_COLOR leaves the branches and takes the colours."""
    home = tmp_path / "store"
    fill(home, story())

    _, shown = run_in_terminal(
        ["trace", "--last"], environment(home, TERM="xterm-256color", NO_COLOR="1")
    )

    assert "└── " in shown
    assert "\x1b[3" not in shown


def test_large_trace_is_shown_whole(tmp_path: Path) -> None:
    """10,000 spans, one under the other, are 10,000 lines."""
    home = tmp_path / "store"
    rows = [span("0"), *(span(str(n), str(n - 1)) for n in range(1, 10_000))]
    fill(home, rows)

    ended = run_command(["trace", TRACE], home)

    assert ended.out.splitlines()[-1].endswith("[level 9999] 9999")
    assert len(ended.out.splitlines()) == 10_002


@pytest.mark.parametrize("spans", [1, 5_000], ids=["noticed at the end", "noticed half-way"])
def test_reader_may_leave_early(tmp_path: Path, spans: int) -> None:
    """A pipe that nobody reads is no error to speak of."""
    home = tmp_path / "store"
    fill(home, [span(str(n), at=(n, n + 1)) for n in range(spans)])
    reader, writer = os.pipe()
    os.close(reader)

    with os.fdopen(writer, "wb") as pipe:
        ended = subprocess.run(
            [COMMAND, "trace", TRACE],
            env=environment(home),
            stdout=pipe,
            stderr=subprocess.PIPE,
            check=False,
        )

    assert (ended.returncode, ended.stderr) == (141, b"")


def test_output_that_is_ascii_gets_escapes(tmp_path: Path) -> None:
    """A terminal or pipe of another encoding is no reason to fail."""
    home = tmp_path / "store"
    fill(home, [span("a", span_attributes={"name": "名前…"})])

    ended = run_command(["traces"], home, PYTHONIOENCODING="ascii")

    assert ended.status == 0
    assert ended.out.endswith("weather  \\u540d\\u524d\\u2026\n")


def test_version_and_help() -> None:
    """The version is one line, and help lists the commands."""
    version = subprocess.run([COMMAND, "--version"], capture_output=True, check=True, text=True)
    listed = subprocess.run([COMMAND], capture_output=True, check=True, text=True)

    assert version.stdout == f"braintrust-otel {__version__}\n"
    assert "  traces  List the recent traces, newest first.\n" in listed.stdout


def test_help_loads_no_command() -> None:
    """Listing the commands is quick: neither rich nor the store nor HTTP is imported."""
    program = (
        "import sys\n"
        "before = set(sys.modules)\n"
        "from braintrust_otel.cli.main import main\n"
        "sys.argv[1:] = ['--help']\n"
        "try:\n    main()\n"
        "except SystemExit:\n"
        "    heavy = {'rich', 'sqlite3', 'requests', 'opentelemetry', 'asyncio', 'orjson'}\n"
        "    print('loaded:', sorted(heavy & (set(sys.modules) - before)))\n"
    )

    ended = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )

    assert ended.stdout.splitlines()[-1] == "loaded: []"


def test_relative_directory_is_understood(tmp_path: Path) -> None:
    """--dir may be relative to the working directory."""
    fill(tmp_path / "other", story())

    ended = run_command(["traces", "--json", "--dir", "other"], tmp_path / "store")

    assert json.loads(ended.out)["trace_id"] == TRACE


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such rights")
def test_locked_store_is_one_line(tmp_path: Path) -> None:
    """A store that another program holds is waited for, and then named."""
    home = tmp_path / "store"
    home.mkdir()
    holder = (
        "import sqlite3, sys\n"
        "held = sqlite3.connect(sys.argv[1], isolation_level=None)\n"
        "held.execute('PRAGMA locking_mode = EXCLUSIVE')\n"
        "held.execute('BEGIN EXCLUSIVE')\n"
        "print('held', flush=True)\n"
        "sys.stdin.read()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", holder, str(home / "store.db")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()

        ended = run_command(["traces"], home)
        process.communicate()

    assert (ended.status, ended.out, ended.err.count("\n")) == (1, "", 1)
    assert f"The store {home / 'store.db'} is locked by another program" in ended.err
