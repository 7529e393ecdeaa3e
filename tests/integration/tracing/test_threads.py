"""The current span in threads and pools: where it is carried to, and how that is undone."""

from __future__ import annotations

import asyncio
import contextvars
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

import braintrust_otel as braintrust
from braintrust_otel.testing import CapturedRows, capture_rows

OTHER: contextvars.ContextVar[str] = contextvars.ContextVar("other", default="unset")


@pytest.fixture
def logger(rows: CapturedRows) -> braintrust.Logger:
    """Return a current logger."""
    return braintrust.init_logger(project="threads")


@pytest.fixture
def patched() -> Iterator[None]:
    """Let ordinary threads inherit the current span."""
    braintrust.setup_threads()
    yield
    braintrust.undo_setup_threads()


def current_name(*_: Any) -> str:
    return braintrust.current_span().name


def in_thread(function: Callable[[], str]) -> str:
    seen: list[str] = []
    thread = threading.Thread(target=lambda: seen.append(function()))
    thread.start()
    thread.join()
    return seen[0]


def in_pool(function: Callable[[], str]) -> str:
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(function).result()


class Runs(threading.Thread):
    """A thread with a run of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.seen = ""

    def run(self) -> None:
        self.seen = current_name()


def in_subclass(function: Callable[[], str]) -> str:
    thread = Runs()
    thread.start()
    thread.join()
    return thread.seen


async def in_executor(function: Callable[[], str]) -> str:
    return await asyncio.get_running_loop().run_in_executor(None, function)


def test_the_traced_pool_carries_the_span(logger: braintrust.Logger, rows: CapturedRows) -> None:
    """submit and map nest what they run under the span that is current where they are called."""

    @braintrust.traced
    def add(a: int, b: int) -> int:
        return a + b

    with braintrust.TracedThreadPoolExecutor(max_workers=2) as pool:
        with braintrust.start_span(name="main"):
            submitted = pool.submit(add, 1, b=2)
            mapped = list(pool.map(add, [3, 4], [5, 6]))
        outside = pool.submit(current_name).result()

    main, *added = rows.all()
    assert submitted.result() == 3
    assert mapped == [8, 10]
    assert [row["span_parents"] for row in added] == [[main["span_id"]]] * 3
    assert outside == ""


def test_the_traced_pool_passes_everything_through(logger: braintrust.Logger) -> None:
    """Keyword arguments of any name, results, exceptions, and copies of every context variable."""

    def collect(**kwargs: Any) -> dict[str, Any]:
        seen = {**kwargs, "other": OTHER.get()}
        OTHER.set("changed in a task")
        return seen

    token = OTHER.set("caller")
    with braintrust.TracedThreadPoolExecutor(1) as pool:
        first = pool.submit(collect, fn=1, self=2, args=3).result()
        second = pool.submit(collect).result()
        failing = pool.submit(lambda: 1 / 0)
        error = failing.exception()
    here = OTHER.get()
    OTHER.reset(token)

    assert first == {"fn": 1, "self": 2, "args": 3, "other": "caller"}
    assert second == {"other": "caller"}
    assert here == "caller"
    assert isinstance(error, ZeroDivisionError)


@pytest.mark.parametrize("run", [in_thread, in_pool, in_subclass])
def test_ordinary_threads_inherit_once_they_are_set_up(
    run: Callable[[Callable[[], str]], str], logger: braintrust.Logger
) -> None:
    """Setting up twice is once, and undoing restores what was there."""
    start, submit = threading.Thread.start, ThreadPoolExecutor.submit
    with braintrust.start_span(name="outer"):
        before = run(current_name)
        braintrust.setup_threads()
        braintrust.setup_threads()
        during = run(current_name)
        braintrust.undo_setup_threads()
        after = run(current_name)

    assert [before, during, after] == ["", "outer", ""]
    assert threading.Thread.start is start
    assert ThreadPoolExecutor.submit is submit


@pytest.mark.usefixtures("patched")
async def test_run_in_executor_inherits(logger: braintrust.Logger) -> None:
    """It submits to a pool, as every framework on top of it does."""
    with braintrust.start_span(name="outer"):
        seen = await in_executor(current_name)

    assert seen == "outer"


@pytest.mark.usefixtures("patched")
def test_only_what_is_current_is_carried(logger: braintrust.Logger) -> None:
    """Other context variables belong to the program: its threads start as they did."""
    token = OTHER.set("caller")
    with braintrust.start_span(name="outer"):
        seen = [in_thread(OTHER.get), in_pool(OTHER.get)]
    OTHER.reset(token)

    assert seen == ["unset", "unset"]


@pytest.mark.usefixtures("patched")
def test_threads_of_a_pool_keep_nothing(logger: braintrust.Logger) -> None:
    """A pool's thread, started under one span, is under none where a later task was submitted."""
    with ThreadPoolExecutor(1) as pool:
        with braintrust.start_span(name="first"):
            first = pool.submit(current_name).result()
        with braintrust.start_span(name="second"):
            second = pool.submit(current_name).result()

    assert [first, second] == ["first", "second"]


@pytest.mark.usefixtures("patched")
def test_a_thread_is_unchanged_by_being_carried_into(logger: braintrust.Logger) -> None:
    """Nothing is left on it, a run of its own is called, and it starts only once."""
    with braintrust.start_span(name="outer"):
        thread = Runs()
        thread.start()
        thread.join()
        with pytest.raises(RuntimeError, match="once"):
            thread.start()

    assert thread.seen == "outer"
    assert "run" not in vars(thread)


@pytest.mark.usefixtures("patched")
def test_a_run_that_an_instance_has_is_kept(logger: braintrust.Logger) -> None:
    """Some programs give a single thread its own run."""
    seen: list[str] = []
    thread: Any = threading.Thread()
    thread.run = lambda: seen.append(current_name())
    own = thread.run

    with braintrust.start_span(name="outer"):
        thread.start()
        thread.join()

    assert seen == ["outer"]
    assert thread.run is own


@pytest.mark.usefixtures("patched")
def test_errors_pass_through_a_patched_pool(logger: braintrust.Logger) -> None:
    """A task's own error is in its future, and a wrong call of submit raises as it does."""
    with braintrust.start_span(name="outer"), ThreadPoolExecutor(1) as pool:
        error = pool.submit(lambda: 1 / 0).exception()
        with pytest.raises(TypeError):
            pool.submit()  # type: ignore[call-arg]  # as a program that is wrong does

    assert isinstance(error, ZeroDivisionError)


def test_a_variable_sets_threads_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """With BRAINTRUST_INSTRUMENT_THREADS the first logger does it."""
    monkeypatch.setenv("BRAINTRUST_INSTRUMENT_THREADS", "true")

    with capture_rows():
        braintrust.init_logger(project="threads")
        with braintrust.start_span(name="outer"):
            seen = in_thread(current_name)
    braintrust.undo_setup_threads()

    assert seen == "outer"
