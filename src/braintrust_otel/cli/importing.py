"""`braintrust-otel import`: rows and nested spans from files of JSON lines."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import click

from braintrust_otel.cli.figures import counted
from braintrust_otel.cli.stores import store_option
from braintrust_otel.cli.surroundings import CommandError, Surroundings, pass_surroundings

if TYPE_CHECKING:
    from braintrust_otel._model.containers import Container
    from braintrust_otel._runtime.pipeline import Pipeline
    from braintrust_otel._settings import Settings
    from braintrust_otel.cli.moving.delivery import Delivery
    from braintrust_otel.cli.moving.meter import Meter
    from braintrust_otel.cli.moving.rejects import Rejects

__all__ = ["import_"]

_DEFAULT_PROJECT = "Global"


@click.command("import")
@click.argument(
    "files",
    metavar="FILE...",
    nargs=-1,
    required=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
)
@click.option("--project", metavar="NAME", help="Put all rows into this project (name or id).")
@click.option(
    "--from-line",
    metavar="N",
    type=click.IntRange(min=1),
    default=1,
    help="Begin at this line of the (only) file.",
)
@click.option(
    "--rejects",
    "rejects_path",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Where lines go that cannot be imported; default is beside the first file.",
)
@store_option
@pass_surroundings
@click.pass_context
def import_(  # noqa: PLR0913 - one argument for each option
    context: click.Context,
    surroundings: Surroundings,
    *,
    files: Sequence[Path],
    project: str | None,
    from_line: int,
    rejects_path: Path | None,
    directory: Path | None,
) -> None:
    """Read rows and nested spans from files of JSON lines.

    A line is a row as braintrust-otel export writes it, or a span with its children in it. Rows go
    to where programs with these settings write: Braintrust if there is an API key, else the store
    on this machine; with --dir, to the store there. Importing a file again changes nothing. Lines
    that cannot be imported are kept in a file with the reason, and the exit status is then 1.
    """
    if from_line > 1 and len(files) > 1:
        raise click.UsageError("--from-line goes with one file.")
    from braintrust_otel.cli.moving.connecting import connected
    from braintrust_otel.cli.moving.delivery import Delivery
    from braintrust_otel.cli.moving.rejects import Rejects

    settings = surroundings.settings()
    beside = files[0].with_name(f"{files[0].name}.rejected.jsonl")
    with closing(Rejects(rejects_path or beside, continues=from_line > 1)) as rejects:
        delivery = Delivery(rejects)
        with connected(settings, directory, surroundings, delivery.refused) as pipeline:
            target = None if project is None else _project(project)
            reader = _Reader(pipeline, delivery, rejects, target, _default(settings))
            for file in files:
                reader.read(file, from_line, surroundings)
    surroundings.line(f"Imported {counted(delivery.rows, 'row')}.")
    if rejects.count:
        lines = counted(rejects.count, "line")
        surroundings.say(f"{lines} left out; {rejects.path} has them with the reasons.")
        context.exit(1)


def _project(wanted: str) -> Container:
    from braintrust_otel._model.containers import project_logs
    from braintrust_otel._model.ids import is_uuid

    return project_logs(None, wanted) if is_uuid(wanted) else project_logs(wanted)


def _default(settings: Settings) -> Container:
    """Return where rows go that name no container: where ``init_logger()`` would send them."""
    from braintrust_otel._model.containers import project_logs

    if settings.project or settings.project_id:
        return project_logs(settings.project, settings.project_id)
    return project_logs(_DEFAULT_PROJECT)


class _Reader:
    """Reads files into a pipeline."""

    def __init__(
        self,
        pipeline: Pipeline,
        delivery: Delivery,
        rejects: Rejects,
        target: Container | None,
        default: Container,
    ) -> None:
        self._pipeline = pipeline
        self._delivery = delivery
        self._rejects = rejects
        self._target = target
        self._default = default

    def read(self, file: Path, first: int, surroundings: Surroundings) -> None:
        """Import *file* from the line number *first* on.

        Raises:
            CommandError: It cannot be read, or its rows cannot be delivered.
        """
        from braintrust_otel.cli.moving.meter import metering

        self._delivery.line = first - 1
        try:
            with file.open("rb") as stream:
                size = file.stat().st_size
                with metering(surroundings, f"Importing {file.name}", size) as meter:
                    self._read(stream, file, first, meter)
        except OSError as error:
            raise CommandError(f"{file} cannot be read ({error.strerror}).") from error
        except BaseException:  # Ctrl-C, too: say how to go on
            done = self._delivery.line
            if done:
                surroundings.say(
                    f"{file} is imported up to line {done}; --from-line {done + 1} goes on there."
                )
            raise

    def _read(self, stream: BinaryIO, file: Path, first: int, meter: Meter) -> None:
        from braintrust_otel.cli.moving.lines import read_lines
        from braintrust_otel.cli.moving.rows import Importer, LineError

        importer = Importer(self._target, self._default, file.stat().st_mtime)
        number = first - 1
        for line in read_lines(stream, file.name):
            number = line.number
            if number < first:
                continue
            try:
                rows = importer.rows(line)
            except LineError as error:
                reason = str(error).rstrip(".")
                meter.say(f"{file}, line {number} {reason}.")
                self._rejects.add(line, reason)
                continue
            self._delivery.add(self._pipeline, line, rows)
            meter.show(self._delivery.rows, line.end)
        self._delivery.deliver(self._pipeline, number)
