"""Commands that end in every way in which a command can end."""

from __future__ import annotations

import click

from braintrust_otel.errors import BraintrustError

__all__ = ["bug", "closed_pipe", "interrupt", "refusal", "unreadable"]


@click.command()
def bug() -> None:
    """Fail with an error that nobody thought of."""
    raise RuntimeError("unforeseen")


@click.command()
def refusal() -> None:
    """Fail with an error of ours."""
    raise BraintrustError("It cannot be done.\nDo that instead.")


@click.command()
def unreadable() -> None:
    """Fail with an error of click that is no misuse."""
    raise click.FileError("x", "gone")


@click.command()
def interrupt() -> None:
    """Be interrupted."""
    raise KeyboardInterrupt


@click.command()
def closed_pipe() -> None:
    """Write to a reader that has gone."""
    raise BrokenPipeError
