"""The terminal as rich knows it."""

from __future__ import annotations

from typing import TextIO

from rich.console import Console
from rich.text import Text

from braintrust_otel.cli.surroundings import Surroundings

__all__ = ["cell", "console"]


def console(surroundings: Surroundings, stream: TextIO | None = None) -> Console:
    """Return a console that takes text for what it is: no markup, no emoji codes, no guessing.

    Args:
        surroundings: The streams and the environment.
        stream: Where it writes; by default the answer's stream.
    """
    return Console(
        file=surroundings.out if stream is None else stream,
        force_terminal=True,
        markup=False,
        emoji=False,
        highlight=False,
        _environ=surroundings.environ,
    )


def cell(text: str, style: str) -> Text:
    """Return *text* for a table: where the column is too narrow it is cut, and never wrapped."""
    return Text(text, style, no_wrap=True, overflow="ellipsis")
