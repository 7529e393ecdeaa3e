"""Faults of our own, interruptions, and what the receiver says about itself."""

from __future__ import annotations

import pytest

from braintrust_otel._shipping.senders import Batch
from braintrust_otel.errors import SendError
from support.shipping import Rig, put
from support.sink import down


@pytest.fixture
def rig() -> Rig:
    """Return everything around shipping."""
    return Rig()


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
