"""Rounds: the peers take turns, so that a busy moment of the machine hits all of them alike."""

from __future__ import annotations

import statistics
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

__all__ = ["Plan", "Rounds", "Spread", "take_turns"]


@dataclass(frozen=True, slots=True)
class Plan:
    """How much is measured.

    Attributes:
        rounds: Turns of each peer.
        scale: Share of the spans of the longest measurements.
    """

    rounds: int = 5
    scale: float = 1.0


@dataclass(frozen=True, slots=True)
class Spread:
    """One figure over all rounds."""

    values: Sequence[float]

    @property
    def median(self) -> float:
        """The middle value."""
        return statistics.median(self.values)

    def over(self, other: Spread) -> Spread:
        """Return the ratio to *other*, round by round."""
        return Spread([own / theirs for own, theirs in zip(self.values, other.values, strict=True)])

    def text(self, unit: str = "") -> str:
        """Return the median, and the least and the greatest value where there are several."""
        tail = f" {unit}" if unit else ""
        middle, least, most = map(_digits, (self.median, min(self.values), max(self.values)))
        return f"{middle}{tail}" if least == most else f"{middle}{tail} ({least} to {most})"


@dataclass(frozen=True, slots=True)
class Rounds:
    """What the programs of each peer printed, round by round."""

    results: Mapping[str, Sequence[Mapping[str, Any]]]

    def spread(self, peer: str, *path: str) -> Spread:
        """Return one figure of one peer."""
        return Spread([_at(result, path) for result in self.results[peer]])

    def texts(self, unit: str, *path: str) -> dict[str, str]:
        """Return one figure of every peer as text."""
        return {peer: self.spread(peer, *path).text(unit) for peer in self.results}

    def ratio(self, peer: str, *path: str) -> Spread:
        """Return our figure over that of *peer*."""
        return self.spread("ours", *path).over(self.spread(peer, *path))


def take_turns(
    what: str, peers: Iterable[str], rounds: int, run: Callable[[str], Mapping[str, Any]]
) -> Rounds:
    """Call *run* for each peer, again and again."""
    names = list(peers)
    results: dict[str, list[Mapping[str, Any]]] = {peer: [] for peer in names}
    for number in range(rounds):
        print(f"{what}: round {number + 1} of {rounds}", file=sys.stderr, flush=True)
        for peer in names:
            results[peer].append(run(peer))
    return Rounds(results)


def _at(result: Any, path: Sequence[str]) -> float:
    for key in path:
        result = result[key]
    return float(result)


def _digits(value: float) -> str:
    """Return *value* with as many digits as mean something."""
    size = abs(value)
    if size >= 100 or value == int(value):
        return f"{value:,.0f}"
    if size >= 10:
        return f"{value:.1f}"
    return f"{value:.2f}" if size >= 0.1 else f"{value:.3f}"
