"""The front: put, flush, fork. No thread runs, so the caller delivers."""

from __future__ import annotations

import pytest

from braintrust_otel._model.containers import project_logs
from braintrust_otel._shipping.jobs import Job
from braintrust_otel._shipping.options import ShippingOptions
from braintrust_otel._shipping.stats import ShippingStats
from braintrust_otel.errors import FlushError
from support.shipping import Rig, inside, put
from support.sink import Rows, down, refused, row, source


@pytest.fixture
def rig() -> Rig:
    """Return everything around shipping, with sync flush."""
    return Rig(ShippingOptions(sync_flush=True, queue_rows=4))


def test_a_flush_delivers_in_the_callers_thread(rig: Rig) -> None:
    """With sync flush nothing is sent before the flush, and everything after."""
    shipper = rig.shipper()
    put(shipper, "a", "b")
    before = len(rig.sink.offered)

    flushed = shipper.flush()

    assert (before, flushed) == (0, True)
    assert rig.sink.taken_ids == [["a", "b"]]
    assert shipper.stats() == ShippingStats(logged=2, sent=2, requests=1)


def test_a_failed_flush_raises_and_keeps_the_rows(rig: Rig) -> None:
    """The failure carries its causes; the next flush delivers."""
    rig.sink.answers = [refused()]
    shipper = rig.shipper()
    put(shipper, "a")

    with pytest.raises(FlushError, match="The key was refused") as raised:
        shipper.flush()
    flushed = shipper.flush()

    assert [type(error) for error in raised.value.errors] == [type(refused())]
    assert flushed
    assert rig.sink.taken_ids == [["a"]]


def test_several_failures_are_one_error(rig: Rig) -> None:
    """The message counts them and quotes the first."""
    rig.router.answers = [refused(404), refused(404)]
    shipper = rig.shipper()
    shipper.put(Rows(row("a"), row("b", container=project_logs("other", "p2"))))

    with pytest.raises(FlushError, match=r"2 failures in all.*The key was refused"):
        shipper.flush()


def test_a_flush_can_be_cut_short(rig: Rig) -> None:
    """After the timeout the flush returns False and the rows stay."""
    rig.sink.answers = [down(429, retry_after=60.0)]
    shipper = rig.shipper()
    put(shipper, "a")

    flushed = shipper.flush(timeout=5.0)

    assert not flushed
    assert rig.clock.now == 1005.0
    assert shipper.stats().queued == 1


def test_a_flush_without_rows_is_done(rig: Rig) -> None:
    """Flushing when nothing was logged waits for nothing and starts nothing."""
    shipper = rig.shipper()

    flushed = shipper.flush()

    assert flushed
    assert (rig.sink.offered, rig.clock.waited) == ([], [])


def test_in_the_background_a_failed_flush_returns_false(rig: Rig) -> None:
    """Without sync flush no failure is ever raised."""
    rig.options = ShippingOptions()
    rig.sink.answers = [refused()]
    shipper = rig.shipper()
    put(shipper, "a")

    flushed = shipper.flush()

    assert not flushed
    assert shipper.stats().held == 1


def test_a_flush_waits_for_what_another_thread_has_under_way(rig: Rig) -> None:
    """Without a worker, two threads can flush at once; each waits for the other's requests."""
    jobs: list[Job] = []
    shipper = rig.shipper()

    def wait(condition: object, timeout: float | None) -> None:
        shipper._pipeline.perform(jobs.pop())

    rig.change(wait=wait)
    shipper = rig.shipper()
    put(shipper, "a")
    jobs += rig.collect(shipper._pipeline)

    flushed = shipper.flush()

    assert flushed
    assert rig.sink.taken_ids == [["a"]]


def test_a_delivery_can_flush_without_waiting_for_itself(rig: Rig) -> None:
    """A flush from inside says whether everything is settled, and does not wait."""
    shipper, results = inside(rig, lambda shipper: shipper.flush())

    flushed = shipper.flush()

    assert (flushed, results) == (True, [False])


def test_a_delivery_can_log_without_waiting_for_room(rig: Rig) -> None:
    """What a full buffer cannot take from inside is dropped and counted."""
    shipper, _ = inside(rig, lambda shipper: shipper.put(source("log of ours")))

    shipper.flush()

    stats = shipper.stats()
    assert (stats.sent, stats.lost) == (4, 1)
    assert rig.clock.waited == []


def test_a_delivery_cannot_shut_down(rig: Rig) -> None:
    """A shutdown from inside would wait for itself; it is refused."""
    shipper, results = inside(rig, lambda shipper: shipper.shutdown())

    shipper.flush()

    assert results == [False]
    put(shipper, "e")
    assert shipper.stats().queued == 1


def test_a_waiting_thread_may_flush_again(rig: Rig) -> None:
    """A signal handler that runs while its thread waits in a flush can flush in its turn."""
    rig.sink.answers = [down()]
    shipper = rig.shipper()
    nested: list[bool] = []

    def wait(condition: object, timeout: float | None) -> None:
        rig.clock.advance(timeout or 0.0)
        if not nested:
            nested.append(False)
            nested.append(shipper.flush())

    rig.change(wait=wait)
    shipper = rig.shipper()
    put(shipper, "a")

    flushed = shipper.flush()

    assert (flushed, nested) == (True, [False, True])


def test_a_child_starts_empty(rig: Rig) -> None:
    """After a fork the parent's rows are the parent's, and the child's are its own."""
    shipper = rig.shipper()
    put(shipper, "parent's")

    shipper.after_fork_in_child()
    put(shipper, "child's")
    shipper.flush()

    assert rig.sink.taken_ids == [["child's"]]
    assert shipper.stats().logged == 1


def test_a_child_of_an_ended_process_stays_ended(rig: Rig) -> None:
    """After a shutdown a child's rows are counted as lost like the parent's."""
    shipper = rig.shipper()
    shipper.shutdown()

    shipper.after_fork_in_child()
    put(shipper, "a")

    assert shipper.stats().lost == 1
