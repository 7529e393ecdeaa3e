"""`import` reads rows and nested spans from files of JSON lines."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest

from braintrust_otel.cli.main import run
from braintrust_otel.cli.surroundings import Surroundings
from support.command_line import Ended, Terminal, fill, run_here
from support.stores import Clock
from support.trace_rows import span, story

TREE = {
    "input": "What is 1+1?",
    "output": "2",
    "name": "run_input",
    "metadata": {"template": "%s"},
    "children": [
        {
            "input": [{"role": "user", "content": "What is 1+1?"}],
            "output": {"content": "2"},
            "metrics": {"start": 1704916642.9, "end": 1704916643.4, "tokens": 30},
            "name": "OpenAI Chat Completion",
        }
    ],
}


def write(path: Path, *lines: object) -> Path:
    texts = [line if isinstance(line, str) else json.dumps(line) for line in lines]
    path.write_text("".join(f"{text}\n" for text in texts))
    return path


def exported(store: Path, *arguments: str) -> list[dict[str, Any]]:
    out = run_here(["export", *arguments], store).out
    rows = [json.loads(line) for line in out.splitlines()]
    return sorted(rows, key=lambda row: str(row["id"]))


def bare(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return *rows* without what the store decides."""
    left_out = ("_xact_id", "project_id")
    return [{key: row[key] for key in row if key not in left_out} for row in rows]


def without_ids(rows: list[dict[str, Any]]) -> str:
    """Return *rows* as text, without the ids of their store's project and transactions."""
    text = json.dumps(bare(rows), sort_keys=True)
    entries = [entry for row in rows for entry in (row, *row.get("comments", []))]
    for known in {str(entry.get(key)) for entry in entries for key in ("project_id", "_xact_id")}:
        text = text.replace(known, "?")
    return text


def import_(store: Path, file: Path, *arguments: str) -> Ended:
    return run_here(["import", str(file), *arguments], store)


def test_nested_spans_become_a_trace(tmp_path: Path) -> None:
    """The format of the guide's programs becomes a trace whose parents are right."""
    file = write(tmp_path / "spans.jsonl", TREE, TREE)

    ended = import_(tmp_path, file, "--project", "demo")

    rows = exported(tmp_path, "--project", "demo")
    assert ended == Ended(0, "Imported 4 rows.\n", "")
    assert len({row["root_span_id"] for row in rows}) == 2
    assert len([row for row in rows if row["is_root"]]) == 2
    roots = {row["span_id"] for row in rows if row["is_root"]}
    assert {row["span_parents"][0] for row in rows if not row["is_root"]} == roots


def test_importing_again_changes_nothing(tmp_path: Path) -> None:
    """The same file makes the same rows, each time."""
    file = write(tmp_path / "spans.jsonl", TREE, {"input": "no times"})
    import_(tmp_path, file)
    before = bare(exported(tmp_path))

    import_(tmp_path, file)

    assert bare(exported(tmp_path)) == before
    assert len(before) == 3


def test_what_was_added_to_a_row_stays(tmp_path: Path) -> None:
    """Feedback that a row got after it was exported is not lost by importing the row again."""
    file = write(tmp_path / "rows.jsonl", {"id": "r", "input": {"a": 1}, "scores": {"old": 1}})
    import_(tmp_path, file, "--project", "weather")
    feedback = {"scores": {"new": 0}, "input": {"b": 2}, "tags": ["t"]}
    fill(tmp_path, [{"id": "r", "_is_merge": True, **feedback}])

    import_(tmp_path, file, "--project", "weather")

    (row,) = exported(tmp_path)
    assert (row["scores"], row["tags"]) == ({"old": 1, "new": 0}, ["t"])
    assert row["input"] == {"a": 1}


def test_exported_rows_come_back(tmp_path: Path) -> None:
    """What is exported and imported elsewhere is the same, comments included."""
    here, there = tmp_path / "here", tmp_path / "there"
    comment = {"id": "c", "origin": {"id": story()[0]["id"]}, "comment": {"text": "hey"}}
    fill(here, [*story(), comment])
    file = tmp_path / "rows.jsonl"
    run_here(["export", "-o", str(file)], here)

    ended = import_(there, file, "--project", "weather")

    assert ended.out == f"Imported {len(story())} rows.\n"
    assert without_ids(exported(there)) == without_ids(exported(here))
    assert [row["comments"][0]["comment"] for row in exported(there) if "comments" in row] == [
        {"text": "hey"}
    ]


def test_bad_lines_are_kept_apart(tmp_path: Path) -> None:
    """Bad lines are said by number and kept with the reason; the others are imported."""
    file = write(tmp_path / "spans.jsonl", {"input": 1}, "nonsense", "[]", {"input": 2})

    ended = import_(tmp_path, file)

    rejected = (tmp_path / "spans.jsonl.rejected.jsonl").read_text().splitlines()
    assert (ended.status, ended.out) == (1, "Imported 2 rows.\n")
    assert f"{file}, line 2 is no JSON" in ended.err
    assert f"{file}, line 3 is no JSON object." in ended.err
    assert "2 lines left out" in ended.err
    assert json.loads(rejected[1]) == {
        "file": "spans.jsonl",
        "line": 3,
        "reason": "is no JSON object",
        "text": "[]",
    }


def test_rejects_go_where_they_should(tmp_path: Path) -> None:
    """The file for bad lines can be chosen, and cannot be written anywhere."""
    file = write(tmp_path / "spans.jsonl", "nonsense")

    chosen = import_(tmp_path, file, "--rejects", str(tmp_path / "bad"))
    nowhere = import_(tmp_path, file, "--rejects", str(tmp_path / "none" / "bad"))

    assert (chosen.status, (tmp_path / "bad").exists()) == (1, True)
    assert nowhere.status == 1
    assert "Choose another file with --rejects." in nowhere.err


def test_import_begins_where_it_is_told(tmp_path: Path) -> None:
    """With --from-line earlier lines are left out, and the ids of the others are the same."""
    file = write(tmp_path / "spans.jsonl", *({"input": number} for number in range(4)))
    import_(tmp_path, file, "--from-line", "3")
    rest = {row["id"] for row in exported(tmp_path)}

    import_(tmp_path, file)

    assert len(rest) == 2
    assert rest < {row["id"] for row in exported(tmp_path)}


def test_rows_of_an_unknown_project_are_not_lost(tmp_path: Path) -> None:
    """A project that is not there is said before any of its rows is sent, with what to do."""
    project_id = "22222222-2222-4222-8222-222222222222"
    file = write(tmp_path / "rows.jsonl", {"id": "r", "project_id": project_id, "log_id": "g"})

    ended = import_(tmp_path, file)

    assert (ended.status, ended.out) == (1, "")
    assert f"no project with the id '{project_id}'" in ended.err
    assert "With --project NAME all rows go to the project of that name." in ended.err


def test_project_may_be_named_by_its_id(tmp_path: Path) -> None:
    """An id is taken for what it is, and no project of that name is made."""
    project_id = fill(tmp_path, [span("a")])
    file = write(tmp_path / "spans.jsonl", {"input": 1})

    import_(tmp_path, file, "--project", project_id)

    assert len(exported(tmp_path)) == 2


def test_configured_project_gets_what_names_none(tmp_path: Path) -> None:
    """Nested spans go where a program with the same settings would send its own."""
    file = write(tmp_path / "spans.jsonl", {"input": 1})

    run_here(["import", str(file)], tmp_path, environ={"BRAINTRUST_PROJECT": "mine"})

    assert len(exported(tmp_path, "--project", "mine")) == 1


def test_terminal_shows_progress_and_bad_lines(tmp_path: Path) -> None:
    """On a terminal the bad lines stand above the line that shows how far it is."""
    file = write(tmp_path / "spans.jsonl", {"input": 1}, "nonsense")
    environ = {"BRAINTRUST_LOCAL_DIR": str(tmp_path), "TERM": "xterm", "COLUMNS": "300"}
    err = Terminal()
    around = Surroundings(environ, tmp_path, io.StringIO(), err, Clock())

    status = run(["import", str(file)], around)

    assert status == 1
    assert "Importing spans.jsonl" in err.getvalue()
    assert "line 2 is no JSON" in err.getvalue()


def test_store_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    """Rows are not imported into a memory that ends with the command."""
    file = write(tmp_path / "spans.jsonl", {"input": 1})
    (tmp_path / "file").write_text("")

    ended = import_(tmp_path / "file" / "store", file)

    assert (ended.status, ended.out) == (1, "")
    assert len(ended.err.splitlines()) == 1


def test_many_rows_go_in_portions(tmp_path: Path) -> None:
    """A file of any length is imported, several files one after the other."""
    lines = [span(f"{number:04}") for number in range(1_200)]
    first = write(tmp_path / "a.jsonl", *lines[:1_100])
    second = write(tmp_path / "b.jsonl", *lines[1_100:])

    ended = run_here(["import", str(first), str(second), "--project", "p"], tmp_path)

    assert ended.out == "Imported 1200 rows.\n"
    assert len(exported(tmp_path)) == 1_200


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["nowhere.jsonl"], "nowhere.jsonl"),
        ([], "Missing argument"),
        (["--from-line", "2", "{file}", "{file}"], "--from-line goes with one file."),
    ],
)
def test_mistake_is_one_line(arguments: list[str], reason: str, tmp_path: Path) -> None:
    """A wrong command line is said in one line."""
    file = write(tmp_path / "rows.jsonl", {"id": "r"})

    ended = run_here(["import", *(text.format(file=file) for text in arguments)], tmp_path)

    assert ended.status == 2
    assert reason in ended.err
