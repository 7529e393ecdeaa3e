"""Shows on a terminal how far a command has come."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from braintrust_otel.cli.surroundings import Surroundings

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

__all__ = ["Meter", "metering"]


class Meter:
    """A line at the end of the terminal, or nothing where there is no terminal.

    Args:
        surroundings: Takes what is said meanwhile.
        progress: The line, or None.
        task: The line's only task.
    """

    def __init__(
        self,
        surroundings: Surroundings,
        progress: Progress | None = None,
        task: TaskID | None = None,
    ) -> None:
        self._surroundings = surroundings
        self._progress = progress
        self._task = task

    def show(self, rows: int, done: int) -> None:
        """Show that *rows* were moved, and *done* of the total."""
        if self._progress is not None and self._task is not None:
            self._progress.update(self._task, completed=done, rows=rows, refresh=True)

    def say(self, text: str) -> None:
        """Write one line above the meter."""
        if self._progress is None:
            self._surroundings.say(text)
        else:
            self._progress.console.print(text, soft_wrap=True)


@contextmanager
def metering(surroundings: Surroundings, what: str, total: int | None) -> Iterator[Meter]:
    """Show progress while the block runs, if the error stream is a terminal.

    Args:
        surroundings: The streams.
        what: What is being done: ``Importing``.
        total: What ``done`` counts up to; None if nobody knows.
    """
    if not surroundings.has_screen:
        yield Meter(surroundings)
        return
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    from braintrust_otel.cli.terminal import console

    progress = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.fields[rows]:,} rows"),
        TimeElapsedColumn(),
        console=console(surroundings, surroundings.err),
        # No thread that redraws: the line changes when there is something new.
        auto_refresh=False,
        transient=True,
    )
    with progress:
        task = progress.add_task(what, total=total, rows=0)
        yield Meter(surroundings, progress, task)
