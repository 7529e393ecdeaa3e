"""Rows: the JSON objects that Braintrust stores under an id, and how several merge into one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from braintrust_otel._model.containers import Container

__all__ = ["Row"]


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
