"""What a write leaves stored: the receiving side of the merge rules."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from braintrust_otel._model.merging import MERGE_PATHS, Fields, Merger, form, is_path, merge_paths

__all__ = ["apply_merge", "is_deleted"]

_ARRAY_DELETE: Final = "_array_delete"
_OBJECT_DELETE: Final = "_object_delete"
_FIXED: Final = ("span_id", "root_span_id", "span_parents")
_NOT_STORED: Final = frozenset(
    {
        "_is_merge",
        MERGE_PATHS,
        _ARRAY_DELETE,
        "_audit_source",
        "_audit_metadata",
        "_async_scoring_control",
        "_skip_async_scoring",
    }
)


def apply_merge(existing: Mapping[str, Any] | None, incoming: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is stored after *incoming* was written over *existing*.

    Without ``_is_merge`` the write replaces the row. With it, it merges: ``_merge_paths`` are
    replaced whole (``["tags"]`` among them turns their union off), ``_array_delete`` takes items
    out of lists afterwards, and who the span is stays as it was. ``_object_delete`` leaves a
    tombstone (``is_deleted``), over which a later write starts anew. Instructions and audit data
    are not part of what is stored.

    Args:
        existing: The stored row, or None; not changed.
        incoming: The write as it arrived; not changed.

    Raises:
        ValueError: An instruction in *incoming* is malformed.
    """
    written = {name: value for name, value in incoming.items() if name not in _NOT_STORED}
    if not incoming.get("_is_merge"):
        return written
    deletions = _checked_instructions(incoming)
    if existing is None or is_deleted(existing):
        stored = written
    else:
        written.pop("_parent_id", None)
        stored = Merger(merge_paths(incoming)).merge(existing, written)
        stored |= {name: existing[name] for name in _FIXED if name in existing}
    for path, items in deletions:
        stored = _changed_at(stored, path, _without(items))
    return stored


def is_deleted(row: Mapping[str, Any]) -> bool:
    """Tell whether *row* is the tombstone of a deleted row."""
    return bool(row.get(_OBJECT_DELETE))


def _checked_instructions(incoming: Mapping[str, Any]) -> list[tuple[list[str], list[object]]]:
    paths = incoming.get(MERGE_PATHS) or []
    if not isinstance(paths, list) or not all(map(is_path, paths)):
        raise ValueError("_merge_paths must be a list of paths, each a list of member names.")
    deletions = incoming.get(_ARRAY_DELETE) or []
    if not isinstance(deletions, list) or not all(map(_is_deletion, deletions)):
        raise ValueError(
            '_array_delete must be a list of objects like {"path": ["tags"], "delete": ["x"]}.'
        )
    return [(deletion["path"], deletion["delete"]) for deletion in deletions]


def _is_deletion(value: object) -> bool:
    return (
        isinstance(value, dict)
        and is_path(value.get("path"))
        and isinstance(value.get("delete"), list)
    )


def _without(items: list[object]) -> Callable[[object], object]:
    unwanted = {form(item) for item in items}

    def remove(value: object) -> object:
        if not isinstance(value, list):
            return value
        return [item for item in value if form(item) not in unwanted]

    return remove


def _changed_at(row: Fields, path: list[str], change: Callable[[object], object]) -> Fields:
    name, *deeper = path
    if name not in row:
        return row
    value = row[name]
    if not deeper:
        return row | {name: change(value)}
    return row | {name: _changed_at(value, deeper, change)} if isinstance(value, dict) else row
