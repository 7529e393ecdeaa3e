"""`export` writes rows as JSON lines."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Mapping
from pathlib import Path

import pytest

from braintrust_otel.cli.exporting import copy_rows
from braintrust_otel.cli.main import run
from braintrust_otel.cli.moving.sources import Page
from braintrust_otel.cli.surroundings import Surroundings
from support.command_line import Terminal, fill, run_here
from support.stores import Clock
from support.trace_rows import TRACE, span, story

OTHER = "f" * 32


def ids(text: str) -> list[str]:
    return [json.loads(line)["id"] for line in text.splitlines()]


def test_rows_are_printed(tmp_path: Path) -> None:
    """Without a file the rows are the answer, one complete JSON object in each line."""
    project_id = fill(tmp_path, story())

    ended = run_here(["export"], tmp_path)

    rows = [json.loads(line) for line in ended.out.splitlines()]
    assert (ended.status, ended.err) == (0, "")
    assert len(rows) == len(story())
    assert {row["project_id"] for row in rows} == {project_id}
    assert rows[-1]["scores"] == {"accuracy": 0.85, "tone": None}


def test_file_gets_the_rows(tmp_path: Path) -> None:
    """With -o the rows are in the file, and the answer says how many."""
    fill(tmp_path, story())
    path = tmp_path / "rows.jsonl"

    ended = run_here(["export", "-o", str(path)], tmp_path)

    assert ended.out == f"Exported {len(story())} rows to {path}.\n"
    assert path.read_text() == run_here(["export"], tmp_path).out


def test_one_trace_is_exported(tmp_path: Path) -> None:
    """With --trace the rows of one trace are written, whichever project they are in."""
    fill(tmp_path, [span("a"), span("b", trace=OTHER)])
    fill(tmp_path, [span("c")], project="shop")

    everywhere = run_here(["export", "--trace", TRACE[:8]], tmp_path)
    here = run_here(["export", "--trace", TRACE, "--project", "shop"], tmp_path)

    assert sorted(ids(everywhere.out)) == ["row-0af7-a", "row-0af7-c"]
    assert ids(here.out) == ["row-0af7-c"]


def test_project_is_chosen(tmp_path: Path) -> None:
    """Of several projects, the option or the setting says which one."""
    fill(tmp_path, [span("a")])
    fill(tmp_path, [span("b")], project="shop")

    by_option = run_here(["export", "--project", "shop"], tmp_path)
    by_setting = run_here(["export"], tmp_path, environ={"BRAINTRUST_PROJECT": "weather"})
    neither = run_here(["export"], tmp_path)

    assert ids(by_option.out) == ["row-0af7-b"]
    assert ids(by_setting.out) == ["row-0af7-a"]
    assert (neither.status, neither.out) == (1, "")
    assert "Choose a project with --project. There are: shop, weather." in neither.err


def test_interrupted_export_goes_on(tmp_path: Path) -> None:
    """With --resume the rest follows what an earlier run has written."""
    fill(tmp_path, [span(f"{number:04}") for number in range(1_500)])
    path, part = tmp_path / "rows.jsonl", tmp_path / "rows.jsonl.part"
    whole = run_here(["export"], tmp_path).out
    page = "".join(line + "\n" for line in whole.splitlines()[:1_000])
    part.write_text(page + '{"id": "cut')
    store = tmp_path / "store.db"
    notes = {
        "source": f"{store} {json.loads(whole.splitlines()[0])['project_id']}",
        "cursor": "501",
        "bytes": len(page.encode()),
        "rows": 1_000,
    }
    (tmp_path / "rows.jsonl.part.json").write_text(json.dumps(notes))

    ended = run_here(["export", "-o", str(path), "--resume"], tmp_path)

    assert (ended.status, ended.err) == (0, "")
    assert ended.out == f"Exported 1500 rows to {path}.\n"
    assert path.read_text() == whole


class TwoPages:
    """A source whose second page comes only after the first try."""

    key = "two pages"

    def __init__(self) -> None:
        self.is_broken = True
        self.skipped: list[object] = []

    def page(self, cursor: str | None) -> Page:
        if cursor is None:
            return Page([{"id": "a"}], "second")
        if self.is_broken:
            raise KeyboardInterrupt
        return Page([{"id": "b"}], None)

    def skip(self, rows: Iterable[Mapping[str, object]]) -> None:
        self.skipped += [row["id"] for row in rows]


def test_interruption_says_how_to_go_on(tmp_path: Path) -> None:
    """After an interruption the same command with --resume writes what is missing."""
    source, path, err = TwoPages(), tmp_path / "rows.jsonl", io.StringIO()
    around = Surroundings({}, tmp_path, io.StringIO(), err, Clock())
    with pytest.raises(KeyboardInterrupt):
        copy_rows(source, path, around, resume=False)

    source.is_broken = False
    copy_rows(source, path, around, resume=True)

    assert err.getvalue() == ("Interrupted. The same command with --resume goes on from here.\n")
    assert source.skipped == ["a"]
    assert path.read_text() == '{"id":"a"}\n{"id":"b"}\n'


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["--resume"], "--resume needs -o FILE"),
        (["--project", "nope"], "There is no project 'nope'"),
        (["--trace", "abcdef"], "There is no trace whose id begins with 'abcdef'"),
        (["-o", "x/rows.jsonl", "--resume"], "There is nothing to resume"),
    ],
)
def test_mistake_is_one_line(arguments: list[str], reason: str, tmp_path: Path) -> None:
    """What cannot be exported is said in one line."""
    fill(tmp_path, story())

    ended = run_here(["export", *arguments], tmp_path)

    assert ended.status in {1, 2}
    assert reason in ended.err
    assert len(ended.err.splitlines()) == 1


def test_no_store_is_said(tmp_path: Path) -> None:
    """Exporting makes no store."""
    ended = run_here(["export"], tmp_path / "none")

    assert ended.status == 1
    assert "There is no store in" in ended.err
    assert not (tmp_path / "none").exists()


def test_server_needs_a_project(tmp_path: Path) -> None:
    """With an API key the rows are the server's, and nobody is asked before all is clear."""
    settings = {"BRAINTRUST_API_KEY": "___TEST_API_KEY__THIS_IS_NOT_REAL___"}

    ended = run_here(["export"], tmp_path, environ=settings)

    assert ended.status == 1
    assert "Choose a project with --project (or BRAINTRUST_PROJECT)." in ended.err


def test_terminal_shows_the_progress(tmp_path: Path) -> None:
    """On a terminal a line shows how far it is, and is gone at the end."""
    fill(tmp_path, story())
    environ = {"BRAINTRUST_LOCAL_DIR": str(tmp_path), "TERM": "xterm"}
    err = Terminal()
    around = Surroundings(environ, tmp_path, io.StringIO(), err, Clock())

    status = run(["export", "-o", str(tmp_path / "rows.jsonl")], around)

    assert status == 0
    assert "Exporting" in err.getvalue()
    assert f"{len(story())} rows" in err.getvalue()
