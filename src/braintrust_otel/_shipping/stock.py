"""Every row that is neither delivered nor given up, and where it stands."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

from braintrust_otel._shipping.batches import Limits, Parcel, pack
from braintrust_otel._shipping.buffer import Load
from braintrust_otel._shipping.chains import Chains
from braintrust_otel._shipping.entries import Entry, Route, seal, send_along
from braintrust_otel._shipping.lanes import Lane, Lanes
from braintrust_otel._shipping.progress import Progress

__all__ = ["Stock"]


class Stock:
    """Holds the rows: without a route, behind another write, ready, or packed.

    Rows enter with ``add`` and leave with ``settle``; whatever happens in between moves them
    around. Not thread-safe: the pipeline's lock guards it.

    Args:
        load: What counts against the buffer's bounds; kept up to date here.
    """

    __slots__ = ("_chains", "lanes", "load", "progress", "ready", "writes")

    def __init__(self, load: Load) -> None:
        self.load = load
        self._chains = Chains()
        self.lanes = Lanes()
        self.progress = Progress()
        self.ready: deque[Entry] = deque()
        self.writes = 0

    def add(self, entry: Entry) -> None:
        """Take *entry* in, behind every earlier write of its row."""
        entry.generation = self.progress.generation
        self.writes += entry.writes
        entry.counted_bytes = entry.size_bytes
        self.load.rows += 1
        self.load.size_bytes += entry.counted_bytes
        self._place(entry)

    def open_lane(self, lane: Lane, route: Route) -> None:
        """Let the rows of *lane*, which is awake, go, now that there is a *route*."""
        self.progress.leave(lane.entries)
        for entry in self.lanes.open(lane, route):
            self._place(entry)

    def rest_lane(self, lane: Lane) -> None:
        """Set *lane*, which is awake, aside: nobody waits for it until it is woken."""
        lane.is_aside = True
        self.progress.leave(lane.entries)

    def wake_lane(self, lane: Lane, now: float) -> None:
        """Let the router be asked at once for a *lane* that was set aside."""
        if lane.is_aside:
            lane.is_aside = False
            self.progress.enter(lane.entries)
            lane.due = now

    def rest(self, parcel: Parcel) -> None:
        """Set *parcel* aside: nobody waits for it until it is woken."""
        parcel.is_aside = True
        self.progress.leave(parcel.entries)

    def wake(self, parcel: Parcel) -> None:
        """Bring back a *parcel* that was set aside."""
        if parcel.is_aside:
            parcel.is_aside = False
            self.progress.enter(parcel.entries)

    def pack(self, limits: Limits) -> Parcel | None:
        """Pack ready rows into one parcel, or return None when no row is ready."""
        return Parcel(pack(self.ready, limits)) if self.ready else None

    def settle(self, entries: Sequence[Entry]) -> int:
        """Let go of packed *entries*; return how many row writes they stood for."""
        self.progress.leave(entries)
        for entry in entries:
            self._discount(entry)
            following = self._chains.settle(entry)
            if following is not None:
                self._release(following)
        writes = sum(entry.writes for entry in entries)
        self.writes -= writes
        return writes

    def drop_oldest(self, lane: Lane, most: int) -> list[Entry]:
        """Let go of the oldest rows of a *lane* that was set aside, *most* at most."""
        entries = [lane.entries.popleft() for _ in range(min(most, len(lane.entries)))]
        for entry in entries:
            seal(entry)
            self._discount(entry)
            self.writes -= entry.writes
        if not lane.entries:
            self.lanes.close(lane)
        return entries

    def behind(self, entries: Sequence[Entry]) -> list[Entry]:
        """Return the rows that wait behind *entries*."""
        return [later for entry in entries for later in self._chains.behind(entry)]

    def leave(self) -> list[Entry]:
        """Give up every row that is not in a parcel; return them, complete. Nothing comes after."""
        unsealed = [*self._chains.followers(), *self.lanes.entries()]
        for entry in unsealed:
            seal(entry)
        rows = [*self.ready, *unsealed]
        self.ready.clear()
        self.writes = 0
        self.load.rows = self.load.size_bytes = 0
        return rows

    def _place(self, entry: Entry) -> None:
        lane = self.lanes.lane_for(entry)
        if lane is None:
            self._enqueue(entry, self.lanes.route(entry.container))
            return
        lane.add(entry)
        if not lane.is_aside:
            self.progress.enter((entry,))

    def _enqueue(self, entry: Entry, route: Route) -> None:
        send_along(entry, route)
        if self._chains.claim(entry):
            self._release(entry)
            return
        joined = self._chains.follow(entry)
        if joined is not None:
            self._discount(entry)
            self.load.size_bytes -= joined.counted_bytes
            joined.counted_bytes = joined.size_bytes
            self.load.size_bytes += joined.counted_bytes

    def _release(self, entry: Entry) -> None:
        seal(entry)
        self.ready.append(entry)
        self.progress.enter((entry,))

    def _discount(self, entry: Entry) -> None:
        self.load.rows -= 1
        self.load.size_bytes -= entry.counted_bytes
