"""Lines become row writes."""

from __future__ import annotations

import json
from typing import Any

import pytest

from braintrust_otel._model.containers import Container, ContainerKind, project_logs
from braintrust_otel._model.rows import Row
from braintrust_otel.cli.moving.lines import Line
from braintrust_otel.cli.moving.rows import Importer, LineError

HOME = project_logs("home")
OTHER = project_logs("other")


def line(value: object, number: int = 1, **options: bool) -> Line:
    data = value if isinstance(value, bytes) else json.dumps(value).encode()
    return Line("f", number, data, len(data), **options)


def rows(value: object, target: Container | None = None, **options: bool) -> list[Row]:
    return Importer(target, HOME).rows(line(value, **options))


def test_row_merges_into_what_is_there() -> None:
    """A row keeps its id and fields; what it logged replaces, the rest is merged."""
    value = {"id": "r", "input": {"a": 1}, "scores": {"s": 1}, "span_parents": None}

    assert rows(value) == [
        Row("r", HOME, {**fields(value), "_merge_paths": [["input"]]}, is_merge=True)
    ]


def fields(value: dict[str, Any]) -> dict[str, Any]:
    return {name: member for name, member in value.items() if name != "id"}


def test_what_readers_are_told_is_not_written() -> None:
    """Transaction ids, routing and instructions of an earlier write are no part of the row."""
    extra = {"_xact_id": "1", "is_root": True, "_is_merge": True, "_pagination_key": "p"}

    (row,) = rows({"id": "r", "project_id": "p", "log_id": "g", "tags": ["t"], **extra})

    assert row.fields == {"tags": ["t"]}


@pytest.mark.parametrize(
    ("routing", "kind"),
    [
        ({"project_id": "x", "log_id": "g"}, ContainerKind.PROJECT_LOGS),
        ({"experiment_id": "x", "project_id": "p"}, ContainerKind.EXPERIMENT),
        ({"dataset_id": "x"}, ContainerKind.DATASET),
        ({"prompt_session_id": "x", "log_id": "x"}, ContainerKind.PLAYGROUND_LOGS),
    ],
)
def test_rows_go_back_where_they_came_from(routing: dict[str, str], kind: ContainerKind) -> None:
    """Without a target a row belongs to the container that it names."""
    assert rows({"id": "r", **routing})[0].container == Container(kind, id="x")


def test_target_takes_all_rows() -> None:
    """With a target, what rows say of their container does not count."""
    assert rows({"id": "r", "experiment_id": "x"}, OTHER)[0].container == OTHER
    assert rows({"input": 1, "project_id": "x"}, OTHER)[0].container == OTHER


def test_comments_and_notes_are_writes_of_their_own() -> None:
    """What a reader finds in a row was written beside it, and is written beside it again."""
    comment = {"id": "c", "origin": {"id": "r"}, "comment": {"text": "hey"}, "project_id": "p"}
    note = {"source": "app", "metadata": {"u": 1}, "_xact_id": "5"}

    row, first, second = rows({"id": "r", "comments": [comment], "audit_data": [note]})

    assert row == Row("r", HOME, {}, is_merge=True)
    assert first == Row("c", HOME, {"origin": {"id": "r"}, "comment": {"text": "hey"}})
    audit = {"_audit_source": "app", "_audit_metadata": {"u": 1}}
    assert second == Row("r", HOME, audit, is_merge=True)


@pytest.mark.parametrize("comments", ["text", [], [{"text": "hey"}], [5]])
def test_field_that_is_called_comments_stays(comments: object) -> None:
    """A field of the user's own is kept, whatever its name."""
    (row,) = rows({"id": "r", "comments": comments})

    assert row.fields == {"comments": comments}


def test_list_with_comments_and_more_is_split() -> None:
    """Only what is a comment is taken out of a list."""
    comment = {"id": "c", "origin": {"id": "r"}, "comment": {"text": "hey"}}

    row, _ = rows({"id": "r", "comments": [1, comment]})

    assert row.fields == {"comments": [1]}


@pytest.mark.parametrize(
    ("given", "left"),
    [
        ({"span_id": "r", "root_span_id": "r", "is_root": False}, set()),
        ({"span_id": "s", "root_span_id": "r", "is_root": False}, {"span_id"}),
        ({"span_id": "r", "root_span_id": "r", "is_root": True}, {"span_id", "root_span_id"}),
        ({"span_id": "r", "root_span_id": "r"}, {"span_id", "root_span_id"}),
        (
            {"span_id": "r", "root_span_id": "r", "is_root": False, "span_parents": ["p"]},
            {"span_id", "root_span_id", "span_parents"},
        ),
        (
            {
                "span_id": "r",
                "root_span_id": "r",
                "is_root": False,
                "span_attributes": {"type": "log"},
            },
            {"span_id", "root_span_id", "span_attributes"},
        ),
    ],
)
def test_invented_span_ids_are_left_out(given: dict[str, Any], left: set[str]) -> None:
    """A row that is no span does not become one by being exported."""
    (row,) = rows({"id": "r", **given})

    assert set(row.fields) == left


def test_trees_are_told_apart_by_file_line_and_content() -> None:
    """The same tree on another line is another trace; on the same line it is the same one."""
    importer = Importer(None, HOME)
    tree = {"input": 1}

    first, again, other = (importer.rows(line(tree, number))[0].id for number in (1, 1, 2))

    assert first == again
    assert first != other


@pytest.mark.parametrize(
    "data", [b'{"id": "r", "input": NaN}', b'\xef\xbb\xbf{"id": "r", "input": null}']
)
def test_nearly_json_is_read(data: bytes) -> None:
    """What common programs write is forgiven: NaN, and a byte order mark."""
    assert rows(data)[0].fields["input"] is None


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (b"{", "is no JSON"),
        (b'{"a": "\xff"}', "is no UTF-8 text"),
        ([1], "is no JSON object"),
        ({"id": 5}, "has an id that is no text, or empty"),
        ({"id": ""}, "has an id that is no text, or empty"),
        ({"id": "r", "_object_delete": True}, "would delete a row"),
    ],
)
def test_bad_line_is_refused(value: object, reason: str) -> None:
    """What cannot be imported is said in words that follow the line's number."""
    with pytest.raises(LineError, match=reason):
        rows(value)


def test_long_line_is_refused() -> None:
    """A line of which only a part was read is not looked at."""
    with pytest.raises(LineError, match="is too long"):
        rows({"id": "r"}, is_too_long=True)


def test_cut_file_is_recognised() -> None:
    """The reason says when a bad line is where the file ends without a line end."""
    with pytest.raises(LineError, match="and the file ends in the middle of it"):
        rows(b'{"id": "r', is_last=True)
