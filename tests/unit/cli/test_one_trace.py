"""`trace` shows one trace."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from support.command_line import Terminal, fill, run_here
from support.trace_rows import TRACE, span, story

SIBLING = "0af76519ffffffffffffffffffffffff"


@pytest.mark.parametrize("wanted", [TRACE, TRACE[:6], TRACE[:12].upper()])
def test_trace_is_found_by_its_beginning(tmp_path: Path, wanted: str) -> None:
    """The id, or enough of it, names the trace."""
    fill(tmp_path, story())

    ended = run_here(["trace", wanted], tmp_path)

    assert (ended.status, ended.err) == (0, "")
    assert ended.out.startswith(f"trace {TRACE}  weather  ")
    assert ended.out.splitlines()[0].endswith("  3.21 s  4 spans  130 tokens  1 error")
    assert ended.out.splitlines()[2].endswith("  answer  accuracy=0.85  tone=-")


def test_short_id_is_found_whole(tmp_path: Path) -> None:
    """An id that is chosen by hand may be shorter than a prefix may."""
    fill(tmp_path, [span("a", trace="T1")])

    assert run_here(["trace", "T1"], tmp_path).out.startswith("trace T1  ")


def test_last_is_the_newest(tmp_path: Path) -> None:
    """--last shows the trace that started last."""
    fill(tmp_path, [*story(), span("late", trace=SIBLING, at=(60, 61))])

    assert run_here(["trace", "--last"], tmp_path).out.startswith(f"trace {SIBLING}  ")


def test_json_is_every_row_whole(tmp_path: Path) -> None:
    """With --json each row is an object with everything that was logged."""
    fill(tmp_path, [span("a", input={"q": "\x9b?"}, custom=[1, None]), span("b", "a")])

    ended = run_here(["trace", TRACE, "--json"], tmp_path)

    rows = [json.loads(line) for line in ended.out.splitlines()]
    assert [row["span_id"] for row in rows] == ["a", "b"]
    assert (rows[0]["input"], rows[0]["custom"]) == ({"q": "\x9b?"}, [1, None])
    assert "\x9b" not in ended.out


def test_terminal_gets_a_tree(tmp_path: Path) -> None:
    """On a terminal there are branches and colours."""
    fill(tmp_path, story())

    ended = run_here(
        ["trace", TRACE], tmp_path, out=Terminal(), environ={"TERM": "xterm", "COLUMNS": "90"}
    )

    assert f"\x1b[1mTrace {TRACE}\x1b[0m  weather" in ended.out
    assert "└── \x1b[0m\x1b[1mChat Completion\x1b[0m\x1b[35m  llm" in ended.out
    assert "\x1b[31m✗ ValueError: no such city" in ended.out


def test_trace_over_several_containers_is_one_tree(tmp_path: Path) -> None:
    """Rows of one trace in two projects are shown together."""
    fill(tmp_path, [span("a")], project="one")
    fill(tmp_path, [span("b", "a", metrics={"tokens": 2})], project="two")

    lines = run_here(["trace", TRACE], tmp_path).out.splitlines()

    assert set(lines[0].split("  ")[1:3]) == {"one", "two"}
    assert lines[0].endswith("  2 spans  2 tokens")
    assert [line.split()[-1] for line in lines[2:]] == ["a", "b"]


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ("0af76", "'0af76' is too short for a trace id: give at least 6 characters. braintrust-"),
        ("123456", "There is no trace whose id begins with '123456' in "),
        ("0af765", f"Several traces have ids that begin with '0af765': {TRACE}, {SIBLING}. Give"),
        ("\x1b[2Jxxxx", "There is no trace whose id begins with '\\\\x1b[2Jxxxx'"),
    ],
)
def test_id_that_names_no_trace_is_one_line(tmp_path: Path, wanted: str, said: str) -> None:
    """Too short, unknown and ambiguous ids are told apart."""
    fill(tmp_path, [*story(), span("a", trace=SIBLING)])

    ended = run_here(["trace", wanted], tmp_path)

    assert (ended.status, ended.out, ended.err.count("\n")) == (1, "", 1)
    assert ended.err.startswith(f"braintrust-otel: {said}")


@pytest.mark.parametrize("arguments", [["trace", TRACE], ["trace", "--last"]])
@pytest.mark.parametrize("is_made", [True, False])
def test_no_trace_at_all_is_one_line(
    tmp_path: Path, arguments: list[str], *, is_made: bool
) -> None:
    """With no store, or an empty one, the line says how traces get there."""
    home = tmp_path / "home"
    _ = fill(home, []) if is_made else None

    ended = run_here(arguments, home)

    assert (ended.status, ended.out, ended.err.count("\n")) == (1, "", 1)
    assert "yet. A program that calls init_logger()" in ended.err
