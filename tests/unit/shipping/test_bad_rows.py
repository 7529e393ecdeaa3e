"""What becomes of requests that are too large, and of rows that alone are refused."""

from __future__ import annotations

import pytest

from braintrust_otel._shipping.options import ShippingOptions
from support.shipping import Rig, poisoned, put, refuse
from support.sink import Rows, down, ids, refused, row, source, too_large, unwanted


@pytest.fixture
def rig() -> Rig:
    """Return everything around shipping."""
    return Rig()


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
