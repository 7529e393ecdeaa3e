"""`braintrust-otel export`: a project's rows, or one trace, as JSON lines."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import click

from braintrust_otel._settings import store_directory
from braintrust_otel.cli.figures import counted
from braintrust_otel.cli.stores import find_project, find_trace, reading, store_option
from braintrust_otel.cli.surroundings import CommandError, Surroundings, pass_surroundings
from braintrust_otel.cli.texts import clean

if TYPE_CHECKING:
    from braintrust_otel._runtime.pipeline import Pipeline
    from braintrust_otel._settings import Settings
    from braintrust_otel.cli.moving.outputs import Output
    from braintrust_otel.cli.moving.sources import Source
    from braintrust_otel.server.store import Store

__all__ = ["copy_rows", "export"]


@click.command()
@click.option("--project", metavar="NAME", help="The project whose logs to export (name or id).")
@click.option("--trace", "trace_id", metavar="ID", help="Only this trace.")
@click.option(
    "-o",
    "--output",
    "path",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write to FILE, which appears once it is complete.",
)
@click.option("--resume", is_flag=True, help="Go on with an export to FILE that was interrupted.")
@store_option
@pass_surroundings
def export(  # noqa: PLR0913 - one argument for each option
    surroundings: Surroundings,
    *,
    project: str | None,
    trace_id: str | None,
    path: Path | None,
    resume: bool,
    directory: Path | None,
) -> None:
    """Write rows as JSON lines, newest first.

    They come from where programs with these settings write: Braintrust if there is an API key, else
    the store on this machine; with --dir, from the store there. Rows that are written meanwhile are
    not among them. braintrust-otel import reads the file.
    """
    if resume and path is None:
        raise click.UsageError("--resume needs -o FILE: what was printed cannot be gone on with.")
    from braintrust_otel.cli.moving.connecting import connected, place_for

    settings = surroundings.settings()
    if place_for(settings, directory).is_embedded:
        home = directory or store_directory(settings)
        with reading(home, surroundings) as store:
            if store is None:
                raise CommandError(f"There is no store in {home}, so there is nothing to export.")
            source = _in_store(store, settings, project, trace_id)
            copy_rows(source, path, surroundings, resume=resume)
    else:
        with connected(settings, None, surroundings) as pipeline:
            source = _at_server(pipeline, settings, project, trace_id)
            copy_rows(source, path, surroundings, resume=resume)


def _in_store(
    store: Store, settings: Settings, project: str | None, trace_id: str | None
) -> Source:
    from braintrust_otel._model.containers import project_logs
    from braintrust_otel.cli.moving.sources import StoreRows, StoreTrace

    if trace_id is not None:
        wanted = find_project(store, project).id if project else None
        return StoreTrace(store, find_trace(store, trace_id), wanted)
    wanted = project or settings.project or settings.project_id
    if wanted is not None:
        return StoreRows(store, project_logs(project_id=find_project(store, wanted).id))
    known = store.projects()
    if len(known) != 1:
        names = ", ".join(clean(one.name) for one in known) or "none at all"
        raise CommandError(f"Choose a project with --project. There are: {names}.")
    return StoreRows(store, project_logs(project_id=known[0].id))


def _at_server(
    pipeline: Pipeline, settings: Settings, project: str | None, trace_id: str | None
) -> Source:
    from braintrust_otel.cli.moving.sources import ServerRows, find_server_project

    wanted = project or settings.project or settings.project_id
    if wanted is None:
        raise CommandError("Choose a project with --project (or BRAINTRUST_PROJECT).")
    api, account = pipeline.wire.api, pipeline.wire.account.get()
    container = find_server_project(api, account, wanted)
    return ServerRows(api, account, container.id or "", trace_id)


def copy_rows(
    source: Source, path: Path | None, surroundings: Surroundings, *, resume: bool
) -> None:
    """Write the rows of *source* to the file *path*, or to the answer's stream if that is None.

    Raises:
        CommandError: The file cannot be written, or there is nothing to resume.
    """
    from braintrust_otel.cli.moving.outputs import FileOutput, StreamOutput

    if path is None:
        _write(source, StreamOutput(surroundings), None, surroundings)
        return
    with closing(FileOutput(path, source.key)) as output:
        cursor = None
        if resume:
            cursor = output.resume()
            source.skip(output.exported())
        else:
            output.begin()
        try:
            _write(source, output, cursor, surroundings)
        except BaseException:  # Ctrl-C, too: say how to go on
            if output.can_resume:
                surroundings.say("Interrupted. The same command with --resume goes on from here.")
            raise
    surroundings.line(f"Exported {counted(output.rows, 'row')} to {path}.")


def _write(source: Source, output: Output, cursor: str | None, surroundings: Surroundings) -> None:
    from braintrust_otel.cli.moving.meter import metering

    rows = 0
    with metering(surroundings, "Exporting", None) as meter:
        while True:
            page = source.page(cursor)
            output.write(page.rows, page.cursor)
            rows += len(page.rows)
            meter.show(rows, rows)
            cursor = page.cursor
            if cursor is None:
                break
    output.finish()
