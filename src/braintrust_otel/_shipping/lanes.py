"""Rows whose container is not routed yet: each container waits, and fails, on its own."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from braintrust_otel._model.containers import Container
from braintrust_otel._shipping.entries import Entry, Route

__all__ = ["Lane", "Lanes"]


@dataclass(slots=True, eq=False)
class Lane:
    """A container that is not routed yet, with its rows in order.

    Attributes:
        container: Where the rows belong.
        entries: The rows that wait.
        writers: By row id, the containers under which its writes wait or have waited.
        due: When the router may be asked (again), on the monotonic clock.
        tries: Failed tries of this round.
        rests: How often the lane was set aside.
        cause: What was last said about why it cannot be routed.
        is_asking: Whether the router is being asked.
        is_aside: Whether the lane rests after its quick tries have failed.
    """

    container: Container
    entries: deque[Entry] = field(default_factory=deque)
    writers: dict[str, set[Container]] = field(default_factory=dict)
    due: float = 0.0
    tries: int = 0
    rests: int = 0
    cause: str = ""
    is_asking: bool = False
    is_aside: bool = False

    def add(self, entry: Entry) -> None:
        """Let *entry* wait here; from now on nothing can be joined to it."""
        entry.gathered = None
        self.entries.append(entry)
        self.writers.setdefault(entry.id, set()).add(entry.container)

    def hosts(self, entry: Entry) -> bool:
        """Tell whether an earlier write of *entry*'s row may be waiting here.

        One container can be known by name to one writer and by id to another. Until the name is
        routed, rows with one id that may be such a pair stay together, or the later one would
        overtake.
        """
        writers = self.writers.get(entry.id, ())
        return any(_may_be_same(writer, entry.container) for writer in writers)


class Lanes:
    """Knows the routes, and what waits for one."""

    __slots__ = ("_routes", "_waiting")

    def __init__(self) -> None:
        self._routes: dict[Container, Route] = {}
        self._waiting: dict[Container, Lane] = {}

    @property
    def waiting(self) -> Iterable[Lane]:
        """The lanes that are not routed yet, oldest first."""
        return self._waiting.values()

    def entries(self) -> Iterator[Entry]:
        """Return all rows that wait for a route."""
        return (entry for lane in self._waiting.values() for entry in lane.entries)

    def lane_for(self, entry: Entry) -> Lane | None:
        """Return the lane in which *entry* has to wait, or None if its container is routed."""
        for lane in self._waiting.values():
            if lane.container != entry.container and lane.hosts(entry):
                return lane
        if entry.container in self._routes:
            return None
        return self._waiting.setdefault(entry.container, Lane(entry.container))

    def route(self, container: Container) -> Route:
        """Return the route of a routed *container*."""
        return self._routes[container]

    def ask(self, now: float) -> Lane | None:
        """Return a lane for which the router is to be asked now, if there is one."""
        for lane in self._waiting.values():
            if lane.due <= now and not lane.is_asking:
                lane.is_asking = True
                return lane
        return None

    def next_due(self) -> float | None:
        """Return when a lane is due, the ones being asked left out."""
        return min((lane.due for lane in self.waiting if not lane.is_asking), default=None)

    def close(self, lane: Lane) -> None:
        """Forget a *lane* in which nothing waits any more."""
        del self._waiting[lane.container]

    def open(self, lane: Lane, route: Route) -> Iterable[Entry]:
        """End *lane*, whose container has a *route* now; return the rows that waited."""
        self._routes[lane.container] = route
        self.close(lane)
        return lane.entries


def _may_be_same(one: Container, other: Container) -> bool:
    if one.kind is not other.kind:
        return False
    if one.id and other.id:
        return one.id == other.id
    return not (one.name and other.name) or one.name == other.name
