"""Shipping without threads: a test turns the crank itself."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass, field

from braintrust_otel._diagnostics import Notices
from braintrust_otel._shipping.batches import Parcel
from braintrust_otel._shipping.jobs import Job
from braintrust_otel._shipping.options import ShippingOptions
from braintrust_otel._shipping.pipeline import Pipeline
from braintrust_otel._shipping.senders import Batch
from braintrust_otel._shipping.shipper import Shipper
from braintrust_otel._shipping.stats import ShippingStats
from braintrust_otel._shipping.surroundings import Surroundings
from braintrust_otel.errors import SendError
from support.clock import FixedClock
from support.sink import Sink, Switchboard, down, ids, source

__all__ = ["Rig", "balance", "inside", "poisoned", "put", "refuse", "refuse_threads"]


def refuse_threads(target: Callable[[], None], name: str) -> None:
    """Start no thread, as Python does at exit."""
    raise RuntimeError("can't start new thread at interpreter shutdown")


@dataclass
class Rig:
    """Everything around shipping, in one hand.

    Attributes:
        options: Bounds and periods.
        sink: The sender.
        router: The router.
        clock: The time, which only moves when something waits.
        said: What the user was told.
        dumped: What went to the failed-payload directory.
        surroundings: Made of these; without jitter and without threads.
    """

    options: ShippingOptions = field(default_factory=ShippingOptions)
    sink: Sink = field(default_factory=Sink)
    router: Switchboard = field(default_factory=Switchboard)
    clock: FixedClock = field(default_factory=FixedClock)
    said: list[str] = field(default_factory=list)
    dumped: list[tuple[Batch, SendError]] = field(default_factory=list)
    surroundings: Surroundings = field(init=False)

    def __post_init__(self) -> None:
        self.surroundings = Surroundings(
            notices=Notices(self.said.append, self.clock),
            clock=self.clock,
            chance=lambda: 1.0,
            start_thread=refuse_threads,
            wait=self.clock.wait,
            dump=lambda batch, error: self.dumped.append((batch, error)),
        )

    def change(self, **changes: object) -> None:
        """Replace parts of the surroundings."""
        self.surroundings = dataclasses.replace(self.surroundings, **changes)  # type: ignore[arg-type] # names are the caller's

    def shipper(self) -> Shipper:
        """Return a shipper over all this."""
        return Shipper(self.sink, self.router, self.surroundings, self.options)

    def pipeline(self) -> Pipeline:
        """Return a pipeline over all this."""
        return Pipeline(self.sink, self.router, self.options, self.surroundings)

    def run(self, pipeline: Pipeline, seconds: float = 0.0) -> None:
        """Do what a worker does until nothing is due within *seconds*, letting them pass."""
        until = self.clock.now + seconds
        while not pipeline.is_closed:
            if pipeline.step(is_urgent=False):
                continue
            rest = pipeline.rest()
            if rest is None or self.clock.now + rest > until:
                self.clock.now = max(until, self.clock.now)
                return
            self.clock.advance(rest)

    def collect(self, pipeline: Pipeline) -> list[Job]:
        """Do what is due now, but leave requests for rows under way; return them."""
        jobs: list[Job] = []

        def give(job: Job) -> bool:
            if isinstance(job, Parcel):
                jobs.append(job)
                return True
            return False

        while pipeline.step(is_urgent=True, give=give):
            pass
        return jobs


def put(shipping: Pipeline | Shipper, *row_ids: str) -> None:
    """Put one row for each id, into a pipeline or through its front."""
    take = shipping.offer if isinstance(shipping, Pipeline) else shipping.put
    for row_id in row_ids:
        take(source(row_id))


def balance(stats: ShippingStats) -> int:
    """Return the row writes that are accounted for."""
    settled = stats.sent + stats.rejected + stats.lost
    return settled + stats.held + stats.queued + stats.in_flight


def refuse(error: SendError, *row_ids: str) -> Callable[[Batch], SendError | None]:
    """Return a judge that refuses batches with one of *row_ids*."""
    return lambda batch: error if set(row_ids) & set(ids(batch)) else None


def poisoned(rig: Rig, error: SendError | None = None, *names: str) -> Pipeline:
    """Return a pipeline in which a batch failed while another one was delivered."""
    rig.sink.judge = refuse(error or down(500), "poison")
    pipeline = rig.pipeline()
    put(pipeline, *(names or ("poison",)))
    (failing,) = rig.collect(pipeline)
    rig.clock.advance(0.1)
    put(pipeline, "other")
    (other,) = rig.collect(pipeline)
    pipeline.perform(other)
    pipeline.perform(failing)
    return pipeline


def inside(rig: Rig, action: Callable[[Shipper], object]) -> tuple[Shipper, list[object]]:
    """Return a shipper whose sender does *action* in the middle of a delivery."""
    shipper = rig.shipper()
    results: list[object] = []

    def judge(batch: Batch) -> SendError | None:
        results.append(action(shipper))
        return None

    rig.sink.judge = judge
    put(shipper, *"abcd")
    return shipper, results
