"""`braintrust-otel traces`: the recent traces of the store, one line each."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal, NamedTuple

import click

from braintrust_otel._settings import store_directory
from braintrust_otel.cli.figures import as_count, as_duration, as_local_time
from braintrust_otel.cli.stores import find_project, reading, store_option, where_to_look
from braintrust_otel.cli.surroundings import Surroundings, pass_surroundings
from braintrust_otel.cli.texts import clean, inert_json
from braintrust_otel.server.store import TraceSummary
from braintrust_otel.server.store.opening import FILE_NAME

__all__ = ["as_json", "container_name", "traces"]

MAX_NAME = 60
MAX_ID = 12
SHORT_ID = 12
"""Characters of a trace id that text has where they tell the traces apart."""

SHORTEST_ID = 8
"""The same on a terminal, whose lines are short."""


class _Column(NamedTuple):
    head: str
    value: Callable[[TraceSummary], str]
    is_number: bool = False
    may_shrink: bool = False
    is_alarming: bool = False


@click.command()
@click.option("--project", metavar="NAME", help="Only the logs of this project (name or id).")
@click.option(
    "--limit",
    metavar="N",
    type=click.IntRange(min=1, max=1_000_000),
    default=20,
    show_default=True,
    help="How many traces.",
)
@click.option("--json", "wants_json", is_flag=True, help="One JSON object for each trace.")
@store_option
@pass_surroundings
def traces(
    surroundings: Surroundings,
    *,
    project: str | None,
    limit: int,
    wants_json: bool,
    directory: Path | None,
) -> None:
    """List the recent traces, newest first.

    The beginning of an id is enough for: braintrust-otel trace ID
    """
    settings = surroundings.settings()
    home = directory or store_directory(settings)
    with reading(home, surroundings) as store:
        project_id = find_project(store, project).id if store and project else None
        found = store.recent_traces(project_id, limit) if store else []
    if not found:
        surroundings.say(where_to_look(settings, home / FILE_NAME))
    elif wants_json:
        for summary in found:
            surroundings.line(inert_json(json.dumps(as_json(summary), ensure_ascii=False)))
    elif surroundings.is_rich:
        _print_table(found, surroundings)
    else:
        _print_text(found, surroundings)


def as_json(summary: TraceSummary) -> dict[str, object]:
    """Return *summary* as a JSON object; durations in seconds, times in seconds since the epoch."""
    return {
        "trace_id": summary.trace_id,
        "name": summary.name,
        "project": summary.project_name,
        "container": summary.container.kind.name.lower(),
        "container_id": summary.container.id,
        "start": summary.start,
        "duration": None if summary.duration is None else round(summary.duration, 6),
        "tokens": _whole(summary.tokens),
        "spans": summary.spans,
        "errors": summary.errors,
    }


def _whole(value: float | None) -> float | None:
    return int(value) if value is not None and value == int(value) else value


def container_name(summary: TraceSummary) -> str:
    """Return what the rows of a trace belong to, as people call it."""
    if summary.project_name is not None:
        return clean(summary.project_name, MAX_NAME)
    kind = summary.container.kind.name.lower().replace("_", " ")
    return f"{kind} {clean(summary.container.id, MAX_ID)}"


def _columns(id_chars: int, time_form: str) -> Sequence[_Column]:
    return (
        _Column("TIME", lambda trace: as_local_time(trace.start, time_form)),
        _Column("TRACE", lambda trace: clean(trace.trace_id[:id_chars])),
        _Column("DURATION", lambda trace: as_duration(trace.duration), is_number=True),
        _Column("TOKENS", lambda trace: as_count(trace.tokens), is_number=True),
        _Column("SPANS", lambda trace: str(trace.spans), is_number=True),
        _Column("ERRORS", lambda trace: str(trace.errors), is_number=True, is_alarming=True),
        _Column("PROJECT", container_name, may_shrink=True),
        _Column("NAME", _name, may_shrink=True),
    )


def _name(trace: TraceSummary) -> str:
    return clean(trace.name or "", MAX_NAME) or "(no name)"


def _id_chars(found: Sequence[TraceSummary], least: int) -> int:
    """Return how many characters of the ids tell the traces in *found* apart; *least* or more."""
    ids = {trace.trace_id for trace in found}
    longest = max(map(len, ids))
    while least < longest and len({trace_id[:least] for trace_id in ids}) < len(ids):
        least += 1
    return least


def _print_text(found: Sequence[TraceSummary], surroundings: Surroundings) -> None:
    from rich.cells import cell_len

    columns = _columns(_id_chars(found, SHORT_ID), "%Y-%m-%d %H:%M:%S")
    table = [[column.head for column in columns]]
    table += [[column.value(trace) for column in columns] for trace in found]
    widths = [max(map(cell_len, cells)) for cells in zip(*table, strict=True)]
    for cells in table:
        shown = []
        for column, cell, width in zip(columns, cells, widths, strict=True):
            blanks = " " * (width - cell_len(cell))
            shown.append(blanks + cell if column.is_number else cell + blanks)
        surroundings.line("  ".join(shown).rstrip())


def _print_table(found: Sequence[TraceSummary], surroundings: Surroundings) -> None:
    from rich.table import Table

    from braintrust_otel.cli.terminal import cell, console

    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    has_errors = any(trace.errors for trace in found)
    columns = [
        column
        for column in _columns(_id_chars(found, SHORTEST_ID), "%m-%d %H:%M:%S")
        if has_errors or not column.is_alarming
    ]
    for column in columns:
        # Columns that may wrap are the ones that rich makes narrower; their cells are cut instead.
        justify: Literal["left", "right"] = "right" if column.is_number else "left"
        table.add_column(column.head.capitalize(), justify=justify, no_wrap=not column.may_shrink)
    for trace in found:
        table.add_row(
            *(
                cell(column.value(trace), "red" if column.is_alarming and trace.errors else "")
                for column in columns
            )
        )
    console(surroundings).print(table)
