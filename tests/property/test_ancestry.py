"""Whatever a filter leaves out, no shipped span is under one that was not shipped."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from braintrust_otel._otel.ancestry import Ancestry, Place, Verdict

REMOTE = 10_000
TRACE = 1


@dataclass(frozen=True)
class Step:
    """One thing that happens in a program: a span starts below another one, or ends.

    Attributes:
        starts: Whether a span starts.
        which: Picks the span to start it below, or to end.
        is_ai: Whether the span that ends is about AI.
        is_ours: Whether it is one of our API.
    """

    starts: bool
    which: int
    is_ai: bool
    is_ours: bool


STEPS = st.lists(
    st.builds(
        Step,
        st.booleans(),
        st.integers(0, 30),
        st.booleans(),
        st.sampled_from([False] * 3 + [True]),
    ),
    max_size=60,
)


class Program:
    """Plays steps on an ``Ancestry``, and notes under which span each shipped one is.

    Args:
        capacity: So many spans the ancestry knows.
        hears_starts: Whether it is told of starts.
    """

    def __init__(self, capacity: int, *, hears_starts: bool) -> None:
        self.ancestry = Ancestry(capacity, hears_starts=hears_starts)
        self.hears_starts = hears_starts
        self.parents: list[int | None] = []
        self.open: dict[int, bool] = {}
        self.ours: set[int] = set()
        self.shipped: dict[int, int | None] = {}

    def play(self, step: Step) -> None:
        if step.starts or not self.open:
            self.start(step)
        else:
            self.end(sorted(self.open)[step.which % len(self.open)], is_ai=step.is_ai)

    def start(self, step: Step) -> None:
        span_id = len(self.parents) + 1
        known = [None, REMOTE, *range(1, span_id)]
        parent = known[step.which % len(known)]
        self.parents.append(parent)
        self.open[span_id] = step.is_ours
        if step.is_ours:
            self.ours.add(span_id)
        elif self.hears_starts:
            place, is_moved = self.above(span_id, parent)
            self.ancestry.started(place, is_moved=is_moved)

    def above(self, span_id: int, parent: int | None) -> tuple[Place, bool]:
        """Return the place as the processor finds it: past an ended span that is forgotten."""
        has_ended = parent in range(1, span_id) and parent not in self.open | dict.fromkeys(
            self.ours
        )
        if not has_ended or self.ancestry.knows((TRACE, parent or 0)):
            return self.place(span_id, parent), False
        further = self.parents[(parent or 0) - 1]
        is_known = further in self.ours | {REMOTE} or self.ancestry.knows((TRACE, further or 0))
        return self.place(span_id, further if is_known else None), True

    def place(self, span_id: int, parent: int | None) -> Place:
        is_settled = parent == REMOTE or (self.hears_starts and parent in self.ours)
        return Place((TRACE, span_id), parent, is_settled)

    def end(self, span_id: int, *, is_ai: bool) -> None:
        is_ours = self.open.pop(span_id)
        place = self.place(span_id, self.parents[span_id - 1])
        if is_ours:
            parent = self.parents[span_id - 1]
            verdict = Verdict(is_wanted=True, parent_id=parent)
            if (
                parent is not None
                and parent != REMOTE
                and not (self.hears_starts and parent in self.ours)
            ):
                verdict = self.ancestry.claim(place)
            self.ship(span_id, verdict)
            return
        verdict = self.ancestry.ended(place, None if is_ai else span_id, is_kept=is_ai)
        if is_ai or verdict.is_wanted:
            self.ship(span_id, verdict)

    def ship(self, span_id: int, verdict: Verdict) -> None:
        for one, parent_id in [*verdict.above, (span_id, verdict.parent_id)]:
            assert one not in self.shipped, "shipped twice"
            self.shipped[one] = parent_id

    def run(self, steps: list[Step]) -> None:
        for step in steps:
            self.play(step)
        for span_id in sorted(self.open, reverse=True):
            self.end(span_id, is_ai=False)

    def dangling(self) -> set[int]:
        pointed_to = {parent for parent in self.shipped.values() if parent is not None}
        return pointed_to - self.shipped.keys() - {REMOTE}


@given(STEPS, st.integers(1, 60))
def test_every_parent_of_a_shipped_span_is_shipped(steps: list[Step], capacity: int) -> None:
    """However spans nest, outlive each other and are forgotten, the shipped ones form trees."""
    program = Program(capacity, hears_starts=True)

    program.run(steps)

    assert program.dangling() == set()


@given(STEPS)
def test_parents_stay_what_they_are_while_nothing_is_forgotten(steps: list[Step]) -> None:
    """With room enough, each shipped span is under its own parent, and all above it is shipped."""
    program = Program(1_000, hears_starts=True)

    program.run(steps)

    assert program.ancestry.moved == 0
    assert program.shipped == {one: program.parents[one - 1] for one in program.shipped}


@given(STEPS)
def test_the_same_holds_for_spans_that_only_arrive(steps: list[Step]) -> None:
    """An exporter hears of spans when they have ended, and its trees are whole too."""
    program = Program(1_000, hears_starts=False)

    program.run(steps)

    assert program.dangling() == set()
    assert program.shipped == {one: program.parents[one - 1] for one in program.shipped}


@given(STEPS)
def test_only_what_leads_to_ai_is_shipped(steps: list[Step]) -> None:
    """A span that is neither about AI, nor ours, nor above such a span, stays out."""
    program = Program(1_000, hears_starts=True)
    wanted: set[int | None] = set()

    program.run(steps)

    for one in program.shipped:
        wanted |= {program.shipped[one]}
    leaves = program.shipped.keys() - wanted
    assert all(one in program.ours or one in _ended_as_ai(steps, program) for one in leaves)


def _ended_as_ai(steps: list[Step], played: Program) -> set[int]:
    program = Program(1_000, hears_starts=True)
    found = set()
    for step in steps:
        before = dict(program.open)
        program.play(step)
        ended = before.keys() - program.open.keys()
        found |= ended if step.is_ai else set()
    return found
