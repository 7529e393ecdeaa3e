"""When rows are looked at, converted and sent."""

from __future__ import annotations

import pytest

from braintrust_otel._model.rows import Row
from braintrust_otel._shipping.options import ShippingOptions
from support.shipping import Rig
from support.sink import DEMO, Rows, row, source


@pytest.fixture
def rig() -> Rig:
    """Return everything around shipping."""
    return Rig()


def test_a_worker_without_rows_rests_until_it_is_woken(rig: Rig) -> None:
    """An idle program costs no processor time."""
    pipeline = rig.pipeline()

    rest = pipeline.rest()

    assert rest is None


def test_rows_are_converted_before_they_are_sent(rig: Rig) -> None:
    """The worker looks within 50 ms, and sends within 200 ms."""
    pipeline = rig.pipeline()
    pipeline.offer(source("a"))

    rig.run(pipeline, 0.06)
    looked = (len(rig.sink.offered), pipeline.stats().queued, pipeline.rest())
    rig.run(pipeline, 0.15)

    assert looked == (0, 1, pytest.approx(0.14))
    assert rig.sink.taken_ids == [["a"]]


def test_rows_of_one_linger_are_sent_together(rig: Rig) -> None:
    """What comes while the first row waits shares its request, joined by id."""
    pipeline = rig.pipeline()
    pipeline.offer(source("a", x=1))
    rig.run(pipeline, 0.1)
    pipeline.offer(source("b"))
    pipeline.offer(Rows(row("a", is_merge=True, y=2)))

    rig.run(pipeline, 0.15)

    assert rig.sink.taken_ids == [["a", "b"]]
    assert pipeline.stats().sent == 3


def test_a_full_batch_does_not_wait(rig: Rig) -> None:
    """As many rows as fit into a request are sent at once."""
    rig.options = ShippingOptions(max_rows_per_batch=2)
    pipeline = rig.pipeline()
    pipeline.offer(source("a"))
    pipeline.offer(source("b"))

    rig.run(pipeline)

    assert rig.sink.taken_ids == [["a", "b"]]


def test_as_many_bytes_as_fit_do_not_wait(rig: Rig) -> None:
    """As many bytes as fit into a request are sent at once."""
    rig.options = ShippingOptions(max_batch_bytes=1000)
    pipeline = rig.pipeline()
    pipeline.offer(Rows(row("a"), size_bytes=1000))

    rig.run(pipeline)

    assert rig.sink.taken_ids == [["a"]]


def test_the_worker_is_woken_by_the_first_row(rig: Rig) -> None:
    """A row that is put while the worker rests raises the alarm."""
    pipeline = rig.pipeline()
    pipeline.rest()

    pipeline.offer(source("a"))

    pipeline.signal.wait(0.0)
    assert pipeline.rest() == pytest.approx(0.05)


def test_a_source_without_rows_leaves_nothing_behind(rig: Rig) -> None:
    """A source that was filtered out takes no room and counts as nothing."""
    pipeline = rig.pipeline()
    pipeline.offer(Rows())

    rig.run(pipeline, 1.0)

    stats = pipeline.stats()
    assert (stats.logged, stats.queued, stats.size_bytes) == (0, 0, 0)
    assert pipeline.rest() is None


def test_a_bad_source_costs_itself_only(rig: Rig) -> None:
    """Its neighbours are delivered, and it is counted and said."""
    pipeline = rig.pipeline()
    pipeline.offer(source("a"))
    pipeline.offer(Rows(row("lost"), ValueError("no way")))
    pipeline.offer(source("b"))

    rig.run(pipeline, 1.0)

    stats = pipeline.stats()
    assert (stats.logged, stats.sent, stats.lost) == (3, 2, 1)
    assert rig.sink.taken_ids == [["a", "b"]]
    assert "ValueError: no way" in rig.said[0]


def test_a_row_that_cannot_be_encoded_costs_itself_only(rig: Rig) -> None:
    """A row without fields is counted and said; its neighbours are delivered."""
    pipeline = rig.pipeline()
    broken = Row("bad", DEMO, None)  # type: ignore[arg-type] # this is what is wrong with it
    pipeline.offer(Rows(broken))
    pipeline.offer(source("b"))

    rig.run(pipeline, 1.0)

    stats = pipeline.stats()
    assert (stats.logged, stats.sent, stats.lost) == (2, 1, 1)
    assert "encoding a row" in rig.said[-1]


def test_rows_are_masked_when_they_are_converted(rig: Rig) -> None:
    """The masking function in force at conversion is applied to each row."""
    pipeline = rig.pipeline()
    rig.change(masker=lambda: lambda made: row(made.id, input="***"))
    pipeline = rig.pipeline()
    pipeline.offer(source("a", input="secret"))

    rig.run(pipeline, 1.0)

    assert rig.sink.stored[rig.sink.taken[0].rows[0].key]["input"] == "***"


def test_a_failing_masker_never_lets_a_row_through(rig: Rig) -> None:
    """A row that could not be masked is lost, not sent as it is."""

    def fail(made: Row) -> Row:
        raise RuntimeError("mask")

    rig.change(masker=lambda: fail)
    pipeline = rig.pipeline()
    pipeline.offer(source("a", input="secret"))

    rig.run(pipeline, 1.0)

    assert (pipeline.stats().lost, rig.sink.offered) == (1, [])


def test_an_interrupted_conversion_loses_one_source(rig: Rig) -> None:
    """What was converted before Ctrl-C and what was not yet are both delivered, in order."""
    pipeline = rig.pipeline()
    pipeline.offer(source("a"))
    pipeline.offer(Rows(KeyboardInterrupt()))
    pipeline.offer(source("b"))
    marker = pipeline.mark()

    with pytest.raises(KeyboardInterrupt):
        pipeline.step(is_urgent=False)
    rig.run(pipeline, 1.0)

    stats = pipeline.stats()
    assert (stats.sent, stats.lost, stats.size_bytes) == (2, 1, 0)
    assert rig.sink.taken_ids == [["a", "b"]]
    assert marker.is_done


def test_only_one_thread_converts_at_a_time(rig: Rig) -> None:
    """While one thread converts, another finds nothing to convert, so the order stays."""
    pipeline = rig.pipeline()
    found: list[bool] = []

    class Nested(Rows):
        def rows(self) -> list[Row]:
            pipeline.offer(source("b"))
            found.append(pipeline.step(is_urgent=True))
            return [row("a")]

    pipeline.offer(Nested())

    rig.run(pipeline, 1.0)

    assert found == [False]
    assert rig.sink.taken_ids == [["a", "b"]]


class Spool:
    """A spool in memory that outlives a pipeline."""

    is_lasting = True

    def __init__(self) -> None:
        self.kept: dict[int, Row] = {}
        self.left: list[tuple[int, Row]] = []

    def append(self, rows: list[Row]) -> list[int]:
        """Keep *rows*."""
        tickets = [len(self.kept) + number for number, _ in enumerate(rows, 1)]
        self.kept.update(zip(tickets, rows, strict=True))
        return tickets

    def remove(self, tickets: list[int]) -> None:
        """Forget rows."""
        [self.kept.pop(ticket) for ticket in tickets]

    def adopt(self) -> list[tuple[int, Row]]:
        """Return what a dead process left."""
        self.kept.update(self.left)
        return self.left


def test_rows_are_spooled_until_they_are_acknowledged(rig: Rig) -> None:
    """A row is on disk before it is sent, and removed after."""
    spool = Spool()
    rig.change(spool=spool)
    pipeline = rig.pipeline()
    pipeline.offer(source("a"))

    rig.run(pipeline, 0.1)
    before = [made.id for made in spool.kept.values()]
    rig.run(pipeline, 0.2)

    assert (before, spool.kept) == (["a"], {})


def test_what_a_dead_process_left_is_delivered(rig: Rig) -> None:
    """The first conversion adopts rows from the spool, once."""
    spool = Spool()
    spool.left = [(77, row("old", is_merge=True))]
    rig.change(spool=spool)
    pipeline = rig.pipeline()
    pipeline.offer(source("a"))
    rig.run(pipeline, 1.0)
    pipeline.offer(source("b"))

    rig.run(pipeline, 1.0)

    assert rig.sink.taken_ids == [["old", "a"], ["b"]]
    assert (pipeline.stats().logged, spool.kept) == (3, {})


def test_rows_in_a_lasting_spool_are_kept_at_the_end(rig: Rig) -> None:
    """What is on disk is not lost when shipping ends."""
    rig.change(spool=Spool())
    rig.sink.judge = lambda batch: ConnectionError()
    pipeline = rig.pipeline()
    pipeline.offer(source("a"))
    rig.run(pipeline, 1.0)

    remains = pipeline.close()

    assert (remains.lost, remains.kept) == (0, 1)
    assert pipeline.stats().held == 1
