"""What a request's rows change, decided before the store is locked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from braintrust_otel._model.containers import Container, ContainerKind
from braintrust_otel._model.storing import apply_merge

__all__ = ["Audit", "Change", "RowError", "fold_rows", "is_comment"]

Fields = dict[str, Any]

_CONTAINER_KEYS = (
    ("experiment_id", ContainerKind.EXPERIMENT, None),
    ("dataset_id", ContainerKind.DATASET, None),
    ("prompt_session_id", ContainerKind.PLAYGROUND_LOGS, "x"),
    ("project_id", ContainerKind.PROJECT_LOGS, "g"),
)
_INSTRUCTIONS = ("_is_merge", "_merge_paths", "_array_delete", "_object_delete", "_xact_id")
_AUDIT_KEYS = ("_audit_source", "_audit_metadata")


class RowError(ValueError):
    """A row that cannot be stored; none of its request's rows is.

    Args:
        index: Position of the row in the request, from 0.
        problem: What is wrong with it.
    """

    def __init__(self, index: int, problem: str) -> None:
        super().__init__(f"rows[{index}] {problem}. None of the request's rows was stored.")
        self.index = index


@dataclass(frozen=True, slots=True)
class Audit:
    """Who changed a row, and with which note."""

    source: object
    metadata: object


@dataclass(slots=True)
class Change:
    """Everything that a request does to one row, in order.

    Attributes:
        container: Where the row belongs.
        id: The row's id.
        is_comment: Whether the row is a comment on another one; comments never merge.
        replaces: Whether the outcome is ``row``, whatever is stored; else ``merges`` go into
            what is stored.
        row: The outcome if ``replaces``; None deletes the row.
        merges: Merge rows to apply to what is stored, in order.
        audits: Notes on the writes.
    """

    container: Container
    id: str
    is_comment: bool = False
    replaces: bool = False
    row: Fields | None = None
    merges: list[Fields] = field(default_factory=list)
    audits: list[Audit] = field(default_factory=list)

    def add(self, incoming: Fields) -> None:
        """Put one more write of the row after the others."""
        audit = Audit(*(incoming.get(key) for key in _AUDIT_KEYS))
        if audit.source is not None or audit.metadata is not None:
            self.audits.append(audit)
        if incoming.get("_object_delete") is True:
            self.replaces, self.row = True, None
        elif incoming.get("_is_merge") is not True or self.is_comment:
            self.replaces, self.row = True, _without_instructions(incoming)
        elif self.replaces:
            self.row = _merged(self.row, (incoming,))
        else:
            self.merges.append(incoming)

    def outcome(self, stored: Fields | None) -> Fields | None:
        """Return the row after the change to what is *stored*; None when there is none left."""
        return self.row if self.replaces else _merged(stored, self.merges)


def fold_rows(rows: Sequence[object], kind: type[Change] = Change) -> list[Change]:
    """Return the changes, each a *kind*, that *rows*, applied one after the other, make.

    Raises:
        RowError: A row is no object, has no id, says no container, or merges by instructions
            that cannot be followed.
    """
    # A comment stands apart from a row of the same id; a tombstone is for both.
    changes: dict[tuple[Container, str, bool], Change] = {}
    for index, row in enumerate(rows):
        if not isinstance(row, dict):
            raise RowError(index, f"is no JSON object but {type(row).__name__}")
        container, row_id = _container(index, row), row.get("id")
        if not isinstance(row_id, str) or not row_id:
            raise RowError(index, "has no `id` (a string that is not empty)")
        _check_instructions(index, row)
        if row.get("_object_delete") is True:
            changes.pop((container, row_id, True), None)
        key = (container, row_id, is_comment(row))
        change = changes.get(key)
        if change is None:
            change = changes[key] = kind(container, row_id, is_comment=key[2])
        change.add(row)
    return list(changes.values())


def is_comment(row: Mapping[str, Any]) -> bool:
    """Whether *row* writes a comment on another row, and so is no row of its container."""
    if "comment" not in row or row.get("_object_delete") is True:
        return False
    origin = row.get("origin")
    return isinstance(origin, dict) and isinstance(origin.get("id"), str)


def _container(index: int, row: Fields) -> Container:
    for key, kind, log_id in _CONTAINER_KEYS:
        object_id = row.get(key)
        if object_id is None:
            continue
        if not isinstance(object_id, str) or not object_id:
            raise RowError(index, f"has a `{key}` that is no text")
        if log_id is not None and row.get("log_id", log_id) != log_id:
            raise RowError(index, f"has a `log_id` that is not {log_id!r}")
        return Container(kind, id=object_id)
    keys = ", ".join(f"`{key}`" for key, _, _ in _CONTAINER_KEYS)
    raise RowError(index, f"does not say where it belongs (one of {keys})")


def _check_instructions(index: int, row: Fields) -> None:
    """Try the row's merge instructions now: later, inside the transaction, is too late."""
    if "_merge_paths" in row or "_array_delete" in row:
        try:
            apply_merge(None, row)
        except ValueError as error:
            raise RowError(index, f"has merge instructions that cannot be followed: {error}") from (
                error
            )


def _merged(stored: Fields | None, merges: Iterable[Fields]) -> Fields | None:
    row = stored
    for merge in merges:
        row = apply_merge(row, merge)
    return None if row is None else _without_instructions(row)


def _without_instructions(row: Fields) -> Fields:
    kept = dict(row)
    for key in (*_INSTRUCTIONS, *(() if is_comment(row) else _AUDIT_KEYS)):
        kept.pop(key, None)
    return kept
