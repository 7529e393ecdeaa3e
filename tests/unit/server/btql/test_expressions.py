"""Expressions mean what they mean in SQL, over JSON."""

from __future__ import annotations

from typing import Any

import pytest

from braintrust_otel.server.btql.expressions import check, compute, is_true, sort_key
from braintrust_otel.server.btql.query import BtqlError
from braintrust_otel.server.btql.text import read_text

ROW = {
    "id": "a",
    "input": None,
    "error": "boom",
    "flag": True,
    "tags": ["x", "y"],
    "metadata": {"user": "Ann", "n": 3, "list": [{"k": "v"}], "odd name": 1},
    "metrics": {"start": 1.0, "end": 3.5},
}


def where(text: str) -> Any:
    """Return the filter that *text* says."""
    return read_text(f"from: project_logs('p') | filter: {text}").where


@pytest.mark.parametrize(
    "text",
    [
        "id = 'a'",
        "id != 'b'",
        "id <> 'b'",
        'id = "a"',
        "'a' = id",
        "flag = true",
        "flag",
        "not (flag = false)",
        "not not flag",
        "metadata.user = 'Ann'",
        "metadata.user ilike 'aNN'",
        "metadata.user like 'A%'",
        "metadata.user like '%n'",
        "metadata.user like 'A_n'",
        "metadata.user like '%n%n%'",
        "metadata.user not like '%nnn%'",
        "metadata.user not like 'A%Ann'",
        "metadata.list[0].k = 'v'",
        "metadata.`odd name` = 1",
        'metadata."odd name" = 1',
        "metadata['user'] = 'Ann'",
        "metadata.n >= 3 and metadata.n <= 3 and metadata.n > 2.5 and metadata.n < 1e2",
        "metadata.n in (1, 2, 3)",
        "metadata.n in [3]",
        "metadata.n not in (1, 2)",
        "metadata.n = 3.0",
        "input is null",
        "missing.member IS NULL",
        "error IS NOT NULL",
        "flag is true",
        "error is not 'x'",
        "metrics.end - metrics.start = 2.5",
        "metrics.end - metrics.start - 2 = 0.5",
        "1 + 2 * 3 = 7",
        "(1 + 2) * 3 = 9",
        "-metadata.n = -3",
        "tags includes 'x'",
        "tags includes ['x', 'y']",
        "not tags contains 'z'",
        "id = 'b' or id = 'a'",
        "input = 1 or flag",
        "id = 'a' or id = 'b' and false",
        "missing is null and id = 'a'",
    ],
)
def test_row_is_wanted(text: str) -> None:
    """The filter is true of the row."""
    assert is_true(where(text), ROW)


@pytest.mark.parametrize(
    "text",
    [
        "id = 'b'",
        "input = null",
        "input != 1",
        "not (input = 1)",
        "flag = 1",
        "metadata.user = 3",
        "metadata.user < 3",
        "metadata.user like 'a%'",
        "metadata < 5",
        "metadata.list[1].k = 'v'",
        "metadata.list.k = 'v'",
        "id.deeper = 'v'",
        "tags[0].x = 1",
        "input in (1)",
        "id in []",
        "metadata.n / 0 = 1",
        "id + 1 = 2",
        "-id = 1",
        "input and flag",
        "id",
        "not id",
        "null like 'x'",
        "id includes 'a'",
    ],
)
def test_row_is_not_wanted(text: str) -> None:
    """The filter is false of the row, or unknown, which is no better."""
    assert not is_true(where(text), ROW)


def test_no_filter_wants_everything() -> None:
    """Without a filter every row is wanted."""
    assert is_true(None, ROW)


def test_binary_logic_of_older_trees_is_computed() -> None:
    """Logic may name two sides in place of children."""
    yes, no = {"op": "literal", "value": True}, {"op": "literal", "value": False}

    assert compute(check({"op": "or", "left": no, "right": yes}), ROW) is True
    assert compute(check({"op": "and", "left": no, "right": yes}), ROW) is False


@pytest.mark.parametrize(
    "tree",
    [
        None,
        5,
        {},
        {"op": "match"},
        {"op": ["eq"]},
        {"op": "literal"},
        {"op": "ident"},
        {"op": "ident", "name": []},
        {"op": "ident", "name": [None]},
        {"op": "eq", "left": {"op": "literal", "value": 1}},
        {"op": "isnull"},
        {"op": "and", "children": 5},
        {"op": "and", "children": [{"op": "nope"}]},
    ],
)
def test_what_cannot_be_computed_is_refused(tree: object) -> None:
    """An operator or part that is not known is named before any row is read."""
    with pytest.raises(BtqlError):
        check(tree)


def test_nesting_has_a_limit() -> None:
    """A tree deeper than anything sane is refused, not followed."""
    tree: dict[str, Any] = {"op": "literal", "value": True}
    for _ in range(150):
        tree = {"op": "not", "expr": tree}

    with pytest.raises(BtqlError, match="nested deeper"):
        check(tree)


def test_many_wildcards_take_no_time() -> None:
    """A pattern that would keep a backtracking matcher busy for ever is answered at once."""
    row = {"id": "a" * 5_000}

    assert not is_true(where(f"id like '{'%a' * 50}%b'"), row)


def test_values_of_all_kinds_have_an_order() -> None:
    """Null comes first, then truths, numbers, texts, and whatever else there is."""
    values: list[object] = [{"a": 1}, "b", "a", 2, 1.5, True, None, [1]]

    assert sorted(values, key=sort_key) == [None, True, 1.5, 2, "a", "b", [1], {"a": 1}]
