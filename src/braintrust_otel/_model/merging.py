"""How one value, or one row, merges into another.

Objects merge member by member, anything else is replaced by the newer value, and top-level tags are
united. Whoever stores rows merges each write into what is there; whoever sends rows folds several
writes of one row into one, and that must not change what gets stored. It would where an older write
sets a member to no object and a newer one sets it to an object: stored one after the other, the
object replaces the value; folded, it would merge into what was stored before both. Such a fold
therefore names the member in ``_merge_paths``, and the store then replaces it whole.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Final

__all__ = ["MERGE_PATHS", "Merger", "Path", "fold", "merge_paths", "merge_row", "merge_values"]

Path = tuple[str, ...]
"""Where a value stands in a row: the names of the members that lead to it."""

Fields = dict[str, object]

MERGE_PATHS: Final = "_merge_paths"
TAGS: Final[Path] = ("tags",)
MAX_DEPTH: Final = 200
"""Below this depth nothing is merged, only replaced; no encoder of ours nests deeper."""

_KEPT: Final = ("created", "span_id", "root_span_id", "span_parents", "_parent_id")


Opener = Callable[[object, Path], object]
"""Returns the object, or the list of tags or paths, that a value at a path stands for, if it does;
otherwise the value."""


def plain(value: object, _path: Path) -> object:
    """Return *value*, which already is what it looks like."""
    return value


class Merger:
    """Merges objects, replacing what stands at certain paths.

    Args:
        replaced: Paths whose values the newer object replaces whole.
        opened: Looks into values; by default they are plain.

    Attributes:
        conflicts: Paths where an object, or a list of tags, met something else.
    """

    def __init__(self, replaced: Iterable[Path] = (), opened: Opener = plain) -> None:
        self.conflicts: list[Path] = []
        self._replaced = frozenset(replaced)
        self._opened = opened

    def merge(
        self, old: Mapping[str, object], new: Mapping[str, object], path: Path = ()
    ) -> Fields:
        """Return what *new* makes of *old*; both stay as they are."""
        merged = dict(old)
        for name, value in new.items():
            if name in merged:
                merged[name] = self.value(merged[name], value, (*path, name))
            else:
                merged[name] = value
        return merged

    def value(self, old: object, new: object, path: Path) -> object:
        """Return what *new* makes of *old*, two values that stand at *path*."""
        if path in self._replaced or len(path) > MAX_DEPTH:
            return new
        newer = self._opened(new, path)
        if isinstance(newer, list) and path == TAGS:
            older = self._opened(old, path)
            if isinstance(older, list):
                return unite(older, newer)
        elif isinstance(newer, dict):
            older = self._opened(old, path)
            if isinstance(older, dict):
                return self.merge(older, newer, path)
        else:
            return new
        self.conflicts.append(path)
        return new


def merge_values(old: object, new: object) -> object:
    """Merge two plain values; both stay as they are."""
    if isinstance(old, dict) and isinstance(new, dict):
        return Merger().merge(old, new)
    return new


def merge_row(kept: Mapping[str, object], new: Mapping[str, object]) -> Fields:
    """Fold *new*, a write that merges, into *kept*, an earlier write of the same row.

    The result replaces what is stored if *kept* does, and merges otherwise.
    """
    return fold(kept, new, is_merge=bool(kept.get("_is_merge")))


def fold(
    kept: Mapping[str, object],
    new: Mapping[str, object],
    opened: Opener = plain,
    *,
    is_merge: bool,
) -> Fields:
    """Fold the fields of *new* into those of *kept*; *is_merge* says whether *kept* merges.

    Ids, parents and the time of creation are those of *kept*; what it lacks of them is left out.
    """
    kept_paths, new_paths = merge_paths(kept, opened), merge_paths(new, opened)
    merger = Merger(new_paths, opened)
    merged = merger.merge(kept, new)
    for name in ("_is_merge", MERGE_PATHS, *_KEPT):
        merged.pop(name, None)
    merged |= {name: kept[name] for name in _KEPT if name in kept}
    if is_merge:
        merged["_is_merge"] = True
        # A path without a value in its own write does nothing, but here it would hit the other's.
        paths = [path for path in kept_paths if _has(kept, path, opened)]
        paths += [path for path in new_paths if _has(new, path, opened)]
        if paths := list(dict.fromkeys(paths + merger.conflicts)):
            merged[MERGE_PATHS] = [list(path) for path in paths]
    return merged


def merge_paths(row: Mapping[str, object], opened: Opener = plain) -> list[Path]:
    """Return the paths that *row* wants replaced whole; what is no path is left out."""
    paths = opened(row.get(MERGE_PATHS), (MERGE_PATHS,))
    return [tuple(path) for path in paths if is_path(path)] if isinstance(paths, list) else []


def is_path(value: object) -> bool:
    """Tell whether *value* is a path: a list of at least one text."""
    return isinstance(value, list) and bool(value) and all(isinstance(name, str) for name in value)


def unite(old: Iterable[object], new: Iterable[object]) -> list[object]:
    """Return the items of both in the order of their first appearance, each once."""
    seen: dict[str, object] = {}
    for item in (*old, *new):
        seen.setdefault(form(item), item)
    return list(seen.values())


def form(item: object) -> str:
    """Return the text by which two items of a list count as the same."""
    return item if isinstance(item, str) else json.dumps(item, sort_keys=True, default=str)


def _has(row: Mapping[str, object], path: Path, opened: Opener) -> bool:
    value: object = row
    for depth, name in enumerate(path):
        value = opened(value, path[:depth])
        if not isinstance(value, Mapping) or name not in value:
            return False
        value = value[name]
    return True
