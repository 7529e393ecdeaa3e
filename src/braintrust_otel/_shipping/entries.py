"""Rows on their way: encoded once, given their routing fields when these are known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from braintrust_otel import _json
from braintrust_otel._model.containers import Container
from braintrust_otel._model.rows import Row, is_joinable, join_rows
from braintrust_otel._shipping.senders import WireRow
from braintrust_otel._shipping.spool import Ticket

__all__ = [
    "Entry",
    "Gathered",
    "Route",
    "encode",
    "join",
    "route_for",
    "seal",
    "send_along",
    "turn_into_merge",
    "wire",
]

_OVERHEAD_BYTES = 512
"""Memory of one entry beyond its text: the objects around it, measured with tracemalloc."""

_MERGE = b',"_is_merge":true}'


@dataclass(frozen=True, slots=True)
class Route:
    """Where a container's rows go, ready to be written into them.

    Attributes:
        key: The routing fields as the beginning of a row's identity.
        tail: The routing fields as JSON text, to follow a row's last field.
    """

    key: tuple[str, ...]
    tail: bytes


@dataclass(slots=True, eq=False)
class Gathered:
    """One or several joined writes of one row, not encoded yet.

    Attributes:
        row: The write that stands for all of them.
        writes: How many were joined.
        tickets: Their places in the spool.
    """

    row: Row
    writes: int = 1
    tickets: tuple[Ticket, ...] = ()


@dataclass(slots=True, eq=False)
class Entry:
    """A row on its way, from its encoding to its settlement.

    Attributes:
        gathered: What it was made of; kept only while later writes may still be joined to it.
        container: Where the row belongs.
        id: The row's id.
        data: The row's JSON text: as encoded at first, then as it goes over the wire.
        is_merge: Whether the row merges into what is stored.
        writes: Row writes that it stands for.
        tickets: Their places in the spool.
        generation: The flush generation that it belongs to.
        route: Where the row goes; None until its container was routed.
        key: Identity of the row on the wire; empty until its container was routed.
        counted_bytes: The memory that it was counted with.
    """

    gathered: Gathered | None
    container: Container
    id: str
    data: bytes
    is_merge: bool
    writes: int
    tickets: tuple[Ticket, ...]
    generation: int = 0
    route: Route | None = None
    key: tuple[str, ...] = ()
    counted_bytes: int = 0

    @property
    def size_bytes(self) -> int:
        """Roughly the memory that the entry takes.

        A quarter more than its text: that much the allocator was measured to hold beyond it, for
        the texts of other sizes that were made and freed on the way.
        """
        return len(self.data) * 5 // 4 + _OVERHEAD_BYTES

    @property
    def wire_bytes(self) -> int:
        """Bytes of the entry's text in a request, with its separator."""
        return len(self.data) + 1


def encode(gathered: Gathered) -> Entry:
    """Encode *gathered*; the text has an id, and at least that."""
    row = gathered.row
    data = _json.dumps({"id": row.id, **row.fields})
    return Entry(
        gathered=gathered,
        container=row.container,
        id=row.id,
        data=data,
        is_merge=row.is_merge,
        writes=gathered.writes,
        tickets=gathered.tickets,
    )


def join(kept: Gathered, new: Gathered) -> Gathered | None:
    """Join two writes of one row into one, or return None if they must stay apart."""
    if not is_joinable(kept.row) or not is_joinable(new.row):
        return None
    return Gathered(
        join_rows(kept.row, new.row), kept.writes + new.writes, kept.tickets + new.tickets
    )


def route_for(fields: Mapping[str, str]) -> Route:
    """Prepare routing *fields*."""
    ordered = dict(sorted(fields.items()))
    text = _json.dumps(ordered)[1:-1]
    return Route((*ordered, *ordered.values()), b"," + text if text else b"")


def send_along(entry: Entry, route: Route) -> None:
    """Let *entry* take *route*; its text stays as it is."""
    entry.route = route
    entry.key = (*route.key, entry.id)


def seal(entry: Entry) -> None:
    """Complete the text of an *entry* that is about to be sent: nothing can be joined any more."""
    tail = b""
    if entry.route is None:
        entry.key = (entry.id,)
    else:
        tail = entry.route.tail
    entry.data = entry.data[:-1] + tail + (_MERGE if entry.is_merge else b"}")
    entry.gathered = None


def wire(entry: Entry) -> WireRow:
    """Return a sealed *entry* as a sender takes it."""
    return WireRow(entry.key, entry.data, entry.is_merge)


def turn_into_merge(entry: Entry) -> None:
    """Make a sealed *entry* merge into what is stored instead of replacing it.

    For a row whose delivery ended without a known outcome and that has rested since. A repeat of
    the same bytes is right as long as nothing can have been written to the row in between; after
    a rest, somebody's feedback may have been, and a row that replaces would wipe it.
    """
    if not entry.is_merge:
        entry.is_merge = True
        entry.data = entry.data[:-1] + _MERGE
