"""The report: one line for each figure, with the promise beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from benchmarks.harness.places import PEERS

__all__ = ["Line", "Topic", "render", "summary"]


@dataclass(frozen=True, slots=True)
class Line:
    """One figure.

    Attributes:
        what: What was measured.
        figures: The figure of each peer that was measured, as text.
        ratios: Our figure over the others', as text.
        promise: What is promised; empty where nothing is.
        is_kept: Whether it was kept; None where nothing is promised.
    """

    what: str
    figures: Mapping[str, str]
    ratios: str = ""
    promise: str = ""
    is_kept: bool | None = None


@dataclass(frozen=True, slots=True)
class Topic:
    """What one measurement found.

    Attributes:
        title: Heading.
        how: How it was measured.
        lines: The figures.
        notes: Further paragraphs or tables.
    """

    title: str
    how: str
    lines: Sequence[Line]
    notes: Sequence[str] = field(default_factory=tuple)


def render(topics: Sequence[Topic], machine: str) -> str:
    """Return the whole page."""
    parts = [_HEAD, machine, "\n## Promises\n", _promises(topics)]
    for topic in topics:
        parts += [f"\n## {topic.title}\n", topic.how, ""]
        if topic.lines:
            parts.append(_figures(topic.lines))
        parts += [f"\n{note}" for note in topic.notes]
    return "\n".join(parts) + "\n"


def summary(topics: Sequence[Topic]) -> str:
    """Return the promises as plain lines for the terminal."""
    lines = [line for topic in topics for line in topic.lines if line.promise]
    return "\n".join(
        f"{_verdict(line.is_kept):7} {line.what}: {line.figures['ours']}"
        f"{'; ' + line.ratios if line.ratios else ''} (promised: {line.promise})"
        for line in lines
    )


def _promises(topics: Sequence[Topic]) -> str:
    rows = [
        (line.what, line.promise, line.ratios or line.figures["ours"], _verdict(line.is_kept))
        for topic in topics
        for line in topic.lines
        if line.promise
    ]
    return _table(("what", "promised", "measured", ""), rows)


def _figures(lines: Sequence[Line]) -> str:
    peers = [peer for peer in PEERS if any(peer in line.figures for line in lines)]
    compares = any(line.ratios for line in lines)
    head = ["what", *[PEERS[peer] for peer in peers], *(["ratio"] if compares else [])]
    rows = [
        [
            line.what,
            *[line.figures.get(peer, "") for peer in peers],
            *([line.ratios] if compares else []),
        ]
        for line in lines
    ]
    return _table(head, rows)


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def _verdict(is_kept: bool | None) -> str:
    return {True: "kept", False: "missed", None: ""}[is_kept]


_HEAD = """# Results

<!-- Made by `make bench`. Do not edit. -->

All peers ran in their default configurations and took turns. A figure is the median of the rounds,
with the least and the greatest in parentheses; a ratio is made within each round, and less than 1
means that braintrust-otel costs less. On another machine, or a busy one, the figures differ: the
ratios are what means something. Everything went to one loopback server in a process of its own.
"""
