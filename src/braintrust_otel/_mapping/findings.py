"""What dialects find on a span, and which finding wins."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from braintrust_otel._mapping.view import SpanView

__all__ = ["Dialect", "Finding", "Reading", "nothing", "read"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One value that a dialect found for a row.

    Attributes:
        field: The row's field; an empty one is none (see ``nothing``).
        value: A JSON-safe value or encoded text.
        sources: The attributes that it was read from.
        key: The member of the field, where the field is an object to which several findings add.
        events: The span events that it was read from, by their position.
    """

    field: str
    value: object
    sources: Sequence[str] = ()
    key: str | None = None
    events: Sequence[int] = ()


def nothing(*sources: str) -> Finding:
    """Return the finding that *sources* say nothing that a row should hold.

    For secrets, and for what only describes other attributes.
    """
    return Finding("", None, sources)


class Dialect(Protocol):
    """Reads one family of attribute names. Pure, and never raises."""

    def __call__(self, view: SpanView, /) -> Iterable[Finding]:
        """Return what *view* says in this dialect, the more telling source of a value first."""
        ...


@dataclass(frozen=True, slots=True)
class Reading:
    """What all dialects together found.

    Attributes:
        fields: The row's fields.
        used: Attributes that are wholly told by them.
        used_events: Positions of the span events that are.
    """

    fields: dict[str, object] = field(default_factory=dict)
    used: frozenset[str] = frozenset()
    used_events: frozenset[int] = frozenset()


def read(view: SpanView, dialects: Iterable[Dialect]) -> Reading:
    """Ask *dialects* in order; for each field, or member of one, the first value wins.

    An attribute or event of which any value lost is not among the used ones, so that it is told
    elsewhere; a value that equals the winner, or that was read off the same source, is told by it.
    """
    fields: dict[str, object] = {}
    used: set[str | int] = set()
    lost: set[str | int] = set()
    winners: dict[tuple[str, str | None], set[str | int]] = {}
    for dialect in dialects:
        for finding in dialect(view):
            sources: set[str | int] = {*finding.sources, *finding.events}
            if _accept(fields, finding):
                used |= sources
                winners.setdefault((finding.field, finding.key), sources)
            else:
                lost |= sources - winners.get((finding.field, finding.key), set())
    told = used - lost
    return Reading(
        fields,
        frozenset(source for source in told if isinstance(source, str)),
        frozenset(source for source in told if isinstance(source, int)),
    )


def _accept(fields: dict[str, object], finding: Finding) -> bool:
    if not finding.field:
        return True
    if finding.key is None:
        return _is_same(fields.setdefault(finding.field, finding.value), finding.value)
    members = fields.setdefault(finding.field, {})
    if not isinstance(members, dict):
        return False
    return _is_same(members.setdefault(finding.key, finding.value), finding.value)


def _is_same(winner: object, value: object) -> bool:
    if winner is value:
        return True
    try:
        return winner == value
    except RecursionError:  # nested too deeply to compare
        return False
