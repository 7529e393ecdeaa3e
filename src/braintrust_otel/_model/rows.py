"""Rows: the JSON objects that Braintrust stores under an id, and how several merge into one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from braintrust_otel._json import Encoded, decode
from braintrust_otel._model.attachments import markers_in, sealed
from braintrust_otel._model.containers import Container
from braintrust_otel._model.merging import MERGE_PATHS, TAGS, Path, fold, merge_row, merge_values
from braintrust_otel._model.storing import apply_merge, is_deleted

__all__ = [
    "Row",
    "apply_merge",
    "is_deleted",
    "is_joinable",
    "join_fields",
    "join_rows",
    "merge_row",
    "merge_values",
    "opened",
    "stands_alone",
    "with_markers",
]

_LISTS: Final = (TAGS, (MERGE_PATHS,))
_BARRIERS: Final = frozenset(
    {"_array_delete", "_object_delete", "_parent_id", "_audit_source", "_audit_metadata"}
)


@dataclass(slots=True)
class Row:
    """One write to one row.

    Attributes:
        id: The row's id in its container.
        container: Where the row belongs; its id may still be unknown.
        fields: Every other key of the row. Values are JSON-safe Python values, ``Encoded`` text,
            or containers of both.
        is_merge: False replaces what is stored under the id, True merges into it.
        may_join: False keeps the row apart from its neighbours: it is never merged with another
            row for the same id before sending, and they keep their order around it.
    """

    id: str
    container: Container
    fields: Mapping[str, object] = field(default_factory=dict)
    is_merge: bool = False
    may_join: bool = True


def is_joinable(row: Row) -> bool:
    """Tell whether *row* may be joined with its neighbours.

    A row that deletes something, or that the audit log records, is a write of its own: joined, its
    instructions would apply to the neighbour's values, and two audit entries would become one.
    """
    return row.may_join and not stands_alone(row.fields)


def stands_alone(fields: Mapping[str, object]) -> bool:
    """Tell whether a write of *fields* must not be joined with another one."""
    return not _BARRIERS.isdisjoint(fields)


def join_rows(kept: Row, new: Row) -> Row:
    """Join two joinable writes of one row into one that leaves the same stored. Never raises.

    Encoded values are decoded only where both rows have an object, or tags, under one name.
    """
    if not new.is_merge:
        return new
    fields = join_fields(kept.fields, new.fields, is_merge=kept.is_merge)
    return Row(kept.id, kept.container, fields, kept.is_merge, kept.may_join)


def join_fields(
    kept: Mapping[str, object], new: Mapping[str, object], *, is_merge: bool
) -> dict[str, object]:
    """Join the fields of two writes; *is_merge* says whether the first one merges."""
    joined = fold(kept, new, opened, is_merge=is_merge)
    joined.pop("_is_merge", None)
    for name in kept.keys() & new.keys():
        if name in joined:
            joined[name] = with_markers(joined[name], kept[name], new[name])
    return joined


def with_markers(merged: object, old: object, new: object) -> object:
    """Return *merged*, made of *old* and *new*, together with their attachment markers."""
    if merged is new or merged is old:
        return merged
    markers = markers_in(old) + markers_in(new)
    return sealed(merged, markers) if markers else merged


def opened(value: object, path: Path) -> object:
    """Return the object, or the list of tags or paths, that *value* is text of; else *value*."""
    if isinstance(value, Encoded):
        first = value.data[:1]
        if first == b"{" or (first == b"[" and path in _LISTS):
            return decode(value)
    return value
