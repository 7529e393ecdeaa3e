"""`doctor` reports everything in one go, and its status says whether something is wrong."""

from __future__ import annotations

import json
from pathlib import Path

from support.command_line import Terminal, fill, run_here
from support.trace_rows import story

PARTS = ["Software", "Instrumentors", "Settings", "Where rows go", "Store on this machine"]


def test_healthy_machine_has_status_0(tmp_path: Path) -> None:
    """With nothing configured the store on this machine is used, and all is well."""
    fill(tmp_path, story())

    ended = run_here(["doctor"], tmp_path)

    lines = ended.out.splitlines()
    assert (ended.status, ended.err) == (0, "")
    assert [line for line in lines if not line.startswith(" ")] == [*PARTS, "Nothing is wrong."]
    words = [line.split() for line in lines]
    assert ["ok", "content", "1", "trace"] in words
    assert any(
        ["BRAINTRUST_LOCAL_DIR", str(tmp_path), "(environment)"] == line[1:] for line in words
    )


def test_wrong_setting_has_status_1(tmp_path: Path) -> None:
    """What is wrong is named again at the end."""
    ended = run_here(["doctor"], tmp_path, environ={"BRAINTRUST_QUEUE_SIZE": "many"})

    assert ended.status == 1
    assert ended.out.endswith("\n1 thing to put right: Settings / problem.\n")
    assert "BRAINTRUST_QUEUE_SIZE is 'many'" in ended.out


def test_all_lists_defaults(tmp_path: Path) -> None:
    """Settings that nobody set are listed on demand."""
    brief, whole = run_here(["doctor"], tmp_path).out, run_here(["doctor", "--all"], tmp_path).out

    assert "BRAINTRUST_EXIT_TIMEOUT" not in brief
    assert "BRAINTRUST_EXIT_TIMEOUT" in whole
    assert "all others" not in whole


def test_json_is_one_object(tmp_path: Path) -> None:
    """Programs get every finding with its facts apart."""
    ended = run_here(["doctor", "--json"], tmp_path, environ={"BRAINTRUST_LOCAL": "never"})

    report = json.loads(ended.out)
    assert (ended.status, report["healthy"]) == (1, False)
    assert {
        "part": "Settings",
        "state": "ok",
        "name": "BRAINTRUST_LOCAL",
        "value": "never",
        "source": "environment",
    } in report["findings"]
    assert [found["name"] for found in report["findings"] if found["state"] == "wrong"] == [
        "backend"
    ]


def test_terminal_gets_colours(tmp_path: Path) -> None:
    """On a terminal the states are coloured, and lines are not broken."""
    ended = run_here(
        ["doctor"],
        tmp_path,
        out=Terminal(),
        environ={"TERM": "xterm", "COLUMNS": "40", "BRAINTRUST_LOCAL": "never"},
    )

    assert "\x1b[1mSoftware\x1b[0m\n" in ended.out
    assert "\x1b[1;31m  wrong  \x1b[0m  backend" in ended.out
    assert "Set BRAINTRUST_API_KEY, or allow the store on this machine.\n" in ended.out
