"""`braintrust-otel run`: starts a program with its model calls traced, without a change to it."""

from __future__ import annotations

import importlib.util
import os
import shutil
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import click

from braintrust_otel.cli.surroundings import CommandError, Surroundings, pass_surroundings

__all__ = ["command_for", "environment_for", "run"]

_NAMES_US = {"OTEL_PYTHON_DISTRO": "braintrust"}
_STARTED_BY = "opentelemetry.instrumentation.auto_instrumentation"


@click.command(
    context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False},
)
@click.argument("command", nargs=-1, type=click.UNPROCESSED, required=True)
@pass_surroundings
def run(surroundings: Surroundings, *, command: tuple[str, ...]) -> None:
    """Run a program with its model calls traced.

    COMMAND is any command that starts Python: python app.py, uvicorn app:app, celery worker. A
    file that ends in .py, and -m MODULE, are run with this Python. The program takes the place of
    this one: its exit status and the signals sent to it are its own.
    """
    argv = command_for(command, sys.executable)
    environ = environment_for(surroundings.environ, Path.cwd())
    program = shutil.which(argv[0], path=environ.get("PATH"))
    if program is None:
        raise CommandError(f"There is no command {argv[0]!r} to run.")
    surroundings.out.flush()
    surroundings.err.flush()
    try:
        os.execve(program, argv, environ)  # noqa: S606  # to run what it is given is its purpose
    except OSError as error:
        raise CommandError(f"{program} cannot be run: {error.strerror}.") from error


def command_for(command: Sequence[str], python: str) -> list[str]:
    """Return the command line to execute.

    Args:
        command: What the user wrote.
        python: The interpreter for scripts and modules.
    """
    first = command[0]
    is_python = first == "-m" or (first.endswith(".py") and not os.access(first, os.X_OK))
    return [python, *command] if is_python else list(command)


def environment_for(environ: Mapping[str, str], directory: Path) -> dict[str, str]:
    """Return *environ* with what lets Python load OpenTelemetry, and it load us, at its start.

    Args:
        environ: The environment so far; what chooses another distribution stays.
        directory: The working directory, which a program may import from.
    """
    ours = os.path.dirname(_auto_instrumentation())  # noqa: PTH120  # a text among texts
    kept = [path for path in environ.get("PYTHONPATH", "").split(os.pathsep) if path]
    here = [] if str(directory) in kept else [str(directory)]
    rest = [path for path in kept if path != ours]
    return {
        **_NAMES_US,
        **environ,
        "PYTHONPATH": os.pathsep.join([ours, *here, *rest]),
    }


def _auto_instrumentation() -> str:
    spec = importlib.util.find_spec(_STARTED_BY)
    if spec is None or spec.origin is None:
        raise CommandError(
            f"{_STARTED_BY} cannot be found: pip install opentelemetry-instrumentation"
        )
    return spec.origin
