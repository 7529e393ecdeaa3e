"""The front: put, flush, shutdown, stats. No thread runs, so the caller delivers."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from braintrust_otel._model.containers import project_logs
from braintrust_otel._model.rows import Row
from braintrust_otel._shipping import wording
from braintrust_otel._shipping.jobs import Job
from braintrust_otel._shipping.options import ShippingOptions
from braintrust_otel._shipping.senders import Batch
from braintrust_otel._shipping.shipper import Shipper
from braintrust_otel._shipping.spool import NoSpool
from braintrust_otel._shipping.stats import ShippingStats
from braintrust_otel.errors import FlushError, SendError
from support.shipping import Rig
from support.sink import Rows, down, ids, refused, row, source


@pytest.fixture
def rig() -> Rig:
    """Return everything around shipping, with sync flush."""
    return Rig(ShippingOptions(sync_flush=True, queue_rows=4))


def put(shipper: Shipper, *row_ids: str) -> None:
    """Put one row for each id."""
    for row_id in row_ids:
        shipper.put(source(row_id))


def balance(stats: ShippingStats) -> int:
    """Return the row writes that are accounted for."""
    settled = stats.sent + stats.rejected + stats.lost
    return settled + stats.held + stats.queued + stats.in_flight


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

    assert (pipeline.stats().queued, pipeline.stats().lost) == (1, 0)


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
    text = wording.lost_at_exit(0, 0, 1, 2.0)

    assert text == "Shipping ended after 2.0 s: 1 row kept on disk for the next start."


def test_rows_under_way_at_the_end_are_doubtful(rig: Rig) -> None:
    """A request without an answer may have been stored, and the last line says so."""
    text = wording.lost_at_exit(1500, 1000, 0, 30.0)

    assert text == (
        "Shipping ended after 30.0 s: 1,500 rows undelivered and lost "
        "(1,000 of them perhaps delivered)."
    )


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
