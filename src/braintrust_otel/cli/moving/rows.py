"""Turns a line of an imported file into row writes: a row as exported, or a nested span."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

from braintrust_otel._json import decode, encode_text, loads
from braintrust_otel._model.containers import ROUTING_KEYS, Container, routed_container
from braintrust_otel._model.merging import MERGE_PATHS
from braintrust_otel._model.rows import Row
from braintrust_otel.cli.moving.lines import Line
from braintrust_otel.cli.moving.trees import LineError, is_tree, tree_rows

__all__ = ["Importer", "LineError"]

Fields = dict[str, Any]

# What a reader is told, and what told a writer how to write: neither is part of the row itself.
_NOT_KEPT = ROUTING_KEYS | {
    "id",
    "is_root",
    "_xact_id",
    "_pagination_key",
    "_is_merge",
    MERGE_PATHS,
    "_array_delete",
    "_object_delete",
}
_WHOLE = ("input", "output", "expected")
"""Fields that a line replaces as they are; the others are merged into what is there."""


class Importer:
    """Reads lines. The same line of the same file always becomes the same rows.

    Rows are written as merges: what was added to one after it was exported, feedback for instance,
    stays.

    Args:
        target: Where all rows go; None sends each back to where it came from.
        default: Where rows go that say nothing about that.
        created: Seconds since the epoch that rows without any time are said to be made at.
    """

    def __init__(
        self, target: Container | None, default: Container, created: float | None = None
    ) -> None:
        self._target = target
        self._default = default
        self._created = created

    def rows(self, line: Line) -> list[Row]:
        """Return the writes that *line* stands for, in order.

        Raises:
            LineError: It cannot be imported; the text says why.
        """
        value = _object_in(line)
        container = self._target or routed_container(value) or self._default
        if not is_tree(value):
            return list(_writes(value, container))
        digest = hashlib.sha256(line.data).hexdigest()
        seed = f"{line.file}\n{line.number}\n{digest}"
        return [_row(fields, container) for fields in tree_rows(value, seed, self._created)]


def _object_in(line: Line) -> Fields:
    if line.is_too_long:
        raise LineError("is too long")
    try:
        value: object = loads(line.data)
    except ValueError as error:
        value = _lenient(line, error)
    if not isinstance(value, dict):
        raise LineError("is no JSON object")
    return value


def _lenient(line: Line, error: ValueError) -> object:
    """Return the value of a line that is nearly JSON: some programs write NaN, or a mark first."""
    cut = ", and the file ends in the middle of it" if line.is_last else ""
    try:
        line.data.decode()
    except UnicodeDecodeError:
        raise LineError(f"is no UTF-8 text{cut}") from error
    text = encode_text(line.data)
    if text is None:
        raise LineError(f"is no JSON{cut} ({error})") from error
    return decode(text)


def _writes(value: Fields, container: Container) -> Iterator[Row]:
    """Yield the row itself, then its comments and the notes of who changed it."""
    own_id = value["id"]
    if not isinstance(own_id, str) or not own_id:
        raise LineError("has an id that is no text, or empty")
    if value.get("_object_delete"):
        raise LineError("would delete a row, which is nothing to import")
    fields = dict(value)
    comments, fields = _taken_out("comments", fields, _is_comment)
    notes, fields = _taken_out("audit_data", fields, _is_note)
    yield _row(_without_invented_ids(fields), container)
    for comment in comments:
        yield Row(comment["id"], container, _kept(comment), is_merge=False)
    for note in notes:
        audit = {"_audit_source": note.get("source"), "_audit_metadata": note.get("metadata")}
        yield Row(own_id, container, audit, is_merge=True)


def _row(fields: Fields, container: Container) -> Row:
    kept = _kept(fields)
    paths = [[name] for name in _WHOLE if name in kept]
    if paths:
        kept[MERGE_PATHS] = paths
    return Row(fields["id"], container, kept, is_merge=True)


def _kept(fields: Fields) -> Fields:
    return {name: value for name, value in fields.items() if name not in _NOT_KEPT}


def _taken_out(name: str, fields: Fields, wanted: Any) -> tuple[list[Fields], Fields]:
    """Return the members of a list that are *wanted*, and the fields without them."""
    members = fields.get(name)
    if not isinstance(members, list):
        return [], fields
    found = [member for member in members if wanted(member)]
    left = [member for member in members if not wanted(member)]
    if found and left:
        return found, {**fields, name: left}
    if found:
        return found, {key: value for key, value in fields.items() if key != name}
    return [], fields


def _is_comment(member: object) -> bool:
    if not isinstance(member, dict) or "comment" not in member:
        return False
    origin = member.get("origin")
    return isinstance(member.get("id"), str) and isinstance(origin, dict)


def _is_note(member: object) -> bool:
    return isinstance(member, dict) and not {"source", "metadata"}.isdisjoint(member)


def _without_invented_ids(fields: Fields) -> Fields:
    """Take out span ids that a row had not, but its reader was given, because some expect them."""
    attributes = fields.get("span_attributes")
    is_log = isinstance(attributes, dict) and attributes.get("type") == "log"
    is_invented = (
        fields.get("is_root") is False
        and fields.get("root_span_id") == fields["id"]
        and not fields.get("span_parents")
        and not is_log
    )
    if not is_invented:
        return fields
    invented = (
        {"root_span_id"}
        if fields.get("span_id") != fields["id"]
        else {
            "root_span_id",
            "span_id",
        }
    )
    return {name: value for name, value in fields.items() if name not in invented}
