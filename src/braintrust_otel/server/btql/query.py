"""What a BTQL query asks, however it was written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from braintrust_otel._model.containers import Container, ContainerKind

__all__ = [
    "TABLES",
    "BtqlError",
    "Column",
    "Expression",
    "Query",
    "Shape",
    "Sort",
    "table",
]

Expression = Mapping[str, Any]
"""A node of the syntax tree as JSON has it: ``{"op": "eq", "left": ..., "right": ...}``."""

Shape = Literal["spans", "traces"]

TABLES: Final = {
    "experiment": ContainerKind.EXPERIMENT,
    "dataset": ContainerKind.DATASET,
    "project_logs": ContainerKind.PROJECT_LOGS,
    "playground_logs": ContainerKind.PLAYGROUND_LOGS,
}


class BtqlError(ValueError):
    """The query cannot be answered; the message says why."""


@dataclass(frozen=True, slots=True)
class Column:
    """One thing that is selected.

    Attributes:
        name: What it is called in the answer.
        expression: What it is.
    """

    name: str
    expression: Expression


@dataclass(frozen=True, slots=True)
class Sort:
    """One key that rows are ordered by.

    Attributes:
        expression: The key.
        is_descending: Whether large keys come first.
    """

    expression: Expression
    is_descending: bool = False


@dataclass(frozen=True, slots=True)
class Query:
    """A query.

    Attributes:
        container: What is read; None for a table that this server keeps nothing in.
        shape: ``spans`` answers with the rows that match, ``traces`` with all rows of their traces.
        columns: What is selected; empty for whole rows.
        where: What a row has to be; None for anything.
        sort: The order; empty for newest first.
        limit: How many rows at most; None for the usual page.
        cursor: What an earlier answer ended with.
    """

    container: Container | None
    shape: Shape = "spans"
    columns: Sequence[Column] = ()
    where: Expression | None = None
    sort: Sequence[Sort] = ()
    limit: int | None = None
    cursor: str | None = None


def table(name: object, arguments: Sequence[object]) -> Container | None:
    """Return the container that ``from: name('id')`` reads.

    Raises:
        BtqlError: There is no such table, or it is not given one id.
    """
    if not isinstance(name, str) or (name not in TABLES and name != "project_prompts"):
        raise BtqlError(f"`from` names no table that is known here; use {', '.join(TABLES)}.")
    if len(arguments) != 1 or not isinstance(arguments[0], str) or not arguments[0]:
        raise BtqlError(f"`from: {name}(...)` takes the id of one {name} (a text).")
    kind = TABLES.get(name)
    return None if kind is None else Container(kind, id=arguments[0])
