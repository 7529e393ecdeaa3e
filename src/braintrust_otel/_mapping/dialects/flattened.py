"""Reads lists and objects that were flattened into attributes, such as ``llm.tools.0.name``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from braintrust_otel._mapping.dialects.reading import plain

__all__ = ["Branch", "Forest", "has_gaps"]

MAX_INDEX: Final = 10_000
"""Entries with a higher number are not read: nobody means them, and they stay attributes."""

_INDEX_DIGITS: Final = 5


class Branch:
    """What the attributes under one name hold; it notes which of them were read.

    Attributes:
        used: Names of the attributes that were read, shared by all branches of one tree.
        branches: What is under each next word of a name.
        leaf: The attribute of just this name, and its value; None if there is none.
    """

    __slots__ = ("branches", "leaf", "used")

    def __init__(self, used: list[str]) -> None:
        self.used = used
        self.branches: dict[str, Branch] = {}
        self.leaf: tuple[str, object] | None = None

    def __bool__(self) -> bool:
        """Return whether there is anything under the name."""
        return bool(self.branches) or self.leaf is not None

    def plant(self, path: str, name: str, value: object) -> None:
        """Add the attribute *name* at *path*."""
        branch = self
        for word in path.split("."):
            found = branch.branches.get(word)
            if found is None:
                found = branch.branches[word] = Branch(self.used)
            branch = found
        branch.leaf = (name, value)

    def at(self, path: str) -> Branch:
        """Return the branch at *path*; one with nothing in it if there is none."""
        branch: Branch | None = self
        for word in path.split("."):
            branch = None if branch is None else branch.branches.get(word)
        return _NOTHING if branch is None else branch

    def value(self, path: str) -> Any:
        """Return the value at *path* as plain JSON, and note that it was read; None for none."""
        leaf = self.at(path).leaf
        if leaf is None or leaf[1] is None:
            return None
        self.used.append(leaf[0])
        return plain(leaf[1])

    def text(self, path: str) -> str | None:
        """Return the text at *path*, and note that it was read; None if there is no text."""
        leaf = self.at(path).leaf
        if leaf is None or not isinstance(leaf[1], str):
            return None
        self.used.append(leaf[0])
        return leaf[1]

    def entries(self, path: str | None = None) -> Iterator[tuple[int, Branch]]:
        """Return the numbered branches at *path*, in the order of their numbers, gaps left out."""
        branches = (self if path is None else self.at(path)).branches
        numbered = [(_index(word), branch) for word, branch in branches.items()]
        found = [(index, branch) for index, branch in numbered if index is not None]
        yield from sorted(found, key=lambda entry: entry[0])


_NOTHING: Final = Branch([])
"""Never planted in, and nothing in it is ever read."""


class Forest:
    """The attributes of a span by the first two words of their names, gone through once."""

    def __init__(self, attributes: Mapping[str, object]) -> None:
        self._groups: dict[str, dict[str, object]] = {}
        for name, value in attributes.items():
            end = name.find(".", name.find(".") + 1)
            if end > 0:
                self._groups.setdefault(name[: end + 1], {})[name] = value

    def grow(self, prefix: str) -> Branch:
        """Return the tree of the attributes whose names start with *prefix*.

        Args:
            prefix: Two words, each with its dot; paths in the tree begin behind it.
        """
        tree = Branch([])
        for name, value in self._groups.get(prefix, {}).items():
            tree.plant(name[len(prefix) :], name, value)
        return tree


def has_gaps(numbers: Sequence[int]) -> bool:
    """Tell whether some of the numbers from 0 to the last of *numbers* are missing."""
    return list(numbers) != list(range(len(numbers)))


def _index(word: str) -> int | None:
    if not (word.isascii() and word.isdigit()) or len(word) > _INDEX_DIGITS:
        return None
    index = int(word)
    return index if index < MAX_INDEX else None
