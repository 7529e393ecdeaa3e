"""A full buffer makes programs wait, or drops; both are counted and said."""

from __future__ import annotations

import threading

from support import backend_faults as faults
from support.backend import Backend
from support.pipeline_gate import Gate
from support.pipeline_here import Counts, shipping_here

SMALL = {"BRAINTRUST_QUEUE_SIZE": "10"}
DROPPING = {**SMALL, "BRAINTRUST_QUEUE_DROP_WHEN_FULL": "true"}


def stored_inputs(backend: Backend) -> list[str]:
    """Return the inputs of the rows that the backend holds."""
    return sorted(row["input"] for row in backend.stored())


def test_small_buffer_slows_down_and_loses_nothing(backend: Backend) -> None:
    """Four threads push five hundred rows through a buffer for ten: all arrive."""
    inputs = [f"{number:03}" for number in range(500)]
    with shipping_here(backend, SMALL) as here:
        threads = [threading.Thread(target=here.log, args=inputs[first::4]) for first in range(4)]
        [thread.start() for thread in threads]
        [thread.join() for thread in threads]
        is_delivered = here.flush()
        counts = here.counts()

    assert is_delivered
    assert counts == Counts(logged=500, sent=500)
    assert stored_inputs(backend) == inputs
    assert here.said == []


def test_full_buffer_holds_a_thread_until_there_is_room(backend: Backend) -> None:
    """A row that finds the buffer full is logged once an answer makes room."""
    gate = Gate()
    backend.fail("logs3", gate)
    with shipping_here(backend, SMALL) as here:
        here.log(*(f"{number}" for number in range(10)))
        gate.wait()
        thread = threading.Thread(target=here.log, args=("late",))
        thread.start()
        during = here.counts()
        gate.open()
        here.flush()
        thread.join()
        here.flush()
        after = here.counts()

    assert during == Counts(logged=10, underway=10)
    assert after == Counts(logged=11, sent=11)
    assert stored_inputs(backend) == sorted([*(f"{number}" for number in range(10)), "late"])


def test_dead_backend_does_not_hang_the_program(backend: Backend) -> None:
    """Without any acknowledgement for five seconds new rows are dropped; the old ones stay."""
    backend.refuse()
    with shipping_here(backend, SMALL) as here:
        here.log(*(f"{number}" for number in range(12)))
        during = here.counts()
        backend.accept()
        is_recovered = here.flush()
        after = here.counts()

    assert is_recovered
    assert (during.logged, during.lost, during.accounted) == (12, 2, 12)
    assert after == Counts(logged=12, sent=10, lost=2)
    assert stored_inputs(backend) == [f"{number}" for number in range(10)]
    assert here.said[-1] == "Shipping ended after 0.0 s: 2 rows lost in all."
    assert len([line for line in here.said if "The buffer is full" in line]) == 1


def test_full_buffer_drops_when_told_to(backend: Backend) -> None:
    """With dropping on, what does not fit is lost at once, and what was there first arrives."""
    gate = Gate()
    backend.fail("logs3", gate)
    with shipping_here(backend, DROPPING) as here:
        here.log(*(f"{number}" for number in range(10)))
        gate.wait()
        here.log("a", "b", "c")
        during = here.counts()
        gate.open()
        here.flush()
        after = here.counts()

    assert during == Counts(logged=13, lost=3, underway=10)
    assert after == Counts(logged=13, sent=10, lost=3)
    assert stored_inputs(backend) == [f"{number}" for number in range(10)]
    assert "(1 row so far in all)" in here.said[0]
    assert here.said[-1] == "Shipping ended after 0.0 s: 3 rows lost in all."


def test_drops_can_be_told_more_often(backend: Backend) -> None:
    """BRAINTRUST_QUEUE_DROP_LOGGING_PERIOD says how long the next notice waits at least."""
    gate = Gate()
    backend.fail("logs3", gate)
    chatty = {**DROPPING, "BRAINTRUST_QUEUE_DROP_LOGGING_PERIOD": "0"}
    with shipping_here(backend, chatty) as here:
        here.log(*(f"{number}" for number in range(10)))
        gate.wait()
        here.log("a", "b", "c")
        gate.open()
        here.flush()

    counted = [line for line in here.said if "The buffer is full" in line]
    assert [line.partition("(")[2].partition(" so far")[0] for line in counted] == [
        "1 row",
        "2 rows",
        "3 rows",
    ]


def test_bound_in_bytes_holds_as_well(backend: Backend) -> None:
    """Large rows fill the buffer long before there are many of them."""
    gate = Gate()
    backend.fail("logs3", gate)
    narrow = {"BRAINTRUST_QUEUE_MAX_BYTES": "100000", "BRAINTRUST_QUEUE_DROP_WHEN_FULL": "1"}
    with shipping_here(backend, narrow) as here:
        here.log("x" * 120_000, "dropped")
        during = here.counts()
        gate.wait()
        gate.open()
        here.flush()
        here.log("fits again")
        here.flush()

    assert (during.logged, during.lost) == (2, 1)
    assert sorted(len(value) for value in stored_inputs(backend)) == [10, 120_000]


def test_no_bound_takes_everything(backend: Backend) -> None:
    """BRAINTRUST_QUEUE_SIZE=0 keeps all rows of an outage, however many."""
    backend.fail_always("logs3", faults.status(503))
    endless = {"BRAINTRUST_QUEUE_SIZE": "0", "BRAINTRUST_QUEUE_MAX_BYTES": "1000"}
    inputs = [f"{number:04}" for number in range(2_000)]
    with shipping_here(backend, endless) as here:
        here.log(*inputs)
        here.flush()
        during = here.counts()
        backend.heal()
        is_recovered = here.flush()

    # The flush may have given up while the next try was being made.
    assert (during.logged, during.held + during.underway) == (2_000, 2_000)
    assert is_recovered
    assert stored_inputs(backend) == inputs
