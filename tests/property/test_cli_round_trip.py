"""Laws of moving rows: what is exported and imported is the same."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from support.command_line import fill, run_here

ADDED = ("_xact_id", "project_id")

texts = st.text(max_size=8)
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats(allow_nan=False) | texts,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(texts, inner, max_size=2),
    max_leaves=6,
)
ids = st.sampled_from(["a", "b", "c"])
spans = st.fixed_dictionaries(
    {"id": ids},
    optional={
        "input": values,
        "output": values,
        "error": values,
        "metadata": values,
        "metrics": values | st.dictionaries(st.sampled_from(["start", "end", "tokens"]), values),
        "tags": st.lists(texts, max_size=3),
        "root_span_id": st.sampled_from(["a", "b", "t"]),
        "span_id": st.sampled_from(["a", "b", "s"]),
        "span_parents": st.none() | st.lists(texts, max_size=2),
        "span_attributes": values | st.just({"type": "log"}),
        "created": st.just("2026-11-22T03:13:39+00:00"),
        "own": values,
        "_is_merge": st.booleans(),
        "_audit_source": st.sampled_from(["app", "api"]),
        "_audit_metadata": st.dictionaries(texts, values, max_size=1),
    },
)
comments = st.fixed_dictionaries(
    {
        "id": st.sampled_from(["x", "y"]),
        "origin": ids.map(lambda row_id: {"id": row_id}),
        "comment": st.fixed_dictionaries({"text": texts}),
    }
)
writes = st.lists(spans | comments, max_size=6)
trees = st.recursive(
    st.fixed_dictionaries({"input": values}, optional={"name": texts, "output": values}),
    lambda inner: st.fixed_dictionaries(
        {"children": st.lists(inner, max_size=3)},
        optional={"name": texts, "metrics": st.just({"start": 1.0, "end": 2.0}), "output": values},
    ),
    max_leaves=6,
)


def exported(store: Path, path: Path) -> dict[str, Any]:
    """Export the rows of *store* and return them by id, without what the store decides."""
    run_here(["export", "--project", "weather", "-o", str(path)], store)
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line]
    return {row["id"]: without_ids(row) for row in rows}


def without_ids(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: without_ids(value[name]) for name in value if name not in ADDED}
    return [without_ids(item) for item in value] if isinstance(value, list) else value


@settings(max_examples=20, deadline=None)  # each makes two stores
@given(writes)
def test_import_restores_what_was_exported(rows: list[dict[str, Any]]) -> None:
    """An empty store that imports an export holds equal rows, comments and notes included."""
    with tempfile.TemporaryDirectory() as directory:
        home = Path(directory)
        here, there, file = home / "here", home / "there", home / "rows.jsonl"
        fill(here, rows)
        before = exported(here, file)

        ended = run_here(["import", str(file), "--project", "weather"], there)

        fill(there, [])
        assert (ended.status, ended.err) == (0, "")
        assert exported(there, home / "again.jsonl") == before


@settings(max_examples=20, deadline=None)  # each makes a store
@given(st.lists(trees, max_size=3))
def test_importing_trees_twice_is_importing_them_once(lines: list[dict[str, Any]]) -> None:
    """A second import of a file of nested spans leaves the store as it was."""
    with tempfile.TemporaryDirectory() as directory:
        home = Path(directory)
        file = home / "spans.jsonl"
        file.write_text("".join(json.dumps(line) + "\n" for line in lines))
        arguments = ["import", str(file), "--project", "weather"]

        run_here(arguments, home / "store")
        once = exported_or_nothing(home)
        run_here(arguments, home / "store")

        assert exported_or_nothing(home) == once
        assert len(once) == sum(map(spans_in, lines))


def exported_or_nothing(home: Path) -> dict[str, Any]:
    fill(home / "store", [])
    return exported(home / "store", home / "out.jsonl")


def spans_in(tree: dict[str, Any]) -> int:
    return 1 + sum(map(spans_in, tree.get("children", [])))
