"""What happens when the buffer is full. No thread runs, so the caller delivers."""

from __future__ import annotations

import pytest

from braintrust_otel._model.containers import project_logs
from braintrust_otel._shipping.options import ShippingOptions
from braintrust_otel.errors import FlushError
from support.shipping import Rig, balance, put
from support.sink import Rows, ids, refused, row, source


@pytest.fixture
def rig() -> Rig:
    """Return everything around shipping, with sync flush."""
    return Rig(ShippingOptions(sync_flush=True, queue_rows=4))


def test_whoever_finds_the_buffer_full_delivers(rig: Rig) -> None:
    """With sync flush a full buffer is emptied by the thread that puts."""
    shipper = rig.shipper()

    put(shipper, *"abcdef")

    stats = shipper.stats()
    assert (stats.sent, stats.lost, balance(stats)) == (4, 0, 6)
    assert set(rig.clock.waited) == {0.0}


def test_a_full_buffer_drops_when_nothing_is_acknowledged(rig: Rig) -> None:
    """After five seconds without an acknowledgement what is put is lost, and said once."""
    rig.sink.judge = lambda batch: refused()
    shipper = rig.shipper()

    put(shipper, *"abcdef")
    waited = rig.clock.now - 1000.0
    put(shipper, *"ghi")

    stats = shipper.stats()
    assert waited == pytest.approx(5.0)
    assert rig.clock.now == pytest.approx(1005.0)
    assert (stats.held, stats.lost, balance(stats)) == (4, 5, 9)
    assert [line for line in rig.said if "buffer is full" in line] == [
        (
            "The buffer is full, so what is logged now is lost (1 row so far in all). "
            "BRAINTRUST_QUEUE_SIZE sets its size."
        )
    ]


def test_a_full_buffer_drops_at_once_when_told_to(rig: Rig) -> None:
    """In drop mode nobody waits."""
    rig.options = ShippingOptions(queue_rows=2, block_when_full=False)
    shipper = rig.shipper()

    put(shipper, *"abc")

    stats = shipper.stats()
    assert (stats.queued, stats.lost) == (2, 1)
    assert rig.clock.waited == []


def test_resting_rows_give_way_to_rows_that_can_be_delivered(rig: Rig) -> None:
    """Rows of a container that cannot be found do not fill the buffer for ever."""
    gone = project_logs(project_id="gone")
    rig.router.judge = lambda container: refused(404) if container == gone else None
    shipper = rig.shipper()
    shipper.put(Rows(*(row(name, container=gone) for name in "wxyz")))
    put(shipper, "a")
    with pytest.raises(FlushError):
        shipper.flush()

    put(shipper, "b")
    flushed = shipper.flush()

    stats = shipper.stats()
    assert flushed
    assert (stats.sent, stats.lost, stats.held, balance(stats)) == (2, 4, 0, 6)
    assert "4 rows that could not be delivered were lost" in rig.said[-1]
    assert ids(rig.dumped[-1][0]) == ["w", "x", "y", "z"]


def test_only_as_many_rows_give_way_as_a_request_holds(rig: Rig) -> None:
    """The oldest of many resting rows make room; the others stay."""
    gone = project_logs(project_id="gone")
    rig.options = ShippingOptions(max_rows_per_batch=3)
    rig.router.judge = lambda container: refused(404) if container == gone else None
    pipeline = rig.pipeline()
    pipeline.offer(source("a"))
    pipeline.offer(Rows(*(row(name, container=gone) for name in "vwxyz")))
    rig.run(pipeline, 1.0)

    pipeline.ask_for_room()
    rig.run(pipeline)

    assert (pipeline.stats().lost, pipeline.stats().held) == (3, 2)
    assert ids(rig.dumped[-1][0]) == ["v", "w", "x"]


@pytest.mark.parametrize("seconds", [0.0, 10.0])
def test_nothing_gives_way_while_nothing_is_delivered(rig: Rig, seconds: float) -> None:
    """What rests stays when new rows could not be delivered either."""
    gone = project_logs(project_id="gone")
    rig.router.judge = lambda container: refused(404) if container == gone else None
    pipeline = rig.pipeline()
    pipeline.offer(Rows(row("a", container=gone)))
    rig.run(pipeline, 1.0)
    rig.clock.advance(seconds)
    pipeline.ask_for_room()

    rig.run(pipeline)

    assert (pipeline.stats().held, pipeline.stats().lost) == (1, 0)


def test_nothing_gives_way_while_deliveries_are_held(rig: Rig) -> None:
    """An outage that has just begun is no reason to lose what rests."""
    gone = project_logs(project_id="gone")
    rig.router.judge = lambda container: refused(404) if container == gone else None
    rig.sink.answers = [None, refused()]
    pipeline = rig.pipeline()
    pipeline.offer(Rows(row("a", container=gone), row("b")))
    rig.run(pipeline, 1.0)
    pipeline.offer(source("c"))
    rig.run(pipeline, 1.0)

    pipeline.ask_for_room()
    rig.run(pipeline)

    assert (pipeline.stats().held, pipeline.stats().lost) == (2, 0)


def test_nothing_gives_way_when_nothing_rests(rig: Rig) -> None:
    """Rows on their way are never given up for room."""
    pipeline = rig.pipeline()
    pipeline.offer(source("a"))
    rig.run(pipeline, 1.0)
    pipeline.offer(source("b"))

    pipeline.ask_for_room()
    rig.run(pipeline)

    assert (pipeline.stats().sent, pipeline.stats().lost) == (2, 0)


def test_a_put_that_waits_is_let_go_by_a_shutdown(rig: Rig) -> None:
    """When shipping ends while a thread waits for room, its row is lost and the thread goes on."""
    rig.sink.judge = lambda batch: refused()
    shipper = rig.shipper()
    put(shipper, *"abcd")

    def wait(condition: object, timeout: float | None) -> None:
        shipper.shutdown()

    rig.change(wait=wait)
    shipper = rig.shipper()
    put(shipper, *"abcde")

    assert (shipper.stats().lost, balance(shipper.stats())) == (5, 5)
