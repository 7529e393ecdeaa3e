"""Merging before sending: values, rows, and what a fold tells the store."""

from __future__ import annotations

from functools import reduce
from typing import Any

import pytest

from braintrust_otel._model.merging import MAX_DEPTH, merge_row, merge_values


@pytest.mark.parametrize(
    ("old", "new", "merged"),
    [
        ({"x": {"y": 1}}, {"x": {"z": 2}}, {"x": {"y": 1, "z": 2}}),
        ({"x": {"y": 1}}, {"x": None}, {"x": None}),
        ({"x": 1}, {"x": {"y": 1}}, {"x": {"y": 1}}),
        ([1], [2, 3], [2, 3]),
        ({"a": 1}, "text", "text"),
        ({"tags": ["a"]}, {"tags": ["b"]}, {"tags": ["a", "b"]}),
    ],
)
def test_values_merge(old: object, new: object, merged: object) -> None:
    """Objects merge member by member; otherwise the newer value wins."""
    assert merge_values(old, new) == merged


@pytest.mark.parametrize(
    ("first", "then", "result"),
    [
        ({"metadata": {"x": {"y": 1}}}, {"metadata": {"x": {"z": 2}}}, {"x": {"y": 1, "z": 2}}),
        ({"metadata": {"x": {"y": 1}}}, {"metadata": {"x": None}}, {"x": None}),
        ({"metadata": {"tags": ["a"]}}, {"metadata": {"tags": ["b"]}}, {"tags": ["b"]}),
    ],
)
def test_successive_metadata(first: dict[str, Any], then: dict[str, Any], result: object) -> None:
    """Successive logs of one object accumulate; only top-level tags are united."""
    assert merge_row(first, then)["metadata"] == result


@pytest.mark.parametrize(
    ("first", "then", "united"),
    [
        (["t1"], ["t2", "t1"], ["t1", "t2"]),
        ([{"b": 1, "a": 2}], [{"a": 2, "b": 1}, "x"], [{"b": 1, "a": 2}, "x"]),
        ("text", ["a"], ["a"]),
        (["a"], "text", "text"),
    ],
)
def test_tags_are_united_in_order(first: object, then: object, united: object) -> None:
    """Lists of tags become one, each tag once and in the order of its first appearance."""
    assert merge_row({"tags": first}, {"tags": then}) == {"tags": united}


def test_kept_row_says_who_it_is() -> None:
    """Ids, parents and creation are the kept row's, its lack of them included."""
    kept = {"span_id": "a", "created": "then"}
    new = {"span_id": "b", "root_span_id": "c", "span_parents": ["d"], "created": "now", "x": 1}

    assert merge_row(kept, new) == {"span_id": "a", "created": "then", "x": 1}


def test_replacing_row_stays_one() -> None:
    """Folded into a row that replaces, the result replaces."""
    assert merge_row({"_is_merge": False, "a": 1}, {"_is_merge": True, "b": 2}) == {"a": 1, "b": 2}


def test_merging_row_stays_one() -> None:
    """Folded into a row that merges, the result merges."""
    assert merge_row({"_is_merge": True, "a": 1}, {"_is_merge": True, "b": 2}) == {
        "_is_merge": True,
        "a": 1,
        "b": 2,
    }


def test_object_after_another_value_is_to_replace() -> None:
    """Where an object took the place of something else, the store is told to replace it whole."""
    kept = {"_is_merge": True, "metadata": {"x": 1}, "tags": "t"}
    new = {"_is_merge": True, "metadata": {"x": {"y": 2}}, "tags": ["u"]}

    folded = merge_row(kept, new)

    assert folded["metadata"] == {"x": {"y": 2}}
    assert folded["_merge_paths"] == [["metadata", "x"], ["tags"]]


def test_paths_without_a_value_are_dropped() -> None:
    """A path that does nothing in its own write must not hit the other write's value."""
    kept = {"_is_merge": True, "a": {"b": 1}, "_merge_paths": [["a", "b"], ["c"]]}
    new = {"_is_merge": True, "c": {"d": 2}, "_merge_paths": [["a"], ["c", "d"], ["c", "d", "e"]]}

    assert merge_row(kept, new)["_merge_paths"] == [["a", "b"], ["c", "d"]]


def test_named_paths_are_replaced() -> None:
    """What the newer write names in its paths replaces the kept value, tags too."""
    kept = {"a": {"b": {"c": 1}}, "tags": ["x"]}
    new = {"a": {"b": {"d": 2}}, "tags": ["y"], "_merge_paths": [["a", "b"], ["tags"]]}

    assert merge_row(kept, new) == {"a": {"b": {"d": 2}}, "tags": ["y"]}


@pytest.mark.parametrize("paths", [None, "x", [["a", 1]], [[]], [1]])
def test_what_is_no_path_is_ignored(paths: object) -> None:
    """Malformed paths do not hinder folding; the store refuses them where it matters."""
    kept = {"_is_merge": True, "a": {"b": 1}}

    assert merge_row(kept, {"a": {"c": 2}, "_merge_paths": paths}) == {
        "_is_merge": True,
        "a": {"b": 1, "c": 2},
    }


def test_very_deep_objects_are_replaced() -> None:
    """Below the greatest depth nothing is merged, so that no value exhausts the stack."""
    old, new = nested({"old": 1}, 5 * MAX_DEPTH), nested({"new": 1}, 5 * MAX_DEPTH)

    merged = merge_values(old, new)

    assert leaf(merged) == {"new": 1}


def nested(value: object, depth: int) -> object:
    return reduce(lambda inner, _: {"x": inner}, range(depth), value)


def leaf(value: Any) -> object:
    while "x" in value:
        value = value["x"]
    return value


def test_neither_side_changes() -> None:
    """Folding leaves both rows as they were."""
    kept = {"a": {"b": 1}, "tags": ["x"]}
    new = {"a": {"c": 2}, "tags": ["y"]}

    merge_row(kept, new)

    assert kept == {"a": {"b": 1}, "tags": ["x"]}
    assert new == {"a": {"c": 2}, "tags": ["y"]}
