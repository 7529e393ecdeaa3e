"""Walks a value of any shape and returns the plain tree that orjson writes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import repeat

import orjson

from braintrust_otel._json.limits import CIRCULAR, MAX_NODES, TOO_DEEP, TOO_LARGE, unreadable
from braintrust_otel._json.plain import plain_size
from braintrust_otel._json.shapes import Instead, Members, open_value
from braintrust_otel._json.values import Encoded, Marker

__all__ = ["walk"]

_MAX_FRAMES = 500
"""Bounds values that forever say "take this one instead"."""

_GUESSED = frozenset({dict, list, tuple})
_GUESSES = 32
_MAX_GUESS = 1_000

_Put = Callable[[str, object], None]


def walk(
    value: object, markers: list[Marker], max_depth: int, max_nodes: int = MAX_NODES
) -> object:
    """Return a tree of plain values and ``Encoded`` leaves that says what *value* holds.

    Args:
        value: Anything.
        markers: Receives the markers met on the way, in order.
        max_depth: Containers nested deeper than this become a placeholder.
        max_nodes: After this many values every container ends with a placeholder.
    """
    return _Walk(markers, max_depth, max_nodes).run(value)


class _Frame:
    """A value that is being copied: what is left to read of it, and where that goes."""

    __slots__ = ("depth", "put", "rest", "source")

    def __init__(
        self, source: object, rest: Iterator[tuple[str, object]], put: _Put, depth: int
    ) -> None:
        # The reference keeps the source alive, so that its id stays its own while on the path.
        self.source = source
        self.rest = rest
        self.put = put
        self.depth = depth


class _Walk:
    """The state of one walk. Iterative, because the caller may be close to the stack's end."""

    __slots__ = ("_guesses", "_markers", "_max_depth", "_nodes_left", "_path")

    def __init__(self, markers: list[Marker], max_depth: int, max_nodes: int) -> None:
        self._markers = markers
        self._max_depth = max_depth
        self._nodes_left = max_nodes
        self._path: set[int] = set()
        self._guesses = _GUESSES

    def run(self, value: object) -> object:
        """Copy *value*; called once."""
        root: dict[str, object] = {}
        frames = [_Frame(root, iter([("", value)]), root.__setitem__, 0)]
        while frames:
            frame = frames[-1]
            below = self._copy_until_container(frame, len(frames))
            if below is None:
                frames.pop()
                self._path.discard(id(frame.source))
            else:
                frames.append(below)
                self._path.add(id(below.source))
        return root[""]

    def _copy_until_container(self, frame: _Frame, height: int) -> _Frame | None:
        """Copy the leaves that are left in *frame*; return the next container, if there is one."""
        put = frame.put
        for key, value in frame.rest:
            # The commonest leaves, without asking what they are.
            if value is None or (type(value) is str and value.isascii()):
                put(key, value)
                continue
            opened = self._open(value, frame.depth)
            if isinstance(opened, Members) and frame.depth < self._max_depth:
                return self._enter(value, opened, frame, key)
            if isinstance(opened, Instead) and height < _MAX_FRAMES:
                if opened.marker is not None:
                    self._markers.append(opened.marker)
                return _Frame(value, iter([(key, opened.value)]), put, frame.depth)
            if isinstance(opened, Encoded):
                self._markers.extend(opened.markers)
            put(key, TOO_DEEP if isinstance(opened, Members | Instead) else opened)
        return None

    def _open(self, value: object, depth: int) -> object:
        if id(value) in self._path:
            return CIRCULAR
        try:
            written = self._write_plain(value, depth)
            return open_value(value, self._nodes_left) if written is None else written
        except Exception:  # noqa: BLE001 - the value's own code failed: that costs this leaf only
            return unreadable(value)

    def _write_plain(self, value: object, depth: int) -> Encoded | None:
        """Return the text of a container that orjson can write alone, else None.

        Most of what lies beside an odd value is plain. A wrong guess costs a look at up to
        ``_MAX_GUESS`` values, so a number of them in excess of the right ones ends the guessing.
        """
        if self._guesses <= 0 or type(value) not in _GUESSED:
            return None
        room = min(_MAX_GUESS, self._nodes_left)
        try:
            size = plain_size(value, room, self._max_depth - depth)
            written = None if size is None else Encoded(orjson.dumps(value))
        except Exception:  # noqa: BLE001 - what orjson refuses, or a race: the walk goes in
            size = written = None
        if size is None:
            self._guesses -= 1
        else:
            self._guesses += 1
            self._nodes_left -= size
        return written

    def _enter(self, source: object, members: Members, parent: _Frame, key: str) -> _Frame:
        keys, values = self._affordable(members)
        if keys is None:
            array: list[object] = []
            parent.put(key, array)
            append = array.append
            rest: Iterator[tuple[str, object]] = zip(repeat(""), values)
            return _Frame(source, rest, lambda _, item: append(item), parent.depth + 1)
        copied: dict[str, object] = {}
        parent.put(key, copied)
        return _Frame(source, zip(keys, values, strict=True), copied.__setitem__, parent.depth + 1)

    def _affordable(self, members: Members) -> tuple[list[str] | None, list[object]]:
        keys, values = members.keys, members.values
        room = self._nodes_left
        self._nodes_left = max(0, room - len(values))
        if len(values) <= room:
            return keys, values
        cut_keys = None if keys is None else [*keys[:room], TOO_LARGE]
        return cut_keys, [*values[:room], TOO_LARGE]
