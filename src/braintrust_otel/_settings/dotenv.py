"""Finds and reads the nearest ``.env.braintrust`` file."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Mapping
from pathlib import Path

from braintrust_otel._settings.table import SETTINGS

__all__ = ["FILENAME", "Dotenv", "find_dotenv"]

FILENAME = ".env.braintrust"
_MAX_PARENTS = 64
_LINE = re.compile(r"(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=(.*)", re.DOTALL)
# Up to a comment: quoted parts, escaped characters, a "#" inside a word, anything else.
_VALUE = re.compile(r"""(?:'[^']*'|"(?:\\.|[^"\\])*"|\\.|(?<=\S)\#|[^'"\\\#])*""")


class Dotenv(dict[str, str]):
    """The variables of a ``.env.braintrust`` file that may stand there. Read, never exported.

    Attributes:
        path: The file, or None when there is none.
        problem: One line about what could not be read, or None.
    """

    def __init__(
        self,
        values: Mapping[str, str] | None = None,
        path: Path | None = None,
        problem: str | None = None,
    ) -> None:
        super().__init__(values or {})
        self.path = path
        self.problem = problem


def find_dotenv(directory: Path | None = None) -> Dotenv:
    """Read the nearest ``.env.braintrust``: in *directory*, else in one of its 64 next parents.

    The nearest file is the only one that counts, also when it cannot be read or lacks a variable.
    Never raises.

    Args:
        directory: Where to begin; None is the working directory.
    """
    try:
        start = Path.cwd() if directory is None else directory.absolute()
    except OSError:  # the working directory was removed
        return Dotenv()
    for candidate in (start, *start.parents[:_MAX_PARENTS]):
        path = candidate / FILENAME
        if _exists(path):
            return _read(path)
    return Dotenv()


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:  # a directory that must not be looked into
        return False


def _read(path: Path) -> Dotenv:
    try:
        if not path.is_file():
            return Dotenv(path=path, problem=f"{path} is no regular file, so it is not read.")
        lines = path.read_text(encoding="utf-8-sig").split("\n")
    except (OSError, ValueError) as error:
        return Dotenv(path=path, problem=f"{path} could not be read: {error}")
    values, unread = _parse(lines)
    problem = None
    if unread:
        numbers = ", ".join(map(str, unread))
        problem = f"{path} is not understood in line {numbers}, which is skipped. Check its quotes."
    return Dotenv(values, path, problem)


def _parse(lines: Iterable[str]) -> tuple[dict[str, str], list[int]]:
    """Return the allowed variables, and the numbers of lines with unbalanced quotes."""
    allowed = {setting.variable for setting in SETTINGS if setting.in_dotenv}
    values: dict[str, str] = {}
    unread: list[int] = []
    for number, line in enumerate(lines, start=1):
        found = _LINE.fullmatch(line.strip())
        if found is None or found[1] not in allowed:
            continue
        value = _unquoted(found[2].strip())
        if value is None:
            unread.append(number)
        else:
            values[found[1]] = value
    return values, unread


def _unquoted(text: str) -> str | None:
    """Return what a shell would make of *text*, or None when its quotes are not balanced."""
    end = _VALUE.match(text).end()  # type: ignore[union-attr]  # it matches the empty text too
    if not text.startswith("#", end) and end < len(text):
        return None
    return " ".join(shlex.split(text[:end]))
