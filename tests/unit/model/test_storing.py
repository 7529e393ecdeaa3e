"""What a write leaves stored."""

from __future__ import annotations

from typing import Any

import pytest

from braintrust_otel._model.storing import apply_merge, is_deleted

STORED = {"id": "r", "span_id": "a", "span_parents": None, "metadata": {"x": 1}, "tags": ["t"]}


def test_first_write_is_stored() -> None:
    """A first write is stored as it is, without its instructions and audit data."""
    write = {
        "id": "r",
        "input": 1,
        "_is_merge": True,
        "_merge_paths": [["input"]],
        "_audit_source": "app",
        "_audit_metadata": {"u": 1},
        "_skip_async_scoring": True,
        "_xact_id": "7",
    }

    assert apply_merge(None, write) == {"id": "r", "input": 1, "_xact_id": "7"}


@pytest.mark.parametrize("flag", [{}, {"_is_merge": False}])
def test_write_without_merge_replaces(flag: dict[str, Any]) -> None:
    """Without the merge flag nothing of the stored row remains."""
    assert apply_merge(STORED, {"id": "r", "input": 1, **flag}) == {"id": "r", "input": 1}


def test_merge_keeps_who_the_span_is() -> None:
    """A merge adds fields, and leaves span ids and parents as they were, null included."""
    write = {"_is_merge": True, "span_id": "b", "span_parents": ["c"], "_parent_id": "d", "x": 2}

    assert apply_merge(STORED, write) == {**STORED, "x": 2}


def test_documented_example_of_merge_paths() -> None:
    """The example from the API's documentation gives the documented result."""
    stored = {"input": {"a": {"b": 10}, "c": {"d": 20}}, "output": {"a": 20}}
    write = {
        "_is_merge": True,
        "_merge_paths": [["input", "a"], ["output"]],
        "input": {"a": {"q": 30}, "c": {"e": 30}, "bar": "baz"},
        "output": {"d": 40},
    }

    assert apply_merge(stored, write) == {
        "input": {"a": {"q": 30}, "c": {"d": 20, "e": 30}, "bar": "baz"},
        "output": {"d": 40},
    }


def test_tags_are_united_unless_named() -> None:
    """Tags are united; naming them in the paths replaces them."""
    write = {"_is_merge": True, "tags": ["u", "t"]}

    assert apply_merge(STORED, write)["tags"] == ["t", "u"]
    assert apply_merge(STORED, {**write, "_merge_paths": [["tags"]]})["tags"] == ["u", "t"]


@pytest.mark.parametrize(
    ("path", "delete", "stored"),
    [
        (["tags"], ["a", "z"], {"tags": ["b"], "m": {"l": [1, {"x": 1}]}}),
        (["m", "l"], [{"x": 1}], {"tags": ["a", "b"], "m": {"l": [1]}}),
        (["m"], ["l"], {"tags": ["a", "b"], "m": {"l": [1, {"x": 1}]}}),
        (["tags", "x"], ["a"], {"tags": ["a", "b"], "m": {"l": [1, {"x": 1}]}}),
        (["absent"], ["a"], {"tags": ["a", "b"], "m": {"l": [1, {"x": 1}]}}),
    ],
)
def test_items_are_deleted(path: list[str], delete: list[Any], stored: dict[str, Any]) -> None:
    """Items are taken out of the list at a path; where no list is, nothing happens."""
    row = {"tags": ["a", "b"], "m": {"l": [1, {"x": 1}]}}
    write = {"_is_merge": True, "_array_delete": [{"path": path, "delete": delete}]}

    assert apply_merge(row, write) == stored
    assert row == {"tags": ["a", "b"], "m": {"l": [1, {"x": 1}]}}


def test_deletion_leaves_a_tombstone() -> None:
    """A deleted row is one that says so, and a later merge starts anew over it."""
    tombstone = apply_merge(STORED, {"id": "r", "_object_delete": True})

    assert is_deleted(tombstone)
    assert not is_deleted(STORED)
    assert apply_merge(tombstone, {"id": "r", "_is_merge": True, "x": 1}) == {"id": "r", "x": 1}


@pytest.mark.parametrize(
    ("instructions", "name"),
    [
        ({"_merge_paths": "input"}, "_merge_paths"),
        ({"_merge_paths": [["a", 1]]}, "_merge_paths"),
        ({"_merge_paths": [[]]}, "_merge_paths"),
        ({"_array_delete": {"path": ["a"], "delete": []}}, "_array_delete"),
        ({"_array_delete": [["a"]]}, "_array_delete"),
        ({"_array_delete": [{"path": "a", "delete": []}]}, "_array_delete"),
        ({"_array_delete": [{"path": ["a"], "delete": "x"}]}, "_array_delete"),
    ],
)
def test_malformed_instructions_are_refused(instructions: dict[str, Any], name: str) -> None:
    """A merge whose instructions cannot be followed is refused, and the error names them."""
    with pytest.raises(ValueError, match=name):
        apply_merge(STORED, {"_is_merge": True, **instructions})
