"""`braintrust-otel trace`: one trace as a tree."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from braintrust_otel._json import dumps
from braintrust_otel._settings import store_directory
from braintrust_otel.cli.figures import as_duration, as_local_time, counted
from braintrust_otel.cli.forest import arrange
from braintrust_otel.cli.spans import span_line
from braintrust_otel.cli.stores import find_trace, reading, store_option, where_to_look
from braintrust_otel.cli.surroundings import CommandError, Surroundings, pass_surroundings
from braintrust_otel.cli.texts import clean, inert_json
from braintrust_otel.cli.traces import container_name
from braintrust_otel.cli.tree_view import plain_tree, rich_tree
from braintrust_otel.server.store import Store, TraceSummary
from braintrust_otel.server.store.opening import FILE_NAME

__all__ = ["trace"]


@click.command()
@click.argument("trace_id", metavar="[ID]", required=False)
@click.option("--last", is_flag=True, help="The trace that started last.")
@click.option("--json", "wants_json", is_flag=True, help="One JSON object for each row, complete.")
@store_option
@pass_surroundings
def trace(
    surroundings: Surroundings,
    *,
    trace_id: str | None,
    last: bool,
    wants_json: bool,
    directory: Path | None,
) -> None:
    """Show one trace as a tree.

    ID is the trace's id, or so much of its beginning that no other trace has the same (at least
    six characters).
    """
    if (trace_id is None) is not last:
        raise click.UsageError("Give either the id of a trace, or --last for the newest one.")
    settings = surroundings.settings()
    home = directory or store_directory(settings)
    with reading(home, surroundings) as store:
        found = None if store is None else _chosen(store, trace_id)
        if store is None or found is None:
            raise CommandError(where_to_look(settings, home / FILE_NAME))
        rows, summaries = store.trace_rows(found), store.trace_summaries(found)
    if wants_json:
        for row in rows:
            surroundings.line(inert_json(dumps(row).decode()))
    else:
        _print_tree(rows, _heading(found, summaries), surroundings)


def _chosen(store: Store, trace_id: str | None) -> str | None:
    """Return the id of the trace to show; None when the store is empty."""
    newest = store.recent_traces(limit=1)
    if not newest:
        return None
    return newest[0].trace_id if trace_id is None else find_trace(store, trace_id)


def _heading(trace_id: str, summaries: Sequence[TraceSummary]) -> tuple[str, str]:
    """Return the trace's id and the line about it, which counts what all containers hold."""
    words = [*dict.fromkeys(map(container_name, summaries))]
    words.append(as_local_time(min(summary.start for summary in summaries)))
    durations = [found.duration for found in summaries if found.duration is not None]
    words.append(as_duration(max(durations)) if durations else "open")
    words.append(counted(sum(summary.spans for summary in summaries), "span"))
    tokens = [summary.tokens for summary in summaries if summary.tokens is not None]
    if tokens:
        words.append(counted(sum(tokens), "token"))
    errors = sum(summary.errors for summary in summaries)
    if errors:
        words.append(counted(errors, "error"))
    return clean(trace_id), "  ".join(words)


def _print_tree(
    rows: Sequence[Mapping[str, Any]], heading: tuple[str, str], surroundings: Surroundings
) -> None:
    lines = arrange([span_line(row) for row in rows])
    title, facts = heading
    if not surroundings.is_rich:
        surroundings.line(f"trace {title}  {facts}")
        for line in plain_tree(lines):
            surroundings.line(line)
        return
    from rich.text import Text

    from braintrust_otel.cli.terminal import console

    screen = console(surroundings)
    screen.print(Text.assemble((f"Trace {title}", "bold"), f"  {facts}"), soft_wrap=True)
    screen.print(rich_tree(lines, screen.width))
