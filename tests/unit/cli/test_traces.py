"""`traces` lists what the store holds."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from support.command_line import Terminal, fill, run_here
from support.trace_rows import START, TRACE, span, story

OTHER = "0af7651916cd00000000000000000001"


def columns(text: str) -> list[list[str]]:
    """Return the words of each line, the date left out: its zone is this machine's."""
    return [line.split()[2:] for line in text.splitlines()[1:]]


def test_traces_are_listed_newest_first(tmp_path: Path) -> None:
    """Each trace is a line: time, id, duration, tokens, spans, errors, project, name."""
    fill(tmp_path, story())
    fill(tmp_path, [span("late", trace=OTHER, at=(60, 62.5))], project="shop")

    ended = run_here(["traces"], tmp_path)

    assert ended.out.splitlines()[0].split() == [
        *["TIME", "TRACE", "DURATION", "TOKENS", "SPANS", "ERRORS", "PROJECT", "NAME"]
    ]
    assert columns(ended.out) == [
        ["0af7651916cd0", "2.50", "s", "-", "1", "0", "shop", "late"],
        ["0af7651916cd4", "3.21", "s", "130", "4", "1", "weather", "answer"],
    ]
    assert (ended.status, ended.err) == (0, "")


def test_text_is_aligned_and_plain(tmp_path: Path) -> None:
    """Piped output has no colours, boxes or tabs, and wide characters do not shift columns."""
    fill(tmp_path, story())
    fill(tmp_path, [span("b", trace="f" * 32, at=(60, 61))], project="名前")

    lines = run_here(["traces"], tmp_path).out.splitlines()

    assert lines[1].index("b") == lines[2].index("answer") - len("名前")
    assert not set("\x1b\t│─┃━") & set("".join(lines))


def test_json_is_one_object_for_each_trace(tmp_path: Path) -> None:
    """With --json the numbers are numbers."""
    project_id = fill(tmp_path, story())

    ended = run_here(["traces", "--json"], tmp_path)

    assert [json.loads(line) for line in ended.out.splitlines()] == [
        {
            "trace_id": TRACE,
            "name": "answer",
            "project": "weather",
            "container": "project_logs",
            "container_id": project_id,
            "start": START,
            "duration": 3.21,
            "tokens": 130,
            "spans": 4,
            "errors": 1,
        }
    ]


def test_terminal_gets_a_table(tmp_path: Path) -> None:
    """On a terminal the heads are bold and counts of errors red; 80 columns are enough."""
    fill(tmp_path, story())

    ended = run_here(
        ["traces"], tmp_path, out=Terminal(), environ={"TERM": "xterm", "COLUMNS": "80"}
    )

    assert "\x1b[1mTime" in ended.out
    assert "\x1b[31m     1\x1b[0m" in ended.out
    assert "0af76519    3.21 s     130      4  " in ended.out
    assert "weather  answer" in ended.out
    assert "…" not in ended.out


def test_dumb_terminal_gets_text(tmp_path: Path) -> None:
    """A terminal that can do nothing gets what a pipe gets."""
    fill(tmp_path, story())

    shown = run_here(["traces"], tmp_path, out=Terminal(), environ={"TERM": "dumb"})

    assert shown.out == run_here(["traces"], tmp_path).out


@pytest.mark.parametrize("by", ["name", "id"])
def test_project_can_be_chosen(tmp_path: Path, by: str) -> None:
    """A project is named, or given by its id."""
    fill(tmp_path, story())
    project_id = fill(tmp_path, [span("late", trace=OTHER)], project="shop")

    wanted = {"name": "shop", "id": project_id}[by]
    ended = run_here(["traces", "--project", wanted, "--json"], tmp_path)

    assert [json.loads(line)["trace_id"] for line in ended.out.splitlines()] == [OTHER]


def test_limit_keeps_the_newest(tmp_path: Path) -> None:
    """Fewer traces are the latest ones."""
    fill(tmp_path, [*story(), span("late", trace=OTHER, at=(60, 61))])

    ended = run_here(["traces", "--limit", "1", "--json"], tmp_path)

    assert [json.loads(line)["trace_id"] for line in ended.out.splitlines()] == [OTHER]


def test_unknown_project_is_said(tmp_path: Path) -> None:
    """The projects that there are help to find the right name."""
    fill(tmp_path, story())

    ended = run_here(["traces", "--project", "weathers"], tmp_path)

    assert (ended.status, ended.out) == (1, "")
    assert ended.err == (
        f"braintrust-otel: There is no project 'weathers' in {tmp_path / 'store.db'}. "
        "There are: weather.\n"
    )


def test_hostile_names_are_inert(tmp_path: Path) -> None:
    """Names of traces and projects cannot command the terminal, in no form of output."""
    hostile = {"name": "a\x1b[2J\u202eb\n0  [red]fake"}
    fill(tmp_path, [span("a", span_attributes=hostile)], project="p\x1b]0;x\x07\x9b1m")

    shown = [
        run_here(["traces"], tmp_path).out,
        run_here(["traces", "--json"], tmp_path).out,
        run_here(["traces"], tmp_path, out=Terminal(), environ={"NO_COLOR": "1"}).out,
    ]

    assert not any(set(text) & set("\x07\x9b\u202e") or "\x1b[2J" in text for text in shown)
    assert [text.count("\n") for text in shown] == [2, 1, 2]


def test_missing_store_is_not_made(tmp_path: Path) -> None:
    """Looking leaves nothing behind, and says what to do next."""
    home = tmp_path / "none"

    ended = run_here(["traces"], home)

    assert (ended.status, ended.out) == (0, "")
    assert ended.err.startswith(f"There are no traces in {home / 'store.db'} yet. A program that")
    assert not home.exists()


def test_empty_store_says_where_traces_go_instead(tmp_path: Path) -> None:
    """With an API key set, programs do not write to this store."""
    fill(tmp_path, [])

    ended = run_here(["traces"], tmp_path, environ={"BRAINTRUST_API_KEY": "sk-secret"})

    assert "send theirs to https://www.braintrust.dev, because BRAINTRUST_API_KEY" in ended.err
    assert "secret" not in ended.err


def test_another_store_can_be_chosen(tmp_path: Path) -> None:
    """--dir comes before the settings."""
    fill(tmp_path / "other", story())

    ended = run_here(["traces", "--json", "--dir", str(tmp_path / "other")], tmp_path / "own")

    assert json.loads(ended.out)["trace_id"] == TRACE


def test_damaged_store_is_one_line(tmp_path: Path) -> None:
    """A file that is no store is named, with what to do."""
    (tmp_path / "store.db").write_text("no database " * 100, encoding="utf-8")

    ended = run_here(["traces"], tmp_path)

    assert (ended.status, ended.err.count("\n")) == (1, 1)
    assert f"{tmp_path / 'store.db'} is damaged" in ended.err


def test_store_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    """Nothing else is shown in its place."""
    (tmp_path / "store.db").mkdir()

    ended = run_here(["traces"], tmp_path)

    assert (ended.status, ended.out, ended.err.count("\n")) == (1, "", 1)
    assert f"The store {tmp_path / 'store.db'} cannot be written, and reading it" in ended.err


def test_directory_that_cannot_be_is_one_line(tmp_path: Path) -> None:
    """A name that no file system takes holds no traces."""
    ended = run_here(["traces", "--dir", "x" * 5_000], tmp_path)

    assert (ended.out, ended.err.count("\n")) == ("", 1)


def test_wrong_setting_is_one_line(tmp_path: Path) -> None:
    """A wrong value is said, and the command goes on."""
    fill(tmp_path, story())

    ended = run_here(["traces"], tmp_path, environ={"BRAINTRUST_QUEUE_SIZE": "many"})

    assert ended.status == 0
    assert ended.err.startswith("braintrust-otel: BRAINTRUST_QUEUE_SIZE is 'many', which is not")
    assert ended.err.count("\n") == 1


def test_rows_outside_of_projects_are_listed(tmp_path: Path) -> None:
    """A trace of an experiment is shown with the beginning of the experiment's id."""
    fill(tmp_path, [{**span("a"), "experiment_id": "e-0123456789abcdef"}])

    words = columns(run_here(["traces"], tmp_path).out)[0]

    assert words[-3:] == ["experiment", "e-012345678…", "a"]
