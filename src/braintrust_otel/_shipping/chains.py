"""Order per row: of each key, one write at a time is on its way."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence

from braintrust_otel._shipping.entries import Entry, encode, join

__all__ = ["Chains"]


class Chains:
    """Keeps later writes of a row waiting until the one before them is settled.

    This is what makes overtaking impossible, whatever happens to the first one: it may be split,
    isolated, held or tried again; the next one is not even packed before it is settled. Writes
    that wait are joined, so that a row written to a hundred times in an outage is one write after.
    """

    __slots__ = ("_followers",)

    def __init__(self) -> None:
        self._followers: dict[tuple[str, ...], deque[Entry] | None] = {}

    def claim(self, entry: Entry) -> bool:
        """Let *entry* go if no earlier write of its row is unsettled; return whether it may go."""
        if entry.key in self._followers:
            return False
        self._followers[entry.key] = None
        return True

    def follow(self, entry: Entry) -> Entry | None:
        """Let *entry* wait behind the earlier writes of its row.

        Returns:
            The entry that *entry* was joined with, now standing for both and to be counted in
            place of the two, or None when it waits on its own.
        """
        followers = self._followers.get(entry.key)
        if not followers:
            self._followers[entry.key] = deque((entry,))
            return None
        last = followers[-1]
        joined = last.gathered and entry.gathered and join(last.gathered, entry.gathered)
        if not joined:
            followers.append(entry)
            return None
        encoded = encode(joined)
        last.gathered, last.data, last.is_merge = joined, encoded.data, encoded.is_merge
        last.writes, last.tickets = encoded.writes, encoded.tickets
        return last

    def settle(self, entry: Entry) -> Entry | None:
        """Forget *entry*; return the next write of its row, which may go now."""
        followers = self._followers.pop(entry.key)
        if not followers:
            return None
        following = followers.popleft()
        self._followers[entry.key] = followers or None
        return following

    def behind(self, entry: Entry) -> Sequence[Entry]:
        """Return the writes that wait behind *entry*."""
        return tuple(self._followers.get(entry.key) or ())

    def followers(self) -> Iterator[Entry]:
        """Return all writes that wait behind others."""
        return (entry for waiting in self._followers.values() for entry in waiting or ())
