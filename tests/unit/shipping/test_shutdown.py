"""The end of shipping. No thread runs, so the caller delivers."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from braintrust_otel._model.containers import project_logs
from braintrust_otel._model.rows import Row
from braintrust_otel._shipping.options import ShippingOptions
from braintrust_otel._shipping.spool import NoSpool
from support.shipping import Rig, balance, put
from support.sink import Rows, down, ids, refused, row, source


@pytest.fixture
def rig() -> Rig:
    """Return everything around shipping, with sync flush."""
    return Rig(ShippingOptions(sync_flush=True, queue_rows=4))


def test_a_shutdown_delivers_what_is_there(rig: Rig) -> None:
    """At exit, without threads, the calling thread delivers everything."""
    rig.options = ShippingOptions()
    shipper = rig.shipper()
    put(shipper, "a", "b")

    complete = shipper.shutdown()

    assert complete
    assert rig.sink.taken_ids == [["a", "b"]]
    assert rig.said == []


def test_a_shutdown_counts_and_says_what_remains(rig: Rig) -> None:
    """What a dead server leaves is lost, dumped, counted and said in one line."""
    rig.sink.judge = lambda batch: refused()
    shipper = rig.shipper()
    shipper.put(Rows(row("a"), Row("a", row("a").container, {"x": 1}, True, False)))
    put(shipper, "b")

    complete = shipper.shutdown()

    stats = shipper.stats()
    assert not complete
    assert (stats.lost, stats.held, stats.size_bytes, balance(stats)) == (3, 0, 0, 3)
    assert rig.said[-1] == "Shipping ended after 0.0 s: 3 rows undelivered and lost."
    assert [sorted(ids(batch)) for batch, _ in rig.dumped] == [["a", "a", "b"]]


def test_a_shutdown_gives_rows_without_a_route_to_the_dump(rig: Rig) -> None:
    """Rows whose container was never found are in the failed-payload directory as well."""
    rig.router.judge = lambda container: down()
    shipper = rig.shipper()
    put(shipper, "a")

    complete = shipper.shutdown(timeout=1.5)

    assert not complete
    assert [ids(batch) for batch, _ in rig.dumped] == [["a"]]
    assert rig.clock.now == pytest.approx(1001.5)


def test_a_shutdown_waits_two_seconds_for_a_sign_of_life(rig: Rig) -> None:
    """A server that only ever asks to wait costs two seconds, not thirty."""
    rig.sink.judge = lambda batch: down(429, retry_after=50.0)
    shipper = rig.shipper()
    put(shipper, "a")

    shipper.shutdown()

    assert rig.clock.now == pytest.approx(1002.0)


def test_a_shutdown_goes_on_while_rows_are_acknowledged(rig: Rig) -> None:
    """Each acknowledgement earns two more seconds, up to the whole budget."""
    rig.options = ShippingOptions(sync_flush=True, max_rows_per_batch=1, exit_timeout=10.0)
    rig.sink.judge = lambda batch: rig.clock.advance(1.5)
    shipper = rig.shipper()
    put(shipper, *"abcdefghij")

    complete = shipper.shutdown()

    stats = shipper.stats()
    assert not complete
    assert (stats.sent, stats.lost) == (7, 3)


def test_a_shutdown_tells_requests_how_long_they_may_take(rig: Rig) -> None:
    """A request made by the shutting thread can be kept within the shutdown's budget."""
    rig.options = ShippingOptions()
    shipper = rig.shipper()
    seen: list[float | None] = []
    rig.sink.judge = lambda batch: seen.append(shipper.time_left())
    put(shipper, "a")
    seen.append(shipper.time_left())

    shipper.shutdown()

    assert seen == [None, 2.0]
    assert shipper.time_left() == 2.0


def test_a_shutdown_is_a_last_call(rig: Rig) -> None:
    """What waits for another try, or for a container, is tried at once."""
    rig.options = ShippingOptions()
    rig.router.answers = [None, refused(404)]
    rig.sink.answers = [down(429, retry_after=60.0)]
    shipper = rig.shipper()
    shipper.put(Rows(row("a"), row("b", container=project_logs("other", "p2"))))
    shipper.flush(timeout=1.0)

    complete = shipper.shutdown()

    assert complete
    assert sorted(rig.sink.taken_ids) == [["a"], ["b"]]
    assert rig.clock.now == pytest.approx(1001.0)


def test_rows_kept_on_disk_are_not_called_lost(rig: Rig) -> None:
    """The last line tells apart what is lost and what the next start will find."""

    class Spool(NoSpool):
        is_lasting = True

        def append(self, rows: Sequence[Row]) -> Sequence[int | None]:
            return [number or None for number, _ in enumerate(rows)]

    rig.change(spool=Spool())
    rig.sink.judge = lambda batch: refused()
    shipper = rig.shipper()
    put(shipper, "a", "b", "c")

    complete = shipper.shutdown()

    assert not complete
    assert rig.said[-1] == (
        "Shipping ended after 0.0 s: 1 row undelivered and lost, "
        "2 rows kept on disk for the next start."
    )


def test_all_rows_can_be_kept_on_disk(rig: Rig) -> None:
    """Where nothing is lost, the last line does not speak of it."""

    class Spool(NoSpool):
        is_lasting = True

        def append(self, rows: Sequence[Row]) -> Sequence[int | None]:
            return [number for number, _ in enumerate(rows, 1)]

    rig.change(spool=Spool())
    rig.sink.judge = lambda batch: refused()
    shipper = rig.shipper()
    put(shipper, "a")

    complete = shipper.shutdown()

    assert not complete
    assert rig.said[-1] == "Shipping ended after 0.0 s: 1 row kept on disk for the next start."


def test_rows_under_way_at_the_end_are_doubtful(rig: Rig) -> None:
    """A request without an answer may have been stored, and the last line says so."""
    shipper = rig.shipper()
    put(shipper, "a")
    rig.collect(shipper._pipeline)

    complete = shipper.shutdown()

    assert not complete
    assert "1 row undelivered and lost (1 of them perhaps delivered)" in rig.said[-1]


def test_a_second_shutdown_does_nothing(rig: Rig) -> None:
    """It returns at once and says nothing."""
    shipper = rig.shipper()
    put(shipper, "a")
    shipper.shutdown()

    again = shipper.shutdown()

    assert again
    assert len(rig.sink.offered) == 1
    assert rig.said == []


def test_what_is_put_after_a_shutdown_is_counted_as_lost(rig: Rig) -> None:
    """Nothing is raised, and it is said once."""
    shipper = rig.shipper()
    shipper.shutdown()

    put(shipper, "a", "b")
    flushed = shipper.flush()

    assert (shipper.stats().lost, shipper.stats().logged, flushed) == (2, 2, True)
    assert rig.said == ["Logged after shutdown, and so not delivered (1 row lost in all)."]


def test_an_answer_after_the_end_changes_nothing(rig: Rig) -> None:
    """Rows that were counted as lost are not counted again when their answer comes."""
    pipeline = rig.pipeline()
    pipeline.offer(source("a"))
    (request,) = rig.collect(pipeline)

    remains = pipeline.close()
    pipeline.perform(request)

    stats = pipeline.stats()
    assert (remains.lost, remains.in_flight) == (1, 1)
    assert (stats.sent, stats.lost, stats.logged) == (0, 1, 1)
    assert not pipeline.step(is_urgent=True)
    assert pipeline.rest() == 0.0


def test_rows_being_converted_at_the_end_are_lost(rig: Rig) -> None:
    """A conversion that outlasts the shutdown is counted once, as lost."""
    pipeline = rig.pipeline()

    class Slow(Rows):
        def rows(self) -> list[Row]:
            pipeline.close()
            return [row("a")]

    pipeline.offer(Slow())

    rig.run(pipeline, 1.0)

    stats = pipeline.stats()
    assert (stats.logged, stats.lost, stats.queued, rig.sink.offered) == (1, 1, 0, [])


def test_what_slips_in_at_the_end_is_lost(rig: Rig) -> None:
    """A put that raced with the end is counted as lost, not as waiting."""
    pipeline = rig.pipeline()
    pipeline.close()

    pipeline.offer(source("late"))

    stats = pipeline.stats()
    assert (stats.logged, stats.lost, stats.queued) == (1, 1, 0)
