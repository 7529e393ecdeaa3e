"""What a command touches besides its arguments: streams, environment, clock."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import click

from braintrust_otel.errors import BraintrustError

if TYPE_CHECKING:
    from collections.abc import Callable

    from braintrust_otel._settings import Settings

__all__ = ["CommandError", "Surroundings", "pass_surroundings"]


class CommandError(BraintrustError):
    """What was asked for cannot be done; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """The world as a command sees it.

    Attributes:
        environ: The environment's variables.
        directory: Where the search for ``.env.braintrust`` begins; None is the working directory.
        out: Takes the answer.
        err: Takes everything that is said about it.
        clock: Monotonic seconds.
    """

    environ: Mapping[str, str]
    directory: Path | None
    out: TextIO
    err: TextIO
    clock: Callable[[], float]

    @property
    def is_rich(self) -> bool:
        """Whether the answer goes to a terminal that can do more than lines of text."""
        return self._is_screen(self.out)

    @property
    def has_screen(self) -> bool:
        """Whether what is said about the answer goes to a terminal that can redraw a line."""
        return self._is_screen(self.err)

    def _is_screen(self, stream: TextIO) -> bool:
        return stream.isatty() and self.environ.get("TERM") not in {"dumb", "unknown"}

    def line(self, text: str = "") -> None:
        """Write one line of the answer."""
        self.out.write(f"{text}\n")

    def say(self, text: str) -> None:
        """Write one line about the answer."""
        self.err.write(f"{text}\n")
        self.err.flush()

    def read_settings(self) -> Settings:
        """Resolve the settings; says nothing about wrong ones."""
        from braintrust_otel._settings import find_dotenv, load_settings

        return load_settings(self.environ, find_dotenv(self.directory))

    def settings(self) -> Settings:
        """Resolve the settings, and say what is wrong with them."""
        settings = self.read_settings()
        for problem in settings.problems:
            self.say(f"braintrust-otel: {problem}")
        return settings


pass_surroundings = click.make_pass_decorator(Surroundings)
"""Gives a command its surroundings as the first argument."""
