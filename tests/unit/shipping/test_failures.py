"""What becomes of rows when the server fails, step by step and without threads."""

from __future__ import annotations

from itertools import pairwise

import pytest

from braintrust_otel._model.containers import project_logs
from braintrust_otel._model.rows import Row
from braintrust_otel._shipping.options import ShippingOptions
from braintrust_otel._shipping.pipeline import Pipeline
from braintrust_otel._shipping.senders import Batch
from braintrust_otel.errors import SendError
from support.shipping import Rig
from support.sink import DEMO, Rows, down, ids, refused, row, source, too_large, unwanted


@pytest.fixture
def rig() -> Rig:
    """Return everything around shipping."""
    return Rig()


def put(pipeline: Pipeline, *row_ids: str) -> None:
    """Put one row for each id."""
    for row_id in row_ids:
        assert pipeline.offer(source(row_id))


def refuse(error: SendError, *row_ids: str) -> object:
    """Return a judge that refuses batches with one of *row_ids*."""
    return lambda batch: error if set(row_ids) & set(ids(batch)) else None


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


def test_a_request_that_is_too_large_is_halved_and_remembered(rig: Rig) -> None:
    """After a 413 smaller requests are made, also for later rows."""
    rig.sink.judge = lambda batch: too_large() if len(batch.rows) > 2 else None
    pipeline = rig.pipeline()
    put(pipeline, *"abcd")
    rig.run(pipeline, 1.0)
    put(pipeline, *"efgh")

    rig.run(pipeline, 1.0)

    assert rig.sink.taken_ids[:2] == [["a", "b"], ["c", "d"]]
    assert max(len(batch.rows) for batch in rig.sink.offered[1:]) <= 2
    assert pipeline.stats().sent == 8
    assert rig.said == []


def test_a_single_row_that_is_too_large_is_lost(rig: Rig) -> None:
    """Where not even the overflow upload helps, the row is lost, said and dumped."""
    rig.sink.judge = refuse(too_large(), "big")
    pipeline = rig.pipeline()
    put(pipeline, "a", "big", "b")

    rig.run(pipeline, 5.0)

    assert (pipeline.stats().sent, pipeline.stats().lost) == (2, 1)
    assert [ids(batch) for batch, _ in rig.dumped] == [["big"]]
    assert "1 row of 44 bytes was lost" in rig.said[0]


def test_a_bad_row_is_found_and_its_neighbours_delivered(rig: Rig) -> None:
    """Of many rows only the one that the server refuses is left out."""
    rig.sink.judge = refuse(unwanted(), "r7")
    pipeline = rig.pipeline()
    put(pipeline, *(f"r{number}" for number in range(20)))

    rig.run(pipeline, 1.0)

    stats = pipeline.stats()
    assert (stats.sent, stats.rejected, stats.lost, stats.held) == (19, 1, 0, 0)
    (batch, error) = rig.dumped[0]
    assert (ids(batch), error.status, error.body) == (["r7"], 400, "bad row")
    assert len(rig.said) == 1
    assert "1 row so far in all" in rig.said[0]


def test_many_refusals_in_a_row_suspect_the_address(rig: Rig) -> None:
    """When nothing at all is accepted, the rows are kept instead of being thrown away."""
    rig.sink.judge = lambda batch: unwanted()
    pipeline = rig.pipeline()
    put(pipeline, *(f"r{number}" for number in range(50)))
    rig.run(pipeline, 3.0)
    before = pipeline.stats()
    rig.sink.judge = lambda batch: None

    rig.run(pipeline, 100.0)

    after = pipeline.stats()
    assert (before.rejected, before.held) == (20, 30)
    assert (after.rejected, after.sent) == (20, 30)


def test_refusals_of_content_show_that_the_server_is_back(rig: Rig) -> None:
    """A held batch whose probe finds a bad row is isolated and everything else released."""
    rig.sink.answers = [refused()]
    rig.sink.judge = refuse(unwanted(), "bad")
    pipeline = rig.pipeline()
    put(pipeline, "bad", "a")

    rig.run(pipeline, 3.0)

    assert (pipeline.stats().rejected, pipeline.stats().sent) == (1, 1)


def test_a_batch_that_alone_fails_is_taken_apart(rig: Rig) -> None:
    """While others get through, a failing batch is halved until the culprit rests alone."""
    rig.options = ShippingOptions(retries=0)
    pipeline = poisoned(rig, down(500), "a", "poison", "b", "c")

    rig.run(pipeline, 20.0)

    stats = pipeline.stats()
    assert (stats.sent, stats.held, stats.queued) == (4, 1, 0)
    assert "Other rows are delivered, but 1 row could not be" in rig.said[-1]


def test_a_quiet_program_gets_good_rows_out_of_a_bad_batch(rig: Rig) -> None:
    """Also when nothing else is logged, a batch that fails is probed in ever smaller parts."""
    rig.sink.judge = refuse(down(500), "poison")
    pipeline = rig.pipeline()
    put(pipeline, "a", "poison", "b", "c")

    rig.run(pipeline, 60.0)

    stats = pipeline.stats()
    assert (stats.sent, stats.held, stats.queued) == (3, 1, 0)


def test_the_last_half_of_a_bad_batch_rests_without_holding_the_others(rig: Rig) -> None:
    """A single row cut from a bad batch is known to be bad, with nothing acknowledged since."""
    rig.options = ShippingOptions(retries=0)
    pipeline = poisoned(rig, None, "poison", "mate")

    rig.run(pipeline)

    assert (pipeline.stats().sent, pipeline.stats().held) == (2, 1)
    assert not [line for line in rig.said if "Nothing is delivered" in line]


def test_what_rests_alone_is_tried_again(rig: Rig) -> None:
    """A row that rests is delivered once it is accepted, and nothing waits for it until then."""
    rig.options = ShippingOptions(retries=0)
    pipeline = poisoned(rig)
    rig.sink.judge = lambda batch: None

    rig.run(pipeline, 3.0)

    assert (pipeline.stats().sent, pipeline.stats().held) == (2, 0)


def test_what_rests_alone_does_not_hold_the_others(rig: Rig) -> None:
    """A row known to be bad fails again by itself, also when nothing else is under way."""
    rig.options = ShippingOptions(retries=0)
    pipeline = poisoned(rig)

    rig.run(pipeline, 30.0)
    put(pipeline, "later")
    rig.run(pipeline, 1.0)

    assert rig.sink.taken_ids == [["other"], ["later"]]
    assert pipeline.stats().held == 1


def test_what_rests_alone_gives_way(rig: Rig) -> None:
    """When room is needed and others are delivered, the oldest resting rows are given up."""
    rig.options = ShippingOptions(retries=0)
    pipeline = poisoned(rig)

    pipeline.ask_for_room()
    rig.run(pipeline)

    stats = pipeline.stats()
    assert (stats.sent, stats.lost, stats.held, stats.size_bytes) == (1, 1, 0, 0)
    assert ids(rig.dumped[-1][0]) == ["poison"]


def test_of_two_that_rest_the_one_due_first_gives_way(rig: Rig) -> None:
    """The other one keeps its time."""
    rig.options = ShippingOptions(retries=0)
    pipeline = poisoned(rig)
    rig.sink.judge = lambda batch: down(500)
    pipeline.offer(source("second"))
    (second,) = rig.collect(pipeline)
    rig.clock.advance(0.1)
    rig.sink.answers = [None]
    put(pipeline, "fine")
    (fine,) = rig.collect(pipeline)
    pipeline.perform(fine)
    pipeline.perform(second)

    pipeline.ask_for_room()
    rig.run(pipeline)

    assert (pipeline.stats().lost, pipeline.stats().held) == (1, 1)
    assert ids(rig.dumped[-1][0]) == ["poison"]


def test_writes_behind_a_resting_row_are_held_too(rig: Rig) -> None:
    """A later write of a row that rests waits for it, and is counted as held."""
    rig.options = ShippingOptions(retries=0)
    pipeline = poisoned(rig)
    pipeline.offer(Rows(row("poison", is_merge=True, x=1)))
    pipeline.offer(Rows(row("poison", is_merge=True, x=2)))

    rig.run(pipeline, 1.0)

    stats = pipeline.stats()
    assert (stats.held, stats.queued) == (3, 0)


def test_the_end_of_a_hold_does_not_wake_what_rests_alone(rig: Rig) -> None:
    """What is known to be bad keeps its own time."""
    rig.options = ShippingOptions(retries=0)
    pipeline = poisoned(rig)
    rig.run(pipeline, 16.0)
    before = len(rig.sink.offered)
    rig.sink.answers = [refused(), None]
    put(pipeline, "later")

    rig.run(pipeline, 3.0)

    assert pipeline.stats().held == 1
    assert rig.sink.offered_ids[before:] == [["later"], ["later"]]


def test_rate_limits_do_not_take_batches_apart(rig: Rig) -> None:
    """More and smaller requests are no answer to 429."""
    rig.options = ShippingOptions(retries=0)
    pipeline = poisoned(rig, down(429), "poison", "mate")

    rig.run(pipeline, 1.0)

    assert all(len(batch.rows) == 2 for batch in rig.sink.offered if "poison" in ids(batch))
    assert pipeline.stats().held == 2


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


def test_writes_of_one_row_go_one_after_the_other(rig: Rig) -> None:
    """Writes that must stay apart are never in one batch, and arrive in order."""
    pipeline = rig.pipeline()
    pipeline.offer(
        Rows(*(Row("a", DEMO, {"x": number}, number > 0, may_join=False) for number in range(3)))
    )

    rig.run(pipeline, 1.0)

    assert rig.sink.taken_ids == [["a"], ["a"], ["a"]]
    assert rig.sink.stored[rig.sink.taken[0].rows[0].key]["x"] == 2


def test_writes_that_wait_behind_another_are_joined(rig: Rig) -> None:
    """A row that is written to again and again in an outage is one more write after it."""
    rig.sink.answers = [refused()]
    pipeline = rig.pipeline()
    put(pipeline, "a")
    rig.run(pipeline, 0.3)
    pipeline.offer(Rows(row("a", is_merge=True, x=1)))
    rig.run(pipeline, 0.3)
    pipeline.offer(Rows(row("a", is_merge=True, y=2)))
    rig.run(pipeline, 0.3)

    rig.run(pipeline, 10.0)

    assert rig.sink.taken_ids == [["a"], ["a"]]
    assert pipeline.stats().sent == 3
    assert pipeline.stats().size_bytes == 0


def test_a_container_that_cannot_be_found_holds_only_its_rows(rig: Rig) -> None:
    """Other containers' rows go on, and the failing one is said once."""
    unknown = project_logs(project_id="gone")
    rig.router.judge = lambda container: refused(404) if container == unknown else None
    pipeline = rig.pipeline()
    pipeline.offer(Rows(row("lost", container=unknown), row("lost2", container=unknown)))
    put(pipeline, "a")

    rig.run(pipeline, 100.0)

    assert rig.sink.taken_ids == [["a"]]
    assert pipeline.stats().held == 2
    assert len(rig.said) == 1
    assert "2 rows for project logs 'gone'" in rig.said[0]


def test_routing_is_retried_quickly_then_rarely(rig: Rig) -> None:
    """A passing failure costs a pause; the rows go as soon as the container is known."""
    rig.router.answers = [down(), down(), down(), None]
    pipeline = rig.pipeline()
    put(pipeline, "a")

    rig.run(pipeline, 3.5)
    asked = len(rig.router.asked)
    rig.run(pipeline, 5.0)

    assert (asked, len(rig.router.asked)) == (3, 4)
    assert rig.sink.taken_ids == [["a"]]


def test_rows_join_a_lane_that_rests(rig: Rig) -> None:
    """Rows that come while their container rests are held with it."""
    rig.router.judge = lambda container: refused(404)
    pipeline = rig.pipeline()
    put(pipeline, "a")
    rig.run(pipeline, 1.0)
    put(pipeline, "b")

    rig.run(pipeline, 0.5)

    assert pipeline.stats().held == 2


def test_a_found_container_wakes_the_others(rig: Rig) -> None:
    """When one container is found, what kept the others waiting may be over."""
    rig.router.answers = [refused()]
    pipeline = rig.pipeline()
    put(pipeline, "a")
    rig.run(pipeline, 0.3)
    pipeline.offer(Rows(row("b", container=project_logs("other", "p2"))))

    rig.run(pipeline, 0.3)

    assert rig.sink.taken_ids == [["b", "a"]]
    assert rig.clock.now < 1002.0


def test_a_row_keeps_its_order_under_two_names(rig: Rig) -> None:
    """A write by project id does not overtake one by project name that is not routed yet."""
    pipeline, jobs = rig.pipeline(), []
    pipeline.offer(Rows(row("a", container=project_logs("demo"), x=1)))
    pipeline.offer(Rows(row("a", container=project_logs(project_id="p1"), is_merge=True, x=2)))
    [pipeline.step(is_urgent=True, give=lambda job: not jobs.append(job)) for _ in range(3)]

    [pipeline.perform(job) for job in reversed(jobs)]
    rig.run(pipeline, 1.0)

    assert [batch.rows[0].is_merge for batch in rig.sink.taken] == [False, True]


def test_a_bug_in_the_sender_costs_one_line_and_no_row(rig: Rig) -> None:
    """An exception that is none of ours holds the rows and is reported."""
    rig.sink.answers = [TypeError("oops")]
    pipeline = rig.pipeline()
    put(pipeline, "a")

    rig.run(pipeline, 5.0)

    assert rig.sink.taken_ids == [["a"]]
    assert "TypeError: oops" in rig.said[0]


def test_an_interrupted_request_is_made_again(rig: Rig) -> None:
    """Ctrl-C in the middle of a delivery passes through and loses nothing."""
    rig.sink.answers = [KeyboardInterrupt()]
    pipeline = rig.pipeline()
    put(pipeline, "a")
    pipeline.step(is_urgent=True)
    pipeline.step(is_urgent=True)

    with pytest.raises(KeyboardInterrupt):
        pipeline.step(is_urgent=True)
    rig.run(pipeline, 1.0)

    assert rig.sink.taken_ids == [["a"]]


def test_an_interrupted_routing_is_done_again(rig: Rig) -> None:
    """Ctrl-C while a container is looked up passes through and loses nothing."""
    rig.router.answers = [KeyboardInterrupt()]
    pipeline = rig.pipeline()
    put(pipeline, "a")
    pipeline.step(is_urgent=True)

    with pytest.raises(KeyboardInterrupt):
        pipeline.step(is_urgent=True)
    rig.run(pipeline, 1.0)

    assert rig.sink.taken_ids == [["a"]]


def test_the_receivers_limit_is_learnt(rig: Rig) -> None:
    """Once the receiver has said how much it takes, requests stay within that."""
    pipeline = rig.pipeline()
    put(pipeline, "a")
    rig.sink.max_request_bytes = 150
    rig.run(pipeline, 1.0)

    put(pipeline, *"bcdef")
    rig.run(pipeline, 1.0)

    assert max(batch.size_bytes for batch in rig.sink.offered[1:]) <= 121
    assert pipeline.stats().sent == 6


def test_a_failing_dump_is_our_own_trouble(rig: Rig) -> None:
    """A dump that raises is reported; the rows are held all the same."""

    def dump(batch: Batch, error: SendError) -> None:
        raise OSError("disk full")

    rig.change(dump=dump)
    rig.sink.judge = lambda batch: down()
    pipeline = rig.pipeline()
    put(pipeline, "a")

    rig.run(pipeline, 4.0)

    assert pipeline.stats().held == 1
    assert "disk full" in rig.said[0]
