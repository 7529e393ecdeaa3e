"""What is current across tasks, callbacks, and generators that end where nobody expects it."""

from __future__ import annotations

import asyncio
import gc
import sys
import threading
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

import braintrust_otel as braintrust
from braintrust_otel.testing import CapturedRows


@pytest.fixture(autouse=True)
def _logger(rows: CapturedRows) -> None:
    braintrust.init_logger(project="context")


def parents_by_name(rows: CapturedRows) -> dict[str, list[str] | None]:
    """Return the names of each span's parents."""
    found = rows.all()
    names = {row["span_id"]: row["span_attributes"]["name"] for row in found}
    return {
        row["span_attributes"]["name"]: row["span_parents"]
        and [names[parent] for parent in row["span_parents"]]
        for row in found
    }


@braintrust.traced
async def count_async(limit: int = 3) -> AsyncIterator[int]:
    """Yield numbers inside a span of its own."""
    with braintrust.start_span(name="in body"):
        for number in range(limit):
            yield number


@braintrust.traced
def count(limit: int = 3) -> Iterator[int]:
    """Yield numbers inside a span of its own."""
    with braintrust.start_span(name="in body"):
        yield from range(limit)


@pytest.mark.skipif(sys.version_info < (3, 11), reason="TaskGroup is new in Python 3.11")
async def test_task_groups(rows: CapturedRows) -> None:
    """Tasks of a group nest under the span that was current when they were made."""

    async def work(name: str) -> None:
        with braintrust.start_span(name=name):
            await asyncio.sleep(0)
            braintrust.start_span(name=f"{name} inside").end()

    with braintrust.start_span(name="outer"):
        async with vars(asyncio)["TaskGroup"]() as group:
            group.create_task(work("one"))
            group.create_task(work("two"))

    assert parents_by_name(rows) == {
        "outer": None,
        "one": ["outer"],
        "two": ["outer"],
        "one inside": ["one"],
        "two inside": ["two"],
    }


async def test_callbacks_of_the_event_loop(rows: CapturedRows) -> None:
    """call_soon and done callbacks run with what was current where they were added."""
    loop, ran = asyncio.get_running_loop(), asyncio.Event()
    future: asyncio.Future[None] = loop.create_future()

    def callback(name: str) -> None:
        braintrust.start_span(name=name).end()

    def last(_: Any) -> None:
        callback("done")
        ran.set()

    async def finish() -> None:
        with braintrust.start_span(name="finisher"):
            future.set_result(None)

    with braintrust.start_span(name="outer"):
        loop.call_soon(callback, "soon")
        future.add_done_callback(last)
        await asyncio.create_task(finish())
        await ran.wait()

    parents = parents_by_name(rows)
    assert parents.pop("finisher") == ["outer"]
    assert parents == {"outer": None, "soon": ["outer"], "done": ["outer"]}


def test_a_generator_that_is_collected_ends_its_span(
    rows: CapturedRows, caplog: pytest.LogCaptureFixture
) -> None:
    """Its spans end, nothing is an error, and nothing of it stays current."""
    generator = count()
    next(generator)
    with braintrust.start_span(name="meanwhile"):
        del generator
        gc.collect()
        current = braintrust.current_span().name

    found = {row["span_attributes"]["name"]: row for row in rows.all()}
    assert current == "meanwhile"
    assert parents_by_name(rows) == {"count": None, "in body": ["count"], "meanwhile": None}
    assert found["count"]["output"] == [0]
    assert [name for name, row in found.items() if "error" in row] in ([], ["in body"])
    assert all("end" in row["metrics"] for row in found.values())
    assert caplog.messages == []


def test_a_generator_that_another_thread_closes_ends_its_span(
    rows: CapturedRows, caplog: pytest.LogCaptureFixture
) -> None:
    """A thread that knows nothing of the span closes it, and keeps nothing of it."""
    generator: Any = count()
    next(generator)
    seen: list[str] = []

    def close() -> None:
        generator.close()
        seen.append(braintrust.current_span().name)

    thread = threading.Thread(target=close)
    thread.start()
    thread.join()

    assert seen == [""]
    assert parents_by_name(rows) == {"count": None, "in body": ["count"]}
    assert caplog.messages == []


async def test_an_async_generator_that_the_loop_closes_ends_its_span(
    rows: CapturedRows, caplog: pytest.LogCaptureFixture
) -> None:
    """Left by break, it is finished by the event loop in a task of its own."""
    loop = asyncio.get_running_loop()

    async def first_of() -> int:
        async for number in count_async():
            return number
        return -1

    with braintrust.start_span(name="consumer"):
        first = await first_of()
        after_break = braintrust.current_span().name
        gc.collect()
        await loop.shutdown_asyncgens()
        braintrust.start_span(name="later").end()

    parents = parents_by_name(rows)
    assert (first, after_break) == (0, "consumer")
    assert parents == {
        "consumer": None,
        "count_async": ["consumer"],
        "in body": ["count_async"],
        "later": ["consumer"],
    }
    assert caplog.messages == []


async def test_an_async_generator_that_another_task_goes_on_with(rows: CapturedRows) -> None:
    """Its body keeps its own span; the task that asks for the next item keeps its own too."""
    generator: Any = count_async(2)
    seen: list[str] = []

    async def go_on() -> None:
        with braintrust.start_span(name="other task"):
            await generator.__anext__()
            seen.append(braintrust.current_span().name)

    await generator.__anext__()
    await asyncio.create_task(go_on())
    await generator.aclose()

    assert seen == ["other task"]
    assert parents_by_name(rows) == {
        "count_async": None,
        "in body": ["count_async"],
        "other task": None,
    }


def test_a_block_inside_a_plain_generator_that_is_closed_elsewhere(
    rows: CapturedRows, caplog: pytest.LogCaptureFixture
) -> None:
    """Without the decorator, too, closing in another thread raises and prints nothing."""

    def plain() -> Iterator[int]:
        with braintrust.start_span(name="in body"):
            yield 1

    generator: Any = plain()
    next(generator)
    thread = threading.Thread(target=generator.close)
    thread.start()
    thread.join()

    assert parents_by_name(rows) == {"in body": None}
    assert caplog.messages == []


def test_an_error_below_is_on_every_span_above(rows: CapturedRows) -> None:
    """Deep code needs no span in hand; what goes wrong there shows on the way up."""

    @braintrust.traced
    def deep(value: int) -> int:
        braintrust.current_span().log(metadata={"value": value})
        return 10 // value

    @braintrust.traced
    def middle(value: int) -> int:
        return deep(value)

    with pytest.raises(ZeroDivisionError):
        middle(0)

    errors = {row["span_attributes"]["name"]: row["error"] for row in rows.all()}
    assert set(errors) == {"middle", "deep"}
    assert all(
        text.rstrip().endswith("ZeroDivisionError: integer division or modulo by zero")
        for text in errors.values()
    )
