"""Flush markers: what a flush waits for, and what it is told."""

from __future__ import annotations

import pytest

from braintrust_otel._model.containers import project_logs
from braintrust_otel._shipping.options import ShippingOptions
from support.shipping import Rig
from support.sink import Rows, down, refused, row, source, unwanted


@pytest.fixture
def rig() -> Rig:
    """Return everything around shipping."""
    return Rig()


def test_a_flush_ends_with_the_last_row_before_it(rig: Rig) -> None:
    """Rows put after the flush do not keep it waiting."""
    pipeline = rig.pipeline()
    pipeline.offer(source("a"))
    marker = pipeline.mark()
    pipeline.offer(source("b"))
    jobs = rig.collect(pipeline)

    pipeline.perform(jobs[0])

    assert len(jobs) == 2
    assert marker.is_done
    assert marker.errors == []


def test_a_flush_waits_for_every_request(rig: Rig) -> None:
    """One of two requests is not enough."""
    rig.options = ShippingOptions(max_rows_per_batch=1)
    pipeline = rig.pipeline()
    pipeline.offer(source("a"))
    pipeline.offer(source("b"))
    marker = pipeline.mark()
    first, second = rig.collect(pipeline)

    pipeline.perform(second)
    before = marker.is_done
    pipeline.perform(first)

    assert (before, marker.is_done) == (False, True)


def test_a_flush_does_not_wait_for_company(rig: Rig) -> None:
    """Rows that linger are sent at once."""
    pipeline = rig.pipeline()
    pipeline.offer(source("a"))
    marker = pipeline.mark()

    rig.run(pipeline)

    assert marker.is_done
    assert rig.sink.taken_ids == [["a"]]


def test_a_flush_gives_up_when_deliveries_are_held(rig: Rig) -> None:
    """It learns why, and the rows stay."""
    rig.sink.judge = lambda batch: refused()
    pipeline = rig.pipeline()
    pipeline.offer(source("a"))
    marker = pipeline.mark()

    rig.run(pipeline)

    assert marker.is_done
    assert [str(error) for error in marker.errors] == ["The key was refused."]
    assert pipeline.stats().held == 1


def test_a_flush_tries_held_rows_at_once(rig: Rig) -> None:
    """Held rows do not wait for their next probe when somebody flushes."""
    rig.sink.answers = [refused()]
    pipeline = rig.pipeline()
    pipeline.offer(source("a"))
    rig.run(pipeline, 0.3)

    marker = pipeline.mark()
    rig.run(pipeline)

    assert (marker.is_done, marker.errors) == (True, [])
    assert pipeline.stats().sent == 1


def test_a_flush_tries_resting_containers_at_once(rig: Rig) -> None:
    """A container that could not be found is looked up again when somebody flushes."""
    rig.router.answers = [refused(404)]
    pipeline = rig.pipeline()
    pipeline.offer(source("a"))
    rig.run(pipeline, 0.3)

    marker = pipeline.mark()
    rig.run(pipeline)

    assert (marker.is_done, marker.errors) == (True, [])
    assert pipeline.stats().sent == 1


def test_a_flush_during_a_probe_waits_for_that_one(rig: Rig) -> None:
    """The probe under way tells what there is to tell."""
    rig.sink.judge = lambda batch: refused()
    pipeline = rig.pipeline()
    pipeline.offer(source("a"))
    rig.run(pipeline, 0.3)
    rig.clock.advance(10.0)
    (probe,) = rig.collect(pipeline)

    marker = pipeline.mark()
    rig.collect(pipeline)
    before = marker.is_done
    pipeline.perform(probe)

    assert (before, marker.is_done) == (False, True)
    assert len(rig.sink.offered) == 2


def test_a_flush_waits_for_quick_tries(rig: Rig) -> None:
    """A batch that is about to be tried again is not given up."""
    rig.sink.answers = [down(), None]
    pipeline = rig.pipeline()
    pipeline.offer(source("a"))
    marker = pipeline.mark()

    rig.run(pipeline)
    before = marker.is_done
    rig.run(pipeline, 2.0)

    assert (before, marker.is_done, marker.errors) == (False, True, [])


def test_a_flush_is_told_only_of_its_own_rows(rig: Rig) -> None:
    """What fails after it was put later is another flush's trouble."""
    gone = project_logs(project_id="gone")
    rig.router.judge = lambda container: refused(404) if container == gone else None
    pipeline = rig.pipeline()
    pipeline.offer(source("a"))
    first = pipeline.mark()
    (request,) = rig.collect(pipeline)
    pipeline.offer(Rows(row("b", container=gone)))
    second = pipeline.mark()
    rig.run(pipeline)

    pipeline.perform(request)

    assert (first.is_done, first.errors) == (True, [])
    assert (second.is_done, len(second.errors)) == (True, 1)


def test_a_flush_ends_after_what_failed_was_dumped(rig: Rig) -> None:
    """Whoever has flushed finds the failed payload, and has read why."""
    done: list[bool] = []
    rig.change(dump=lambda batch, error: done.append(pipeline.is_done(marker)))
    rig.sink.judge = lambda batch: unwanted()
    pipeline = rig.pipeline()
    pipeline.offer(source("a"))
    marker = pipeline.mark()

    rig.run(pipeline)

    assert (done, pipeline.is_done(marker)) == ([False], True)


def test_a_flush_of_nothing_is_done_at_once(rig: Rig) -> None:
    """When nothing was logged, there is nothing to wait for."""
    pipeline = rig.pipeline()
    marker = pipeline.mark()

    rig.run(pipeline)

    assert marker.is_done
    assert rig.sink.offered == []
