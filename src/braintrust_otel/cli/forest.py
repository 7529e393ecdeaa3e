"""Puts the rows of a trace in the order of a tree, whatever their parents say.

Rows come from many programs: a parent may be missing, several rows may share a span id, and the
parents may go round in circles. Every row is placed exactly once.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from braintrust_otel.cli.spans import SpanLine
from braintrust_otel.cli.texts import clean

__all__ = ["Placed", "arrange"]

MAX_NOTED = 30


@dataclass(frozen=True, slots=True)
class Placed:
    """One line of the tree.

    Attributes:
        depth: How many lines it is under; 0 for a root.
        span: What is shown; None for a parent that is not there.
        note: What is odd about its place, if anything.
    """

    depth: int
    span: SpanLine | None
    note: str | None = None


def arrange(spans: Sequence[SpanLine]) -> list[Placed]:
    """Return *spans* as the lines of a tree, from top to bottom.

    Children keep the order in which they came, which is that of their starts. Of several parents
    the first one that is there counts, and the others are noted. A log event is under the span it
    belongs to. Spans whose parent is not there are under a line that says so, after the roots;
    spans in a circle follow, beginning with one of the circle.
    """
    return _Forest(spans).lines()


class _Forest:
    def __init__(self, spans: Sequence[SpanLine]) -> None:
        self._spans = spans
        self._by_id: dict[str, int] = {}
        self._parents: dict[int, int] = {}
        self._children: dict[int, list[int]] = defaultdict(list)
        self._orphans: dict[str, list[int]] = defaultdict(list)
        self._roots: list[int] = []
        self._placed: set[int] = set()

    def lines(self) -> list[Placed]:
        for number, span in enumerate(self._spans):
            if not span.is_log:
                self._by_id.setdefault(span.span_id, number)
        for number, span in enumerate(self._spans):
            self._adopt(number, span)
        lines = self._branches(self._roots, depth=0)
        for parent, orphans in self._orphans.items():
            lines.append(Placed(0, None, f"span {clean(parent, MAX_NOTED)} is not in the store"))
            lines += self._branches(orphans, depth=1)
        for number in range(len(self._spans)):
            if number not in self._placed:
                lines += self._branches([self._on_circle(number)], depth=0, note="circular parents")
        return lines

    def _adopt(self, number: int, span: SpanLine) -> None:
        wanted = (span.span_id,) if span.is_log else span.parents
        known = [self._by_id[parent] for parent in wanted if parent in self._by_id]
        if known:
            self._parents[number] = known[0]
            self._children[known[0]].append(number)
        elif span.parents:
            self._orphans[span.parents[0]].append(number)
        else:
            self._roots.append(number)

    def _branches(
        self, numbers: Iterable[int], depth: int, note: str | None = None
    ) -> list[Placed]:
        """Return the lines of *numbers* and all below them; a stack, since traces may be deep."""
        lines: list[Placed] = []
        stack = [(number, depth) for number in reversed(list(numbers))]
        while stack:
            number, level = stack.pop()
            if number in self._placed:
                continue
            self._placed.add(number)
            lines.append(Placed(level, self._spans[number], note or self._other_parents(number)))
            note = None
            stack += [(child, level + 1) for child in reversed(self._children[number])]
        return lines

    def _other_parents(self, number: int) -> str | None:
        span = self._spans[number]
        chosen = self._parents.get(number)
        others = [self._by_id[parent] for parent in span.parents if parent in self._by_id]
        names = [clean(self._spans[other].name, MAX_NOTED) for other in others if other != chosen]
        return f"also under {', '.join(dict.fromkeys(names))}" if names else None

    def _on_circle(self, number: int) -> int:
        """Return a span on the circle that the parents of *number* end in."""
        seen: set[int] = set()
        while number not in seen:
            seen.add(number)
            number = self._parents[number]
        return number
