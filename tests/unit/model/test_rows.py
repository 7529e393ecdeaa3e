"""Joining rows before sending, with text that is decoded only where it must be."""

from __future__ import annotations

from typing import Any

import pytest

from braintrust_otel._json import Encoded, Marker, decode, dumps, encode, loads
from braintrust_otel._model.attachments import markers_in, sealed
from braintrust_otel._model.containers import project_logs
from braintrust_otel._model.rows import Row, is_joinable, join_rows

LOGS = project_logs("demo")


class File(Marker):
    def __init__(self, key: str) -> None:
        self._key = key

    @property
    def reference(self) -> dict[str, object]:
        return {"type": "braintrust_attachment", "key": self._key}


def first(**fields: object) -> Row:
    return Row("r", LOGS, fields)


def later(**fields: object) -> Row:
    return Row("r", LOGS, fields, is_merge=True)


def plain(row: Row) -> Any:
    return loads(dumps(dict(row.fields)))


def test_replacing_row_wins() -> None:
    """A row that replaces makes what was before it pointless."""
    new = first(output=2)

    assert join_rows(first(input=1), new) is new


def test_untouched_text_stays_text() -> None:
    """Text that only one side has, or that the other side replaces, is passed on as it is."""
    before, after, only = encode({"a": 1}), encode("x"), encode([1])

    joined = join_rows(first(input=only, output=before), later(output=after))

    assert joined.fields["input"] is only
    assert joined.fields["output"] is after


def test_objects_are_merged_through_text() -> None:
    """Objects merge whichever side holds them as text, at any depth; lists are replaced."""
    kept = first(metadata={"a": encode({"b": 1}), "l": encode([1])}, metrics=encode({"start": 1}))
    new = later(metadata=encode({"a": {"c": 2}, "l": [2]}), metrics={"end": 2})

    assert plain(join_rows(kept, new)) == {
        "metadata": {"a": {"b": 1, "c": 2}, "l": [2]},
        "metrics": {"start": 1, "end": 2},
    }


def test_tags_are_united_through_text() -> None:
    """Tags are united though they are text."""
    joined = join_rows(first(tags=encode(["a"])), later(tags=encode(["b", "a"])))

    assert joined.fields["tags"] == ["a", "b"]


def test_joined_row_is_what_the_kept_row_is() -> None:
    """Id, container and whether it merges are the kept row's."""
    kept = Row("r", LOGS, {"a": 1}, is_merge=True)

    joined = join_rows(kept, Row("r", project_logs("other"), {"b": 2}, is_merge=True))

    assert joined == Row("r", LOGS, {"a": 1, "b": 2}, is_merge=True)


def test_conflict_is_told_to_the_store() -> None:
    """Text of an object over another value is to be replaced whole where the row ends up."""
    joined = join_rows(later(output=encode(1)), later(output=encode({"a": 1})))

    assert joined.fields["_merge_paths"] == [["output"]]


def test_paths_may_be_text() -> None:
    """Paths that were logged as text are followed."""
    joined = join_rows(
        later(output={"a": {"b": 1}}),
        later(output=encode({"a": {"c": 2}}), _merge_paths=encode([["output", "a"]])),
    )

    assert plain(joined) == {"output": {"a": {"c": 2}}, "_merge_paths": [["output", "a"]]}


def test_paths_end_with_a_replacing_row() -> None:
    """Joined into a row that replaces, paths have nothing left to say."""
    kept = first(output={"a": 1}, _merge_paths=[["output"]])

    assert plain(join_rows(kept, later(output={"b": 2}, _merge_paths=[["output"]]))) == {
        "output": {"b": 2}
    }


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (later(output=1), True),
        (Row("r", LOGS, {}, is_merge=True, may_join=False), False),
        (later(_array_delete=[]), False),
        (later(_object_delete=True), False),
        (later(_audit_source="app"), False),
    ],
)
def test_some_writes_stand_alone(row: Row, expected: bool) -> None:
    """Deletions and audited writes are not joined with others."""
    assert is_joinable(row) is expected


def test_attachments_survive_a_merge() -> None:
    """The markers of both sides stay with the merged value, as far as it still holds them."""
    gone, stays, added = File("1"), File("2"), File("3")
    kept = first(input=encode({"x": gone, "y": stays}))

    merged = join_rows(kept, later(input=encode({"x": added}))).fields["input"]

    assert isinstance(merged, Encoded)
    assert merged.markers == (stays, added)
    assert decode(merged) == {"x": added.reference, "y": stays.reference}


def test_markers_are_found_at_any_depth() -> None:
    """Markers of text inside plain values are found, in order."""
    one, two = File("1"), File("2")

    assert markers_in({"a": [encode(one), 1], "b": {"c": encode([two])}}) == (one, two)


def test_sealing_keeps_each_marker_once() -> None:
    """A marker that a value holds twice is kept once, in lists too."""
    one = File("1")

    assert sealed([one.reference, one.reference], [one, one]).markers == (one,)


def test_sealing_without_markers_only_encodes() -> None:
    """A value without markers is just encoded."""
    assert sealed({"a": 1}, ()) == encode({"a": 1})
