"""Finds the spans that may tell of one call of a model: the table of those that ended lately.

What decides is structure, not names. A span is inside another one if it is below it in the trace.
An instrumentor that does not make its span current has those of the same call beside it: at the
same time, made by somebody else, under the same parent; ended just before or after it in the same
thread, or in another thread (where frameworks run their hooks for coroutines) around it. Of the
latter the tokens tell whether it is the same call, and where nobody counted them, how much of its
time the one within took.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from braintrust_otel._mapping.one_call import CallFacts, counts_agree, facts_of, settle

if TYPE_CHECKING:
    from braintrust_otel._model.containers import Container
    from braintrust_otel._model.rows import Row

__all__ = ["CallPart", "EndedSpan", "Overlaps"]

_MOST_INNER = 16
"""A span with more calls inside of it is no call itself."""

_MOST_SPANS = 4_096
"""So many spans are waited for, and so many calls remembered, at most."""

Key = tuple[int, int]
T = TypeVar("T")


class EndedSpan(NamedTuple):
    """What of an ended span decides.

    Attributes:
        key: Trace id and span id.
        parent: The same of the span above it, if that is one of this process.
        maker: What made it: the instrumentation scope, or the instrumentor of ours.
        start_ns: When it started, nanoseconds since the epoch.
        end_ns: When it ended.
    """

    key: Key
    parent: Key | None
    maker: str
    start_ns: int
    end_ns: int


class CallPart:
    """One span that may tell of a call, with those inside of it.

    Made when the span ends. ``settled`` is for the one thread that makes the rows.

    Args:
        span: The span.
        inner: The parts below it that have ended.
        around: Parts around it that have ended already: the one above, or one beside it that began
            earlier.
    """

    __slots__ = ("_around", "_facts", "_inner", "beside", "is_paired", "span", "within")

    def __init__(self, span: EndedSpan, inner: list[CallPart], around: list[CallPart]) -> None:
        self.span = span
        self.is_paired = False
        self.beside: CallPart | None = None  # one that began later
        self.within: CallPart | None = None  # one that ran in another thread meanwhile
        self._inner = inner
        self._around = around
        # By container, because two processors may send one span to two projects.
        self._facts: dict[Container, CallFacts] = {}

    def settled(self, row: Row, *, is_own: bool, prefer: str) -> list[Row]:
        """Return what *row*, the span's whole row, means for the rows of the call; merge rows.

        Args:
            row: The row.
            is_own: Whether the span is one of our API.
            prefer: Which row of a call wins.
        """
        home = row.container
        facts = self._facts[home] = facts_of(row, is_own=is_own)
        if not facts.is_llm:
            return []
        corrections = settle(facts, self.found_inside(home), prefer)
        # What is beside, or around, meets whichever row stayed of this span and those inside of it.
        if self.beside is not None:
            for stayed in self._staying(home):
                corrections += settle(stayed, self.beside.found(home), prefer)
        if self.within is not None:
            for stayed in self._staying(home):
                corrections += settle(stayed, self._same_within(stayed, home), prefer)
        for part in self._around:
            for outer in part._staying(home):  # noqa: SLF001  # its own kind
                corrections += settle(outer, self.found(home), prefer)
        return corrections

    def facts(self, home: Container) -> CallFacts | None:
        """Return what the span's row in *home* tells of the call; None before it is made."""
        return self._facts.get(home)

    def found(self, home: Container) -> Iterator[CallFacts]:
        """Return what is known of this span and of every one inside of it."""
        facts = self.facts(home)
        if facts is not None:
            yield facts
        yield from self.found_inside(home)

    def _staying(self, home: Container) -> list[CallFacts]:
        return [facts for facts in self.found(home) if facts.is_llm][:1]

    def _same_within(self, stayed: CallFacts, home: Container) -> Iterator[CallFacts]:
        """Return what is known of the span within, where it tells of the same call."""
        if self.within is not None:
            takes_most = _takes_most(self.within.span, self.span)
            for facts in self.within.found(home):
                agrees = counts_agree(stayed, facts)
                if takes_most if agrees is None else agrees:
                    yield facts

    def found_inside(self, home: Container) -> Iterator[CallFacts]:
        """Return the same of every span inside of this one."""
        for part in self._inner:
            yield from part.found(home)


class Overlaps:
    """The calls that ended lately on the way to one place. Any thread may call it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: dict[Key, list[CallPart]] = {}
        self._recent: dict[Key, CallPart] = {}
        self._latest = threading.local()

    @property
    def is_idle(self) -> bool:
        """Whether no span is waited for: then the end of a span that is no call says nothing."""
        return not self._waiting

    def passed(self, key: Key, parent: Key | None) -> None:
        """Note the end of a span that is no call: what is inside of it is inside the one above."""
        with self._lock:
            inner = self._waiting.pop(key, None)
            if inner and parent is not None:
                self._wait(parent, inner)

    def ended(self, span: EndedSpan) -> CallPart:
        """Note the end of a span that may be a call; the same part if it was noted before."""
        with self._lock:
            known = self._recent.get(span.key)
            if known is not None:
                return known
            inner = self._waiting.pop(span.key, [])
            above = None if span.parent is None else self._recent.get(span.parent)
            around = [above] if above is not None and _overlap(above.span, span) else []
            part = CallPart(span, inner, around)
            beside = self._beside(span)
            within = self._within(span) if beside is None else None
            if span.parent is not None and not around:
                self._wait(span.parent, [part])
            if beside is not None:
                beside.is_paired = part.is_paired = True
                if beside.span.start_ns < span.start_ns:
                    around.append(beside)
                else:
                    part.beside = beside
            if within is not None:
                within.is_paired = part.is_paired = True
                part.within = within
            self._latest.part = part
            _put(self._recent, span.key, part)
            return part

    def _beside(self, span: EndedSpan) -> CallPart | None:
        """Return the part that ended just before *span*, if it tells of the same call."""
        latest: CallPart | None = getattr(self._latest, "part", None)
        if latest is None or latest.is_paired:
            return None
        if latest.span.parent != span.parent or latest.span.maker == span.maker:
            return None
        return latest if _overlap(latest.span, span) else None

    def _within(self, span: EndedSpan) -> CallPart | None:
        """Return the part beside *span* that began and ended within it; the longest of several.

        Without a parent nothing tells whether two spans of different threads have to do with each
        other.
        """
        beside = () if span.parent is None else self._waiting.get(span.parent, ())
        found = [
            part
            for part in beside
            if not part.is_paired and part.span.maker != span.maker and _is_within(part.span, span)
        ]
        return max(found, key=lambda part: part.span.end_ns - part.span.start_ns, default=None)

    def _wait(self, parent: Key, parts: list[CallPart]) -> None:
        waiting = [*self._waiting.pop(parent, ()), *parts]
        _put(self._waiting, parent, waiting[-_MOST_INNER:])


def _overlap(one: EndedSpan, other: EndedSpan) -> bool:
    return one.start_ns < other.end_ns and other.start_ns < one.end_ns


def _is_within(inner: EndedSpan, outer: EndedSpan) -> bool:
    return outer.start_ns <= inner.start_ns and inner.end_ns <= outer.end_ns


def _takes_most(inner: EndedSpan, outer: EndedSpan) -> bool:
    return 2 * (inner.end_ns - inner.start_ns) > outer.end_ns - outer.start_ns


def _put(table: dict[Key, T], key: Key, value: T) -> None:
    if len(table) >= _MOST_SPANS:
        del table[next(iter(table))]
    table[key] = value
