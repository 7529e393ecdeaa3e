"""Laws of merging: what is folded before sending is stored as if it had not been."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from braintrust_otel._json import dumps, encode, loads
from braintrust_otel._model.containers import project_logs
from braintrust_otel._model.merging import merge_row, merge_values
from braintrust_otel._model.rows import Row, join_rows
from braintrust_otel._model.storing import apply_merge

NAMES = st.sampled_from(["a", "b", "tags"])
VALUES = st.recursive(
    st.none()
    | st.integers(0, 2)
    | st.lists(st.sampled_from(["x", "y", "z"]), max_size=3, unique=True),
    lambda inner: st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=6,
)
FIELDS = st.dictionaries(NAMES, VALUES, max_size=3)
PATHS = st.lists(st.lists(NAMES, min_size=1, max_size=3), max_size=2)
OBJECTS_ONLY = st.recursive(
    st.integers(0, 2).map(lambda number: {"leaf": number}),
    lambda inner: st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=6,
)
MERGES = st.builds(
    lambda fields, paths: {
        **fields,
        "_is_merge": True,
        **({"_merge_paths": paths} if paths else {}),
    },
    FIELDS,
    PATHS,
)
REPLACES = FIELDS


def stored(*writes: dict[str, Any], over: dict[str, Any] | None = None) -> dict[str, Any]:
    """Return what is stored after *writes*, one after the other."""
    for write in writes:
        over = apply_merge(over, write)
    return over or {}


@given(over=FIELDS, first=MERGES | REPLACES, then=MERGES)
def test_folding_does_not_change_what_is_stored(
    over: dict[str, Any], first: dict[str, Any], then: dict[str, Any]
) -> None:
    """Two writes folded into one leave the same stored as one after the other."""
    folded = merge_row(first, then)

    assert stored(folded, over=over) == stored(first, then, over=over)


@given(over=FIELDS, first=MERGES | REPLACES, then=MERGES, last=MERGES)
def test_folding_is_associative(
    over: dict[str, Any], first: dict[str, Any], then: dict[str, Any], last: dict[str, Any]
) -> None:
    """It does not matter which neighbours are folded first."""
    left = merge_row(merge_row(first, then), last)
    right = merge_row(first, merge_row(then, last))

    assert stored(left, over=over) == stored(right, over=over)


@given(over=FIELDS, write=MERGES | REPLACES)
def test_storing_twice_is_storing_once(over: dict[str, Any], write: dict[str, Any]) -> None:
    """A write that arrives twice in a row changes nothing the second time."""
    assert stored(write, write, over=over) == stored(write, over=over)


@given(first=VALUES, then=VALUES)
def test_newer_value_is_contained(first: object, then: object) -> None:
    """Merging a value into the result of merging it changes nothing."""
    merged = merge_values(first, then)

    assert merge_values(merged, then) == merged


@given(one=OBJECTS_ONLY, two=OBJECTS_ONLY, three=OBJECTS_ONLY)
def test_merging_objects_is_associative(one: object, two: object, three: object) -> None:
    """Where every inner value is an object, merging values is associative by itself."""
    assert merge_values(merge_values(one, two), three) == merge_values(
        one, merge_values(two, three)
    )


@given(first=FIELDS, then=FIELDS, is_merge=st.booleans(), as_text=st.tuples(*[st.booleans()] * 2))
def test_joining_text_is_joining_values(
    first: dict[str, Any], then: dict[str, Any], is_merge: bool, as_text: tuple[bool, bool]
) -> None:
    """Rows join alike whether their fields are values or text."""
    rows = [
        Row("r", project_logs("x"), encoded(fields) if text else fields, merges)
        for fields, text, merges in zip((first, then), as_text, (is_merge, True), strict=True)
    ]

    joined = join_rows(*rows)

    expected = merge_row({**first, "_is_merge": is_merge}, then)
    expected.pop("_is_merge", None)
    assert loads(dumps(dict(joined.fields))) == expected


def encoded(fields: dict[str, Any]) -> dict[str, object]:
    return {name: encode(value) for name, value in fields.items()}
