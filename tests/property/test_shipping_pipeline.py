"""Laws of shipping: whatever the server answers, rows are conserved and keep their order."""

from __future__ import annotations

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from braintrust_otel._model.containers import Container, project_logs, routing_fields
from braintrust_otel._model.rows import Row, apply_merge
from braintrust_otel._shipping.batches import Parcel
from braintrust_otel._shipping.jobs import Job
from braintrust_otel._shipping.options import ShippingOptions
from braintrust_otel._shipping.pipeline import Pipeline
from braintrust_otel._shipping.senders import Batch, RowSource
from braintrust_otel._shipping.stats import ShippingStats
from support.shipping import Rig
from support.sink import Rows, Switchboard, down, ids, refused, too_large, unwanted

NAMES = {"demo": "p1", "other": "p2"}
CONTAINERS = [
    project_logs("demo"),
    project_logs(project_id="p1"),
    project_logs("demo", "p1"),
    project_logs("other"),
]
MAX_ROWS, MAX_BYTES = 4, 400
MOODS = ["takes", "takes", "down", "reset after storing", "refuses key", "too large"]


def _key(container: Container, row_id: str) -> tuple[str, ...]:
    fields = routing_fields(project_logs(None, container.id or NAMES[container.name or ""]))
    return (*sorted(fields), *(fields[name] for name in sorted(fields)), row_id)


class Shipping(RuleBasedStateMachine):
    """Puts, turns, answers in any order, failures of every kind; then everything heals."""

    def __init__(self) -> None:
        super().__init__()
        options = ShippingOptions(max_rows_per_batch=MAX_ROWS, max_batch_bytes=MAX_BYTES)
        self.rig = Rig(options, router=Switchboard(**NAMES))
        self.mood = "takes"
        self.rig.sink.judge = self._judge
        self.pipeline: Pipeline = self.rig.pipeline()
        self.jobs: list[Job] = []
        self.expected: dict[tuple[str, ...], dict[str, object]] = {}
        self.count = 0

    def _judge(self, batch: Batch) -> Exception | None:
        if any(row_id.startswith("bad") for row_id in ids(batch)):
            return unwanted()
        if self.mood == "down":
            return down()
        if self.mood == "refuses key":
            return refused()
        if self.mood == "too large" and len(batch.rows) > 1:
            return too_large()
        if self.mood == "reset after storing":
            self.rig.sink.answers.append(None)
            self.rig.sink.send(batch)
            self.rig.sink.taken.pop()
            return down(None)
        return None

    def _give(self, job: Job) -> bool:
        self.jobs.append(job)
        return True

    @initialize()
    def start(self) -> None:
        """Begin with nothing."""

    @rule(
        number=st.integers(0, 5),
        container=st.sampled_from(CONTAINERS),
        may_join=st.booleans(),
        size=st.sampled_from([1, 150, 500]),
    )
    def put(self, number: int, container: Container, may_join: bool, size: int) -> None:
        """Log a write: the first one of a row replaces, later ones merge."""
        self.count += 1
        key = _key(container, f"r{number}")
        stored = self.expected.get(key)
        fields: dict[str, object] = {
            f"f{self.count % 3}": "x" * size,
            "last": self.count,
            "tags": [str(self.count % 4)],
        }
        row = Row(f"r{number}", container, fields, stored is not None, may_join)
        written = {"id": row.id, **fields, **dict(zip(key[:2], key[2:4], strict=True))}
        self.expected[key] = apply_merge(stored, {**written, "_is_merge": row.is_merge})
        self._offer(Rows(row))

    @rule(number=st.integers(0, 2))
    def put_a_row_that_is_refused(self, number: int) -> None:
        """Log something that the server refuses for its content."""
        self._offer(Rows(Row(f"bad{number}", CONTAINERS[0], {"x": 1})))

    @rule()
    def put_what_cannot_be_converted(self) -> None:
        """Log something whose conversion fails."""
        self._offer(Rows(ValueError("no")))

    @rule(mood=st.sampled_from(MOODS))
    def change_mood(self, mood: str) -> None:
        """Let the server answer differently from now on."""
        self.mood = mood

    @rule(fails=st.booleans())
    def change_routing(self, fails: bool) -> None:
        """Let containers be unknown, or known again."""
        self.rig.router.judge = lambda container: refused(404) if fails else None

    @rule(seconds=st.sampled_from([0.01, 0.2, 1.0, 10.0]))
    def let_time_pass(self, seconds: float) -> None:
        """Let deadlines come."""
        self.rig.clock.advance(seconds)

    @rule(is_urgent=st.booleans())
    def turn(self, is_urgent: bool) -> None:
        """Do one thing; requests are left under way."""
        self.pipeline.step(is_urgent=is_urgent, give=self._give)

    @rule(data=st.data())
    def answer(self, data: st.DataObject) -> None:
        """Let one of the requests under way come back."""
        if self.jobs:
            index = data.draw(st.integers(0, len(self.jobs) - 1))
            self.pipeline.perform(self.jobs.pop(index))

    @rule()
    def flush(self) -> None:
        """Put a flush marker."""
        self.pipeline.mark()

    def _offer(self, source: RowSource) -> None:
        assert self.pipeline.offer(source)

    @invariant()
    def every_write_is_somewhere(self) -> None:
        """Nothing is counted twice or forgotten."""
        stats = self.pipeline.stats()

        assert stats.logged == _places(stats)
        assert min(stats.queued, stats.held, stats.in_flight, stats.size_bytes) >= 0

    @invariant()
    def no_row_is_under_way_twice(self) -> None:
        """Two writes of one row are never in requests at the same time."""
        parcels = [job for job in self.jobs if isinstance(job, Parcel)]
        keys = [entry.key for parcel in parcels for entry in parcel.entries]

        assert len(keys) == len(set(keys))

    @invariant()
    def batches_are_within_the_limits(self) -> None:
        """A request has at most so many rows, and more than one only if they fit."""
        for batch in self.rig.sink.offered:
            assert len(batch.rows) <= MAX_ROWS
            assert len(batch.rows) == 1 or batch.size_bytes <= MAX_BYTES

    @invariant()
    def the_worker_sleeps_only_when_nothing_is_due(self) -> None:
        """What rest promises to come later is not due now, so a worker cannot spin."""
        rest = self.pipeline.rest()

        if rest == 0.0:
            assert self.pipeline.step(is_urgent=False, give=self._give)

    def teardown(self) -> None:
        """Once everything heals, what is stored is what was logged, in order."""
        self.mood = "takes"
        self.rig.router.judge = lambda container: None
        # After many refusals in a row it takes a row that is accepted to judge the others by.
        self.put(99, CONTAINERS[0], may_join=True, size=1)
        marker = self.pipeline.mark()
        for job in self.jobs:
            self.pipeline.perform(job)
        self.rig.run(self.pipeline, 1000.0)
        stats = self.pipeline.stats()
        stored = {
            key: {name: value for name, value in row.items() if name != "_is_merge"}
            for key, row in self.rig.sink.stored.items()
        }

        assert stored == {
            key: {name: value for name, value in row.items() if name != "_is_merge"}
            for key, row in self.expected.items()
        }
        assert marker.is_done
        assert (stats.held, stats.queued, stats.in_flight, stats.size_bytes) == (0, 0, 0, 0)


def _places(stats: ShippingStats) -> int:
    settled = stats.sent + stats.rejected + stats.lost
    return settled + stats.held + stats.queued + stats.in_flight


Shipping.TestCase.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
TestShipping = Shipping.TestCase
