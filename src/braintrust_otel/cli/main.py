"""The `braintrust-otel` command: runs its commands, and ends in one line when they fail."""

from __future__ import annotations

import io
import os
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import TextIO

import click

from braintrust_otel._version import __version__
from braintrust_otel.cli.lazy_group import LazyCommand, LazyGroup
from braintrust_otel.cli.surroundings import Surroundings
from braintrust_otel.errors import BraintrustError

__all__ = ["COMMANDS", "command_line", "main", "run"]

NAME = "braintrust-otel"

FAILED = 1
MISUSED = 2
INTERRUPTED = 130
PIPE_CLOSED = 141

COMMANDS: Mapping[str, LazyCommand] = {
    "run": LazyCommand(
        "braintrust_otel.cli.running:run", "Run a program with its model calls traced."
    ),
    "traces": LazyCommand(
        "braintrust_otel.cli.traces:traces", "List the recent traces, newest first."
    ),
    "trace": LazyCommand("braintrust_otel.cli.one_trace:trace", "Show one trace as a tree."),
    "export": LazyCommand(
        "braintrust_otel.cli.exporting:export", "Write rows as JSON lines, newest first."
    ),
    "import": LazyCommand(
        "braintrust_otel.cli.importing:import_",
        "Read rows and nested spans from files of JSON lines.",
    ),
    "serve": LazyCommand(
        "braintrust_otel.cli.serve:serve", "Run a Braintrust server on this machine."
    ),
    "doctor": LazyCommand(
        "braintrust_otel.cli.doctor:doctor", "Check settings, backend, store and instrumentors."
    ),
}
"""Every command."""


def main() -> None:
    """Run the command line of this process and exit with its status."""
    for stream in (sys.stdout, sys.stderr):
        # Traces hold any character; an output that cannot show one gets it escaped.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    surroundings = Surroundings(os.environ, None, sys.stdout, sys.stderr, time.monotonic)
    sys.exit(run(sys.argv[1:], surroundings))


def run(
    arguments: Sequence[str],
    surroundings: Surroundings,
    commands: Mapping[str, LazyCommand] = COMMANDS,
) -> int:
    """Run one command line and return its exit status.

    A failure is one line on the error stream: 1 for what went wrong, 2 for a wrong command line.
    Ctrl-C gives 130. A reader that closes the pipe early gives 141, and is no error to speak of.
    """
    try:
        status = _dispatch(command_line(commands), arguments, surroundings)
        surroundings.out.flush()
    except (KeyboardInterrupt, click.Abort):
        return INTERRUPTED
    except BrokenPipeError:
        _discard(surroundings.out)
        return PIPE_CLOSED
    except Exception as error:  # noqa: BLE001 - whatever it is, the user gets one line about it
        message, status = _ending(error)
        with suppress(BrokenPipeError):
            surroundings.out.flush()  # what was found before the trouble comes before it
        surroundings.say(f"{NAME}: {' '.join(message.split())}")
    return status


def command_line(commands: Mapping[str, LazyCommand]) -> LazyGroup:
    """Return the group of *commands*; none of them is imported yet."""

    @click.group(
        cls=LazyGroup,
        lazy=commands,
        invoke_without_command=True,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    @click.version_option(__version__, prog_name=NAME, message="%(prog)s %(version)s")
    @click.option("--debug", is_flag=True, help="Show the traceback of an error.")
    @click.pass_context
    def group(context: click.Context, *, debug: bool) -> None:
        """Look at traces, and run Braintrust's server, on this machine."""
        if context.invoked_subcommand is None:
            click.echo(context.get_help())

    return group


def _dispatch(group: LazyGroup, arguments: Sequence[str], surroundings: Surroundings) -> int:
    """Run the command as click's own ``main`` does, which would keep some errors to itself."""
    try:
        with group.make_context(NAME, list(arguments), obj=surroundings) as context:
            group.invoke(context)
    except click.exceptions.Exit as asked:
        return asked.exit_code
    return 0


def _ending(error: Exception) -> tuple[str, int]:
    """Return what the user is told about *error*, and the exit status."""
    match error:
        case click.UsageError():
            path = error.ctx.command_path if error.ctx else NAME
            return f"{error.format_message()} See {path} --help.", MISUSED
        case click.ClickException():
            return error.format_message(), error.exit_code
        case BraintrustError():
            return str(error), FAILED
    where = f"This is a bug; {NAME} --debug COMMAND shows where."
    return f"{type(error).__name__}: {str(error).rstrip('.')}. {where}", FAILED


def _discard(stream: TextIO) -> None:
    """Let what *stream* still holds go nowhere, or Python would complain at exit."""
    with suppress(OSError, ValueError):  # not a real file
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)
