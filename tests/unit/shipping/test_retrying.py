"""What becomes of rows when the server fails in passing, or takes nothing for a while."""

from __future__ import annotations

from itertools import pairwise

import pytest

from braintrust_otel._shipping.options import ShippingOptions
from support.shipping import Rig, put
from support.sink import down, ids, refused


@pytest.fixture
def rig() -> Rig:
    """Return everything around shipping."""
    return Rig()


def test_a_passing_failure_is_retried_with_growing_pauses(rig: Rig) -> None:
    """The same batch is sent again after one second, then after two."""
    rig.sink.answers = [down(), down(), None]
    pipeline = rig.pipeline()
    put(pipeline, "a", "b")

    begun = rig.clock.now
    rig.run(pipeline, 10.0)

    assert rig.sink.offered_ids == [["a", "b"]] * 3
    assert pipeline.stats().sent == 2
    assert pipeline.stats().retries == 2
    assert rig.said == []
    assert begun < rig.clock.now


def test_a_server_can_ask_everybody_to_wait(rig: Rig) -> None:
    """After a Retry-After nothing at all is sent before the time."""
    rig.sink.answers = [down(429, retry_after=5.0), None]
    pipeline = rig.pipeline()
    put(pipeline, "a")
    rig.run(pipeline, 1.0)
    put(pipeline, "b")

    rig.run(pipeline, 3.0)
    early = len(rig.sink.offered)
    rig.run(pipeline, 3.0)

    assert early == 1
    assert rig.sink.taken_ids == [["a"], ["b"]]


def test_everybody_waits_also_when_others_were_acknowledged(rig: Rig) -> None:
    """A Retry-After speaks for the server, whatever it took in the meantime."""
    rig.options = ShippingOptions(max_rows_per_batch=1)
    pipeline = rig.pipeline()
    put(pipeline, "a", "b")
    first, second = rig.collect(pipeline)
    rig.clock.advance(0.1)
    pipeline.perform(first)
    rig.sink.answers = [down(429, retry_after=5.0)]
    pipeline.perform(second)
    put(pipeline, "c")

    rig.run(pipeline, 4.0)

    assert rig.sink.taken_ids == [["a"]]


def test_failing_for_good_is_said_dumped_and_held(rig: Rig) -> None:
    """A batch that used up its quick tries stays in memory."""
    rig.sink.judge = lambda batch: down()
    pipeline = rig.pipeline()
    put(pipeline, "a", "b")

    rig.run(pipeline, 4.0)

    stats = pipeline.stats()
    assert (stats.held, stats.requests, stats.retries) == (2, 3, 2)
    assert [ids(batch) for batch, _ in rig.dumped] == [["a", "b"]]
    assert rig.said == [
        (
            "Delivering rows failed. Nothing is delivered for now: 2 rows kept in memory and tried "
            "again from time to time."
        )
    ]


def test_held_rows_are_probed_ever_more_rarely(rig: Rig) -> None:
    """One probe at a time, each after twice the pause, up to a minute."""
    rig.sink.judge = lambda batch: refused()
    pipeline = rig.pipeline()
    put(pipeline, "a")
    times: list[float] = []
    rig.sink.judge = lambda batch: (times.append(rig.clock.now), refused())[1]

    rig.run(pipeline, 300.0)

    pauses = [round(later - earlier) for earlier, later in pairwise(times)]
    assert pauses == [2, 4, 8, 16, 32, 60, 60, 60]


def test_the_first_acknowledgement_releases_everything(rig: Rig) -> None:
    """When a probe gets through, held and new rows go, and that is said."""
    rig.sink.judge = lambda batch: refused()
    pipeline = rig.pipeline()
    put(pipeline, "a", "b")
    rig.run(pipeline, 1.0)
    put(pipeline, "c")
    rig.run(pipeline, 0.5)
    rig.sink.judge = lambda batch: None

    rig.run(pipeline, 10.0)

    assert sorted(rig.sink.taken_ids) == [["a", "b"], ["c"]]
    assert pipeline.stats().held == 0
    assert rig.said[1].startswith("Braintrust takes rows again; 2 rows that waited")


def test_a_new_cause_is_said_too(rig: Rig) -> None:
    """Each change of the cause is one line; the same cause is not repeated."""
    rig.sink.answers = [refused(401), refused(401), refused(403)]
    pipeline = rig.pipeline()
    put(pipeline, "a")

    rig.run(pipeline, 7.0)

    assert len(rig.sink.offered) == 3
    assert len(rig.said) == 2


def test_held_rows_that_may_have_arrived_become_merges(rig: Rig) -> None:
    """After a rest, a replace whose outcome is unknown must not wipe what others wrote."""
    rig.sink.answers = [down(None)] * 3
    pipeline = rig.pipeline()
    put(pipeline, "a")

    rig.run(pipeline, 20.0)

    assert [batch.rows[0].is_merge for batch in rig.sink.offered] == [False, False, False, True]


def test_held_rows_that_did_not_arrive_still_replace(rig: Rig) -> None:
    """A row that was refused for sure goes again as it was."""
    rig.sink.answers = [refused(401)]
    pipeline = rig.pipeline()
    put(pipeline, "a")

    rig.run(pipeline, 20.0)

    assert [batch.rows[0].is_merge for batch in rig.sink.offered] == [False, False]


def test_what_is_under_way_when_a_hold_begins_puts_no_probe_off(rig: Rig) -> None:
    """Several requests that fail together are one failure."""
    rig.options = ShippingOptions(max_rows_per_batch=1, max_in_flight=3)
    rig.sink.answers = [refused(), refused(), refused()]
    pipeline = rig.pipeline()
    put(pipeline, "a", "b", "c")
    jobs = rig.collect(pipeline)

    [pipeline.perform(job) for job in jobs]
    rig.run(pipeline, 3.0)

    assert len(jobs) == 3
    assert pipeline.stats().sent == 3


def test_a_probe_waits_for_what_is_under_way(rig: Rig) -> None:
    """While one of the earlier requests may still be acknowledged, no probe is made."""
    rig.options = ShippingOptions(max_rows_per_batch=1)
    pipeline = rig.pipeline()
    put(pipeline, "a", "b")
    first, second = rig.collect(pipeline)
    rig.sink.answers = [refused()]
    pipeline.perform(first)

    rig.clock.advance(10.0)
    rig.run(pipeline)
    before = len(rig.sink.offered)
    pipeline.perform(second)
    rig.run(pipeline)

    assert before == 1
    assert rig.sink.taken_ids == [["b"], ["a"]]
