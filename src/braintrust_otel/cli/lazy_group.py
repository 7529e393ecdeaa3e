"""A group of commands whose modules are imported when they are used."""

from __future__ import annotations

import traceback
from collections.abc import Mapping
from importlib import import_module
from typing import Any, NamedTuple

import click
from typing_extensions import override

from braintrust_otel.cli.surroundings import Surroundings

__all__ = ["LazyCommand", "LazyGroup"]


class LazyCommand(NamedTuple):
    """A command that is not imported yet.

    Attributes:
        home: Where it is: ``module:name``.
        summary: What it does, for the list of commands.
    """

    home: str
    summary: str


class LazyGroup(click.Group):
    """Commands that cost an import only when one of them is run or asked for its own help.

    Args:
        lazy: The commands by name, in the order in which help lists them.
        args: As for any group.
        kwargs: As for any group.
    """

    def __init__(self, *args: Any, lazy: Mapping[str, LazyCommand], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._lazy = lazy

    @override
    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names in the order of the table."""
        return list(self._lazy)

    @override
    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the command."""
        lazy = self._lazy.get(cmd_name)
        if lazy is None:
            return None
        module, _, name = lazy.home.partition(":")
        command: click.Command = getattr(import_module(module), name)
        return command

    @override
    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, lazy.summary) for name, lazy in self._lazy.items()])

    @override
    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; with ``--debug`` an error shows where it came from."""
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit, click.Abort, BrokenPipeError):
            raise
        except Exception as error:
            if ctx.params["debug"]:
                traceback.print_exception(error, file=ctx.ensure_object(Surroundings).err)
            raise
