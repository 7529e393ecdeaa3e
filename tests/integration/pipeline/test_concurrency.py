"""Threads and tasks that log and flush at the same time."""

from __future__ import annotations

import asyncio
import threading

import braintrust_otel as braintrust
from support import backend_faults as faults
from support.backend import Backend
from support.pipeline_here import Counts, Here, shipping_here

THREADS = 4
EACH = 100


def names_of_parents(backend: Backend) -> set[tuple[str, str]]:
    """Return the names of each span with a parent, and of its parent."""
    rows = {row["span_id"]: row for row in backend.stored()}
    return {
        (row["span_attributes"]["name"], rows[parent]["span_attributes"]["name"])
        for row in rows.values()
        for parent in row["span_parents"] or ()
    }


def work(here: Here, name: str) -> None:
    """Log spans within spans, and flush now and then."""
    for number in range(EACH):
        with here.logger.start_span(name=f"{name}-{number}"):
            with braintrust.start_span(name=f"inner {name}-{number}") as inner:
                inner.log(input=f"{name}-{number}")
            if number % 25 == 0:
                braintrust.flush()


async def work_in_tasks(here: Here, name: str) -> None:
    """Log spans within spans in tasks that take turns."""

    async def task(number: int) -> None:
        with here.logger.start_span(name=f"{name}-{number}"):
            await asyncio.sleep(0)
            with braintrust.start_span(name=f"inner {name}-{number}") as inner:
                await asyncio.sleep(0)
                inner.log(input=f"{name}-{number}")

    await asyncio.gather(*(task(number) for number in range(EACH)))


def test_threads_and_tasks_flush_and_lose_nothing(backend: Backend) -> None:
    """Threads, an event loop and several flushes at once, on a server that fails now and then."""
    troubles = [faults.status(503), faults.answer_lost(), faults.reset()]
    [backend.fail("logs3", trouble) for trouble in troubles * 3]
    with shipping_here(backend, {"BRAINTRUST_DEFAULT_BATCH_SIZE": "20"}) as here:
        threads = [
            threading.Thread(target=work, args=(here, f"thread {number}"))
            for number in range(THREADS)
        ]
        loop = threading.Thread(target=lambda: asyncio.run(work_in_tasks(here, "task")))
        [thread.start() for thread in (*threads, loop)]
        [thread.join() for thread in (*threads, loop)]
        backend.heal()
        is_delivered = here.flush()
        counts = here.counts()

    names = [f"thread {number}" for number in range(THREADS)] + ["task"]
    expected = {
        (f"inner {name}-{number}", f"{name}-{number}") for name in names for number in range(EACH)
    }
    assert is_delivered
    assert counts == Counts(logged=counts.logged, sent=counts.logged)
    assert names_of_parents(backend) == expected
    assert len(backend.stored()) == 2 * EACH * len(names)


def test_flush_of_one_thread_covers_the_rows_of_others(backend: Backend) -> None:
    """What another thread logged before a flush is delivered when the flush returns."""
    with shipping_here(backend) as here:
        thread = threading.Thread(target=here.log, args=("theirs",))
        thread.start()
        thread.join()
        here.log("ours")
        is_delivered = here.flush()
        stored = sorted(row["input"] for row in backend.stored())

    assert is_delivered
    assert stored == ["ours", "theirs"]
