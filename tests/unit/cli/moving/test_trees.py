"""Nested spans become rows: the same ones each time, with parents, times and names."""

from __future__ import annotations

from typing import Any

import pytest

from braintrust_otel.cli.moving.trees import LineError, is_tree, tree_rows

START = 1_704_916_642.0
TREE = {
    "input": "What is 1+1?",
    "output": "2",
    "expected": None,
    "metadata": {"template": "%s"},
    "name": "run_input",
    "children": [
        {
            "input": [{"role": "user"}],
            "metrics": {"start": START, "end": START + 1, "tokens": 30},
            "name": "Chat Completion",
            "type": "llm",
            "children": [{"name": "deep", "metrics": {"start": START + 2, "end": START + 3}}],
        },
        {"output": "second", "created": "2026-01-01T00:00:00Z"},
    ],
}


def rows(tree: dict[str, Any], created: float | None = None) -> list[dict[str, Any]]:
    return tree_rows(tree, "seed", created)


def test_tree_becomes_rows() -> None:
    """Parents come first; what a span says stands in its row, and nothing where it says nothing."""
    outer, chat, deep, second = rows(TREE)

    assert {key: value for key, value in outer.items() if key not in {"id", "span_id"}} == {
        "root_span_id": outer["root_span_id"],
        "span_parents": None,
        "input": "What is 1+1?",
        "output": "2",
        "metadata": {"template": "%s"},
        "span_attributes": {"name": "run_input", "exec_counter": 1},
        "metrics": {"start": START, "end": START + 3},
        "created": "2024-01-10T19:57:22.000000+00:00",
    }
    assert chat["span_attributes"] == {"name": "Chat Completion", "type": "llm", "exec_counter": 2}
    assert chat["metrics"] == {"start": START, "end": START + 1, "tokens": 30}
    assert second["created"] == "2026-01-01T00:00:00Z"
    assert [row["span_parents"] for row in (chat, deep, second)] == [
        [outer["span_id"]],
        [chat["span_id"]],
        [outer["span_id"]],
    ]
    assert {row["root_span_id"] for row in (chat, deep, second)} == {outer["root_span_id"]}


def test_ids_are_those_of_opentelemetry() -> None:
    """Made ids look like those of all other rows, and differ from each other."""
    found = rows(TREE)

    assert {len(row["root_span_id"]) for row in found} == {32}
    assert {len(row["span_id"]) for row in found} == {16}
    assert len({row["span_id"] for row in found}) == 4
    assert [row["id"] for row in found] == [row["root_span_id"] + row["span_id"] for row in found]


def test_same_tree_gives_same_rows() -> None:
    """Ids hang on the seed and on the place in the tree alone."""
    assert rows(TREE) == rows(TREE)
    assert tree_rows(TREE, "other", None)[0]["id"] != rows(TREE)[0]["id"]


def test_given_ids_stay() -> None:
    """Ids that the file names are kept, and children follow them."""
    tree = {
        "id": "r",
        "span_id": "s",
        "root_span_id": "t",
        "name": "outer",
        "children": [{"name": "a"}, {"name": "b", "span_parents": ["x", "y"]}],
    }

    outer, first, second = rows(tree)

    assert (outer["id"], outer["span_id"]) == ("r", "s")
    assert [row["root_span_id"] for row in (outer, first, second)] == ["t", "t", "t"]
    assert (first["span_parents"], second["span_parents"]) == (["s"], ["x", "y"])


def test_tree_without_times_was_made_when_it_is_said() -> None:
    """No time is invented for a span; only the row's creation gets the one that is given."""
    (row,) = rows({"input": 1}, created=START)

    assert row["created"] == "2024-01-10T19:57:22.000000+00:00"
    assert "metrics" not in row


@pytest.mark.parametrize("created", [None, 1e300])
def test_no_time_is_no_creation(created: float | None) -> None:
    """Without a time that a calendar has, the receiver says when the row was made."""
    assert "created" not in rows({"input": 1}, created)[0]


def test_instructions_are_left_out() -> None:
    """What tells a server how to write, or where to, is not what a span says."""
    (row,) = rows({"input": 1, "_object_delete": True, "project_id": "p", "log_id": "g"})

    assert not {"_object_delete", "project_id", "log_id"} & set(row)


def test_deep_tree_is_no_trouble() -> None:
    """The depth of a tree is bounded by its file, not by the stack."""
    tree: dict[str, Any] = {"name": "deepest"}
    for _ in range(5_000):
        tree = {"children": [tree]}

    assert len(rows(tree)) == 5_001


@pytest.mark.parametrize(
    ("tree", "reason"),
    [
        ({"level": "info"}, "has no id and none of the fields of a span"),
        ({"children": {}, "input": 1}, "has children that are no list"),
        ({"children": [{"children": [5]}]}, r"has a child that is no object \(at children\.0\)"),
        ({"scores": {"a": 2}}, r"cannot be logged: scores\['a'\]"),
        ({"children": [{"tags": "a"}]}, r"cannot be logged \(at children\.0\): tags"),
        ({"name": "a", "span_attributes": [1]}, "has span_attributes that are no object"),
        ({"id": 5, "children": []}, "has no usable id: it is no text"),
        ({"span_id": "", "input": 1}, "has no usable span_id: it is no text, or empty"),
    ],
)
def test_what_is_no_tree_is_refused(tree: dict[str, Any], reason: str) -> None:
    """A tree with one bad span is not imported in part; the reason says where it is."""
    with pytest.raises(LineError, match=reason):
        rows(tree)


@pytest.mark.parametrize(
    ("value", "expected"),
    [({"id": "a"}, False), ({"id": "a", "children": []}, True), ({"input": 1}, True)],
)
def test_trees_are_told_from_rows(value: dict[str, Any], *, expected: bool) -> None:
    """A row has an id and no children."""
    assert is_tree(value) is expected
