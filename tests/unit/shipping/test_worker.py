"""Worker and crew, with thread starters that start nothing."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from braintrust_otel._model.rows import Row
from braintrust_otel._shipping.batches import Parcel
from braintrust_otel._shipping.pipeline import Pipeline
from braintrust_otel._shipping.surroundings import Signal
from braintrust_otel._shipping.worker import Crew, Worker
from support.shipping import Rig
from support.sink import Rows, source


class Starter:
    """Keeps what it was asked to run; refuses when told to."""

    def __init__(self) -> None:
        self.targets: list[Callable[[], None]] = []
        self.names: list[str] = []
        self.refuses = False

    def __call__(self, target: Callable[[], None], name: str) -> None:
        if self.refuses:
            raise RuntimeError("can't start new thread")
        self.targets.append(target)
        self.names.append(name)


@pytest.fixture
def starter() -> Starter:
    """Return a thread starter."""
    return Starter()


@pytest.fixture
def rig(starter: Starter) -> Rig:
    """Return everything around shipping."""
    made = Rig()
    made.change(start_thread=starter)
    return made


def with_job(rig: Rig) -> tuple[Pipeline, Parcel]:
    """Return a pipeline and a request that is to be made."""
    pipeline = rig.pipeline()
    pipeline.offer(source("a"))
    (job,) = rig.collect(pipeline)
    assert isinstance(job, Parcel)
    return pipeline, job


def test_threads_are_started_as_they_are_needed(rig: Rig, starter: Starter) -> None:
    """Each request for which no thread is free starts one, up to the size of the crew."""
    pipeline, job = with_job(rig)
    crew = Crew(pipeline, 2, rig.surroundings)

    given = [crew.give(job) for _ in range(3)]

    assert given == [True, True, False]
    assert starter.names == ["braintrust-otel sender"] * 2


def test_a_free_thread_takes_the_next_request(rig: Rig, starter: Starter) -> None:
    """A thread that is done is used again, and ends when told to."""
    pipeline, job = with_job(rig)
    crew = Crew(pipeline, 2, rig.surroundings)
    crew.give(job)
    crew.stop()
    starter.targets[0]()

    given = crew.give(job)

    assert given
    assert len(starter.targets) == 1
    assert rig.sink.taken_ids == [["a"]]


def test_a_refused_thread_leaves_the_request_to_the_worker(rig: Rig, starter: Starter) -> None:
    """At exit Python starts no more threads; later attempts are made all the same."""
    pipeline, job = with_job(rig)
    crew = Crew(pipeline, 2, rig.surroundings)
    starter.refuses = True

    refused = crew.give(job)
    starter.refuses = False
    given = crew.give(job)

    assert (refused, given) == (False, True)


def test_a_closed_crew_starts_no_thread(rig: Rig, starter: Starter) -> None:
    """During a shutdown requests go to the threads that exist."""
    pipeline, job = with_job(rig)
    crew = Crew(pipeline, 2, rig.surroundings)
    crew.close()

    given = crew.give(job)

    assert (given, starter.targets) == (False, [])


def test_a_thread_survives_what_it_runs_into(rig: Rig, starter: Starter) -> None:
    """An exit asked for in the middle of a delivery ends neither the thread nor the rows."""
    rig.sink.answers = [SystemExit()]
    pipeline, job = with_job(rig)
    crew = Crew(pipeline, 1, rig.surroundings)
    crew.give(job)
    crew.stop()

    starter.targets[0]()
    rig.run(pipeline, 1.0)

    assert rig.sink.taken_ids == [["a"]]
    assert crew.give(job)


def test_the_worker_is_started_once(rig: Rig, starter: Starter) -> None:
    """Starting a running worker changes nothing."""
    pipeline = rig.pipeline()
    worker = Worker(pipeline, Crew(pipeline, 1, rig.surroundings), rig.surroundings)

    started = [worker.start(), worker.start()]

    assert started == [True, True]
    assert starter.names == ["braintrust-otel worker"]


def test_a_worker_that_cannot_be_started_is_started_later(rig: Rig, starter: Starter) -> None:
    """A refusal is no failure for good."""
    pipeline = rig.pipeline()
    worker = Worker(pipeline, Crew(pipeline, 1, rig.surroundings), rig.surroundings)
    starter.refuses = True

    refused = worker.start()
    starter.refuses = False
    started = worker.start()

    assert (refused, started) == (False, True)


def test_the_worker_ends_with_the_pipeline(rig: Rig) -> None:
    """Once shipping has ended the loop ends."""
    pipeline = rig.pipeline()
    pipeline.close()
    worker = Worker(pipeline, Crew(pipeline, 1, rig.surroundings), rig.surroundings)

    worker.run()

    assert pipeline.is_closed


def test_the_worker_survives_an_exit_asked_for_in_a_conversion(rig: Rig) -> None:
    """A masking function that calls ``sys.exit`` costs its row, not the worker."""
    pipeline = rig.pipeline()
    worker = Worker(pipeline, Crew(pipeline, 1, rig.surroundings), rig.surroundings)

    class Ending(Rows):
        def rows(self) -> list[Row]:
            pipeline.close()
            raise SystemExit

    pipeline.offer(Ending())
    pipeline.mark()

    worker.run()

    assert pipeline.stats().lost == 1


def test_the_worker_hands_requests_to_the_crew(rig: Rig, starter: Starter) -> None:
    """The worker makes no request itself while there are threads for it."""
    pipeline = rig.pipeline()
    worker = Worker(pipeline, Crew(pipeline, 1, rig.surroundings), rig.surroundings)
    pipeline.offer(source("a"))
    pipeline.mark()

    worker.turn()
    worker.turn()

    assert starter.names == ["braintrust-otel sender"]
    assert rig.router.asked == []


def test_the_worker_rests_until_a_row_comes(rig: Rig) -> None:
    """A turn without work returns when the signal is given."""
    pipeline = rig.pipeline()
    worker = Worker(pipeline, Crew(pipeline, 1, rig.surroundings), rig.surroundings)
    pipeline.signal.notify()

    worker.turn()

    assert pipeline.stats().logged == 0


def test_the_worker_does_not_rest_when_there_is_something_to_do(rig: Rig) -> None:
    """Where a step found nothing and something came meanwhile, the next turn follows at once."""
    pipeline = rig.pipeline()
    worker = Worker(pipeline, Crew(pipeline, 1, rig.surroundings), rig.surroundings)
    pipeline.close()

    worker.turn()

    assert pipeline.rest() == 0.0


def test_a_bug_in_a_step_does_not_end_the_worker(rig: Rig) -> None:
    """It costs one line, and the worker pauses before it goes on."""

    def fail() -> float:
        raise ZeroDivisionError

    pipeline = rig.pipeline()
    rig.change(clock=fail)
    broken = rig.pipeline()
    worker = Worker(broken, Crew(pipeline, 1, rig.surroundings), rig.surroundings)
    broken.signal.notify()

    worker.turn()

    assert "ZeroDivisionError" in rig.said[0]


def test_a_signal_is_not_lost_and_not_kept() -> None:
    """A notification before the wait ends it; several end only one."""
    signal = Signal()
    signal.notify()
    signal.notify()

    signal.wait(None)

    signal.wait(0.0)
