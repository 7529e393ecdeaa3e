"""Shipping with its real threads; events decide what happens when."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from braintrust_otel._diagnostics import Notices
from braintrust_otel._shipping.options import ShippingOptions
from braintrust_otel._shipping.senders import Batch
from braintrust_otel._shipping.shipper import Shipper
from braintrust_otel._shipping.surroundings import Surroundings
from support.sink import Rows, Sink, Switchboard, ids, refused, row, source

PATIENCE = 30.0
"""Seconds after which a test gives up on something that should have happened at once."""


class Gate:
    """Stops deliveries until it is opened, and tells how many have come to it.

    Attributes:
        arrived: Released once for each delivery that came.
    """

    def __init__(self) -> None:
        self.arrived = threading.Semaphore(0)
        self._open = threading.Event()

    def __call__(self, batch: Batch) -> None:
        self.arrived.release()
        assert self._open.wait(PATIENCE)

    def open(self) -> None:
        """Let everything through from now on."""
        self._open.set()

    def came(self, count: int) -> bool:
        """Wait for *count* deliveries to come."""
        return all(self.arrived.acquire(timeout=PATIENCE) for _ in range(count))


class Bench:
    """A shipper with real threads.

    Attributes:
        sink: The sender.
        router: The router.
        said: What the user was told.
    """

    def __init__(self) -> None:
        self.sink = Sink()
        self.router = Switchboard()
        self.said: list[str] = []
        self._shippers: list[Shipper] = []

    def shipper(self, options: ShippingOptions | None = None) -> Shipper:
        """Return a shipper, to be ended after the test."""
        surroundings = Surroundings(Notices(self.said.append))
        shipper = Shipper(self.sink, self.router, surroundings, options)
        self._shippers.append(shipper)
        return shipper

    def end(self) -> None:
        """End all shippers."""
        for shipper in self._shippers:
            shipper.shutdown(timeout=PATIENCE)


@pytest.fixture
def bench() -> Iterator[Bench]:
    """Return a bench, and end its threads."""
    made = Bench()
    yield made
    made.end()


def test_rows_are_delivered_in_the_background(bench: Bench) -> None:
    """Nobody has to flush."""
    gate = Gate()
    bench.sink.judge = gate
    gate.open()
    shipper = bench.shipper()

    shipper.put(source("a"))

    assert gate.came(1)


def test_a_flush_waits_for_the_worker(bench: Bench) -> None:
    """After the flush the server has everything."""
    shipper = bench.shipper()
    [shipper.put(source(f"r{number}")) for number in range(2500)]

    flushed = shipper.flush(PATIENCE)

    assert flushed
    assert len(bench.sink.stored) == 2500
    assert shipper.stats().sent == 2500


def test_rows_are_converted_while_a_request_hangs(bench: Bench) -> None:
    """A slow server keeps neither the conversion nor the other requests waiting."""
    gate = Gate()
    bench.sink.judge = gate
    shipper = bench.shipper(ShippingOptions(max_rows_per_batch=1, max_in_flight=2))
    shipper.put(source("a"))
    assert gate.came(1)
    converted = threading.Event()

    class Watched(Rows):
        def rows(self) -> list:  # type: ignore[type-arg] # the rows do not matter here
            converted.set()
            return [row("b")]

    shipper.put(Watched())

    assert converted.wait(PATIENCE)
    assert gate.came(1)
    gate.open()
    assert shipper.flush(PATIENCE)


def test_no_more_requests_than_allowed_are_under_way(bench: Bench) -> None:
    """With many batches waiting, four requests are made at a time."""
    gate = Gate()
    bench.sink.judge = gate
    shipper = bench.shipper(ShippingOptions(max_rows_per_batch=1, linger=0.0, drain_period=0.0))
    [shipper.put(source(f"r{number}")) for number in range(10)]
    assert gate.came(4)

    in_flight = shipper.stats().in_flight
    gate.open()

    assert in_flight == 4
    assert shipper.flush(PATIENCE)


def test_many_threads_lose_nothing(bench: Bench) -> None:
    """Rows that eight threads put at once arrive, each once, none dropped."""
    shipper = bench.shipper()

    def work(worker: int) -> None:
        for number in range(500):
            shipper.put(source(f"{worker}-{number}"))

    threads = [threading.Thread(target=work, args=(worker,)) for worker in range(8)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    flushed = shipper.flush(PATIENCE)

    taken = [row_id for batch in bench.sink.taken_ids for row_id in batch]
    assert flushed
    assert (len(taken), len(set(taken))) == (4000, 4000)


def test_a_full_buffer_makes_callers_wait_for_room(bench: Bench) -> None:
    """Once rows are acknowledged, whoever waited goes on, and nothing is lost."""
    gate = Gate()
    bench.sink.judge = gate
    shipper = bench.shipper(ShippingOptions(queue_rows=2, stall_timeout=PATIENCE))
    put = threading.Event()

    def work() -> None:
        [shipper.put(source(f"r{number}")) for number in range(6)]
        put.set()

    thread = threading.Thread(target=work)
    thread.start()
    assert gate.came(1)
    was_put = put.is_set()
    gate.open()
    thread.join()

    assert not was_put
    assert shipper.flush(PATIENCE)
    assert (shipper.stats().sent, shipper.stats().lost) == (6, 0)


def test_a_full_buffer_gives_up_waiting_for_a_dead_server(bench: Bench) -> None:
    """A program is not stopped for longer than the stall timeout."""
    gate = Gate()
    bench.sink.judge = gate
    shipper = bench.shipper(ShippingOptions(queue_rows=2, stall_timeout=0.1))

    [shipper.put(source(f"r{number}")) for number in range(3)]

    gate.open()
    assert shipper.stats().lost == 1
    assert "The buffer is full" in bench.said[0]


def test_a_shutdown_ends_the_threads(bench: Bench) -> None:
    """After a shutdown everything is delivered and no thread of ours is left."""
    before = set(threading.enumerate())
    shipper = bench.shipper()
    [shipper.put(source(f"r{number}")) for number in range(100)]
    shipper.flush(PATIENCE)
    ours = set(threading.enumerate()) - before

    complete = shipper.shutdown()
    [thread.join(PATIENCE) for thread in ours]

    assert complete
    assert {thread.name for thread in ours} == {"braintrust-otel worker", "braintrust-otel sender"}
    assert not any(thread.is_alive() for thread in ours)


def test_a_shutdown_does_not_wait_for_a_hanging_server(bench: Bench) -> None:
    """What is under way when the time is up is counted as lost, and doubtful."""
    gate = Gate()
    bench.sink.judge = gate
    shipper = bench.shipper(ShippingOptions(exit_idle=0.1))
    shipper.put(source("a"))
    assert gate.came(1)

    complete = shipper.shutdown()

    gate.open()
    assert not complete
    assert shipper.stats().lost == 1
    assert "1 row undelivered and lost (1 of them perhaps delivered)" in bench.said[0]


def test_held_rows_go_when_the_server_is_back(bench: Bench) -> None:
    """A flush during an outage says no; one after it says yes."""
    bench.sink.judge = lambda batch: refused()
    shipper = bench.shipper()
    shipper.put(source("a"))

    during = shipper.flush(PATIENCE)
    bench.sink.judge = lambda batch: None
    after = shipper.flush(PATIENCE)

    assert (during, after) == (False, True)
    assert [ids(batch) for batch in bench.sink.taken] == [["a"]]


def test_threads_can_flush_at_once(bench: Bench) -> None:
    """Every flush returns, and each finds its rows delivered."""
    shipper = bench.shipper()
    results: list[bool] = []

    def work(worker: int) -> None:
        shipper.put(source(f"r{worker}"))
        results.append(shipper.flush(PATIENCE))

    threads = [threading.Thread(target=work, args=(worker,)) for worker in range(8)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]

    assert results == [True] * 8
    assert len(bench.sink.stored) == 8
