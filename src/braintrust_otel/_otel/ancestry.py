"""Keeps trees whole where only some spans are shipped: it knows what was left out, and under whom.

Spans mostly end before those above them: a span that is shipped marks the one above as wanted,
which is then shipped when it ends, bare. A span that outlives the one above it finds what is left
of that here: enough for a bare row.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any, Final, NamedTuple

__all__ = ["CAPACITY", "Ancestry", "Place", "Verdict"]

CAPACITY: Final = 100_000
"""So many spans that are open, and so many that have ended, are known at most."""

Key = tuple[int, int]


class Place(NamedTuple):
    """Where a span is in its trace.

    Attributes:
        key: Trace id and span id.
        parent_id: Id of the span above it; None for a root.
        is_settled: Whether that span is shipped whatever happens here: by another process, or as
            one of our API.
    """

    key: Key
    parent_id: int | None
    is_settled: bool = False


class _State(Enum):
    OPEN = auto()
    SHIPPED = auto()
    LEFT_OUT = auto()
    FORGOTTEN = auto()


class _Kin:
    """One span, linked to the one above it."""

    __slots__ = ("above", "is_placed", "is_wanted", "remains", "settled_id", "span_id", "state")

    def __init__(
        self, span_id: int, above: _Kin | None, settled_id: int | None, *, is_placed: bool = True
    ) -> None:
        self.span_id = span_id
        self.above = above
        self.settled_id = settled_id
        self.is_placed = is_placed
        self.state = _State.OPEN
        self.is_wanted = False
        self.remains: Any = None


@dataclass(slots=True)
class Verdict:
    """What is to be done with a span that has ended.

    Attributes:
        is_wanted: Whether a span below it was shipped, so that it must be too.
        parent_id: The span that its row is under: the nearest one above that is shipped.
        above: What was kept of spans above it that were left out and are wanted now, each with the
            id of the span that its row is under.
    """

    is_wanted: bool
    parent_id: int | None
    above: list[tuple[Any, int | None]] = field(default_factory=list)


class Ancestry:
    """Knows the spans of some traces, the latest ones. Any thread may call it.

    Args:
        capacity: So many open spans and so many ended ones are known at most.
        hears_starts: Whether every span is announced by ``started``. What ends unannounced must
            then have been forgotten, and counts as wanted.
    """

    def __init__(self, capacity: int = CAPACITY, *, hears_starts: bool = True) -> None:
        self._capacity = capacity
        self._hears_starts = hears_starts
        self._lock = threading.Lock()
        self._open: dict[Key, _Kin] = {}
        self._ended: dict[Key, _Kin] = {}
        self._moved = 0
        self._has_forgotten = False

    @property
    def moved(self) -> int:
        """How many spans were put under a span further up, because the one above was forgotten."""
        return self._moved

    def knows(self, key: Key) -> bool:
        """Tell whether anything is known of a span."""
        return key in self._open or key in self._ended

    def started(self, place: Place, *, is_moved: bool = False) -> None:
        """Note that a span has started.

        Args:
            place: Where it is.
            is_moved: Whether it is put under a span further up than its own parent, of which
                nothing is known any more.
        """
        with self._lock:
            self._moved += is_moved
            if place.key not in self._open:
                self._add_open(place.key, _Kin(place.key[1], *self._up(place)))

    def ended(self, place: Place, remains: Any, *, is_kept: bool) -> Verdict:
        """Note that a span has ended, and tell what to do with it and with those above it.

        Args:
            place: Where it is.
            remains: What to keep of it as long as it is left out.
            is_kept: Whether it is shipped for its own sake.
        """
        with self._lock:
            kin = self._open.pop(place.key, None) or self._ended.get(place.key)
            is_known = kin is not None
            if kin is None:
                kin = _Kin(place.key[1], *self._up_from_end(place))
            elif not kin.is_placed:
                # It was known from below only.
                kin.above, kin.settled_id = self._up_from_end(place)
            is_wanted = kin.is_wanted or (self._hears_starts and not is_known)
            verdict = Verdict(is_wanted, parent_id=None)
            if is_kept or is_wanted:
                kin.state = _State.SHIPPED
                verdict.parent_id = self._claim(kin, verdict.above)
            else:
                kin.state, kin.remains = _State.LEFT_OUT, remains
            self._remember(place.key, kin)
            return verdict

    def claim(self, place: Place) -> Verdict:
        """Tell what is to be done with the spans above one that is shipped whatever happens.

        For spans of our own API, open or ended.
        """
        with self._lock:
            kin = self._open.pop(place.key, None) or self._ended.get(place.key)
            if kin is None:
                kin = _Kin(place.key[1], *self._up_from_end(place))
            elif not kin.is_placed:
                kin.above, kin.settled_id = self._up_from_end(place)
            kin.state = _State.SHIPPED
            verdict = Verdict(is_wanted=True, parent_id=None)
            verdict.parent_id = self._claim(kin, verdict.above)
            return verdict

    def _up_from_end(self, place: Place) -> tuple[_Kin | None, int | None]:
        """Do what ``_up`` does for a span of which nothing was heard before it ended."""
        is_lost = (
            self._hears_starts
            and self._has_forgotten
            and not (place.is_settled or place.parent_id is None)
            and not self.knows((place.key[0], place.parent_id))
        )
        if is_lost:
            # The span above may be over and forgotten.
            self._moved += 1
            return None, None
        return self._up(place)

    def _up(self, place: Place) -> tuple[_Kin | None, int | None]:
        """Return the span above *place* if it depends on us whether it is shipped, else its id."""
        if place.parent_id is None or place.is_settled:
            return None, place.parent_id
        key = (place.key[0], place.parent_id)
        above = self._open.get(key) or self._ended.get(key)
        if above is None:
            # Met from below first: it began before us, was forgotten, or is not announced.
            above = _Kin(place.parent_id, None, None, is_placed=False)
            above.is_wanted = self._hears_starts
            self._add_open(key, above)
        return above, None

    def _claim(self, kin: _Kin, claimed: list[tuple[Any, int | None]]) -> int | None:
        """Want all above *kin*; return the id of the span that its row is under."""
        parent = self._shipped_above(kin)
        parent_id = kin.settled_id if parent is None else parent.span_id
        while parent is not None and parent.state is _State.LEFT_OUT:
            parent.state = _State.SHIPPED
            remains, parent.remains = parent.remains, None
            below = parent
            parent = self._shipped_above(below)
            claimed.append((remains, below.settled_id if parent is None else parent.span_id))
        if parent is not None:
            parent.is_wanted = True
        return parent_id

    def _shipped_above(self, kin: _Kin) -> _Kin | None:
        """Return the nearest span above *kin* that can be shipped, and pass over the others."""
        above = kin.above
        if above is not None and above.state is _State.FORGOTTEN:
            self._moved += 1
            while above is not None and above.state is _State.FORGOTTEN:
                kin.settled_id, above = above.settled_id, above.above
            kin.above = above
        return above

    def _add_open(self, key: Key, kin: _Kin) -> None:
        if len(self._open) >= self._capacity:
            self._has_forgotten = True
            # It may yet end; where starts are heard of it is shipped then, being unknown.
            oldest = self._open.pop(next(iter(self._open)))
            self._moved += oldest.is_wanted and not self._hears_starts
        self._open[key] = kin

    def _remember(self, key: Key, kin: _Kin) -> None:
        self._ended.pop(key, None)
        if len(self._ended) >= self._capacity:
            self._has_forgotten = True
            self._forget(self._ended.pop(next(iter(self._ended))))
        self._ended[key] = kin

    def _forget(self, kin: _Kin) -> None:
        if kin.state is _State.LEFT_OUT:
            kin.state, kin.remains = _State.FORGOTTEN, None
            above = kin.above
            if above is not None and above.state is _State.FORGOTTEN:
                # So that no chain of forgotten spans grows without bound.
                kin.above, kin.settled_id = above.above, above.settled_id
        elif kin.above is not None:
            kin.above = None  # nobody looks further than a span that is shipped
