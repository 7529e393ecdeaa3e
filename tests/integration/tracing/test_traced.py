"""The decorator: what a traced function does, and what its spans hold."""

from __future__ import annotations

import asyncio
import builtins
import functools
import inspect
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest

import braintrust_otel as braintrust
from braintrust_otel.testing import CapturedRows


@pytest.fixture(autouse=True)
def _logger(rows: CapturedRows) -> None:
    braintrust.init_logger(project="traced")


def signature_table(a: Any, b: Any = 2, *args: Any, k: Any = 3, **kw: Any) -> str:
    return "done"


class Greeter:
    def __str__(self) -> str:
        return "<Greeter>"

    @braintrust.traced
    def greet(self, name: str) -> str:
        return f"hello {name}"

    @classmethod
    @braintrust.traced
    def make(cls, size: int) -> str:
        return f"{cls.__name__} of {size}"

    @staticmethod
    @braintrust.traced
    def shout(text: str) -> str:
        return text.upper()

    def __call__(self, name: str) -> str:
        return f"called {name}"


def test_a_call_becomes_a_span_with_its_arguments_and_result(rows: CapturedRows) -> None:
    """The name is the function's, the type is function, input and output are the call's."""

    @braintrust.traced
    def answer(question: str, *, tries: int = 1) -> dict[str, Any]:
        """Answer."""
        return {"text": question.upper()}

    result = answer("why", tries=2)

    row = rows.one()
    assert result == {"text": "WHY"}
    assert row["span_attributes"]["name"] == "answer"
    assert row["span_attributes"]["type"] == "function"
    assert row["input"] == {"question": "why", "tries": 2}
    assert row["output"] == {"text": "WHY"}
    assert row["span_parents"] is None
    assert row["metrics"]["end"] >= row["metrics"]["start"]
    assert row["context"]["caller_functionname"].startswith("test_a_call_becomes")
    assert answer.__name__ == "answer"
    assert answer.__doc__ == "Answer."
    assert inspect.unwrap(answer) is answer.__wrapped__  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("args", "kwargs", "expected"),
    [
        ((1,), {}, {"a": 1}),
        ((1, 5, 6, 7), {"z": 1}, {"a": 1, "b": 5, "args": [6, 7], "kw": {"z": 1}}),
        ((), {"a": 1, "k": 9}, {"a": 1, "k": 9}),
        ((1,), {"b": None}, {"a": 1, "b": None}),
    ],
)
def test_arguments_stand_under_their_names(
    args: tuple[Any, ...], kwargs: dict[str, Any], expected: dict[str, Any], rows: CapturedRows
) -> None:
    """Defaults that were not passed are absent; extra arguments have the name of their bag."""
    braintrust.traced(signature_table)(*args, **kwargs)

    assert rows.one()["input"] == expected


@pytest.mark.parametrize(
    ("args", "kwargs"),
    [((), {}), ((), {"b": 1}), ((1,), {"a": 1})],
    ids=["missing", "another one missing", "given twice"],
)
def test_arguments_that_do_not_fit_raise_pythons_own_error(
    args: tuple[Any, ...], kwargs: dict[str, Any], rows: CapturedRows
) -> None:
    """The TypeError is the one of the undecorated call; the span holds it and no input."""
    with pytest.raises(TypeError) as bare:
        signature_table(*args, **kwargs)

    with pytest.raises(TypeError) as traced:
        braintrust.traced(signature_table)(*args, **kwargs)

    row = rows.one()
    assert str(traced.value) == str(bare.value)
    assert "TypeError" in row["error"]
    assert "input" not in row


def test_a_function_without_parameters_has_an_empty_input(rows: CapturedRows) -> None:
    """No arguments are an empty object; no result is no output."""

    @braintrust.traced
    def nothing() -> None:
        return

    nothing()

    row = rows.one()
    assert row["input"] == {}
    assert "output" not in row


def test_methods_show_their_receiver_as_text(rows: CapturedRows) -> None:
    """self and cls are logged as text; static methods have none."""
    greeter = Greeter()

    results = [greeter.greet("you"), Greeter.make(3), Greeter.shout("hey")]

    inputs = [row["input"] for row in rows.all()]
    assert results == ["hello you", "Greeter of 3", "HEY"]
    assert inputs[0] == {"self": "<Greeter>", "name": "you"}
    assert inputs[1]["size"] == 3
    assert "Greeter" in inputs[1]["cls"]
    assert inputs[2] == {"text": "hey"}


@pytest.mark.parametrize(
    ("decorate", "name", "kind"),
    [
        (braintrust.traced(), "work", "function"),
        (braintrust.traced("given"), "given", "function"),
        (braintrust.traced("given", "llm"), "given", "llm"),
        (braintrust.traced("given", type="llm"), "given", "llm"),
        (braintrust.traced(name="given", type="weird"), "given", "weird"),
        (braintrust.traced(name=None), "work", "function"),
        (braintrust.traced(span_attributes={"type": "tool"}), "work", "tool"),
        (braintrust.traced(span_attributes={"name": "shown"}), "shown", "function"),
    ],
)
def test_every_form_of_the_decorator(
    decorate: Callable[..., Any], name: str, kind: str, rows: CapturedRows
) -> None:
    """Name and type come from the arguments, else from the function."""

    def work() -> int:
        return 1

    assert decorate(work)() == 1

    attributes = rows.one()["span_attributes"]
    assert (attributes["name"], attributes["type"]) == (name, kind)


def test_a_function_can_be_traced_by_calling_the_decorator(rows: CapturedRows) -> None:
    """traced(function, ...) is the decorated function, with or without further arguments."""

    def work(number: int) -> int:
        return number

    assert braintrust.traced(work)(1) == 1
    assert braintrust.traced(work, name="renamed", type="tool", notrace_io=True)(2) == 2

    bare, renamed = rows.all()
    assert bare["span_attributes"]["name"] == "work"
    assert renamed["span_attributes"]["name"] == "renamed"
    assert renamed["span_attributes"]["type"] == "tool"
    assert "input" not in renamed


def test_the_decorator_may_stand_outside_of_other_ones(rows: CapturedRows) -> None:
    """Around classmethod and staticmethod it traces what they hold."""

    class Outside:
        @braintrust.traced
        @classmethod
        def make(cls, size: int) -> str:
            return f"{cls.__name__} of {size}"

        @braintrust.traced("shout")
        @staticmethod
        def shout(text: str) -> str:
            return text.upper()

    results = [Outside.make(3), Outside().make(4), Outside.shout("hey")]

    names = [row["span_attributes"]["name"] for row in rows.all()]
    assert results == ["Outside of 3", "Outside of 4", "HEY"]
    assert names == ["make", "make", "shout"]


def test_a_wrapped_function_shows_the_arguments_of_what_it_wraps(rows: CapturedRows) -> None:
    """functools.wraps hands its signature, name and documentation on."""

    def work(number: int, *, times: int = 1) -> int:
        return number * times

    @functools.wraps(work)
    def around(*args: Any, **kwargs: Any) -> int:
        return work(*args, **kwargs)

    assert braintrust.traced(around)(2, times=3) == 6

    row = rows.one()
    assert row["input"] == {"number": 2, "times": 3}
    assert row["span_attributes"]["name"] == "work"


async def answer_later(question: str) -> str:
    await asyncio.sleep(0)
    return question.upper()


def marked_for_asyncio(question: str) -> Any:
    return answer_later(question)


marked_for_asyncio._is_coroutine = object()  # type: ignore[attr-defined]  # as libraries do


class AnswersLater:
    async def __call__(self, question: str) -> str:
        return await answer_later(question)


@pytest.mark.parametrize(
    ("function", "name"),
    [
        (answer_later, "answer_later"),
        (functools.partial(answer_later), "answer_later"),
        (AnswersLater(), "AnswersLater"),
        (marked_for_asyncio, "marked_for_asyncio"),
        (braintrust.MarkAsyncWrapper(answer_later), "answer_later"),
    ],
    ids=["function", "partial", "object", "marked for asyncio", "marked for us"],
)
async def test_what_is_awaited_is_traced_until_it_answers(
    function: Any, name: str, rows: CapturedRows
) -> None:
    """Everything that Python or a marker calls a coroutine function is one when traced."""
    traced = braintrust.traced(function)

    assert inspect.iscoroutinefunction(traced)
    assert await traced("why") == "WHY"

    row = rows.one()
    assert (row["input"], row["output"]) == ({"question": "why"}, "WHY")
    assert row["span_attributes"]["name"] == name


async def test_a_coroutine_that_is_never_awaited_is_not_logged(rows: CapturedRows) -> None:
    """Nor is a generator of which nothing is asked."""
    coroutine = braintrust.traced(answer_later)("why")
    coroutine.close()

    @braintrust.traced
    def count() -> Iterator[int]:
        yield 1

    count()

    assert rows.all() == []


def test_a_plain_function_that_returns_a_coroutine_is_plain(rows: CapturedRows) -> None:
    """Its span ends at once, and the coroutine is still there to be awaited."""

    @braintrust.traced
    def start(question: str) -> Any:
        return answer_later(question)

    coroutine = start("why")
    row = rows.one()

    assert "coroutine" in row["output"]
    assert asyncio.run(coroutine) == "WHY"


@pytest.mark.skipif(sys.version_info < (3, 11), reason="exception groups are new in Python 3.11")
def test_every_message_of_a_group_is_on_the_span(rows: CapturedRows) -> None:
    """An exception group shows its members, also those of groups inside it."""
    group = vars(builtins)["ExceptionGroup"]

    @braintrust.traced
    def fail() -> None:
        raise group("outer", [ValueError("one"), group("inner", [KeyError("two")])])

    with pytest.raises(group):
        fail()

    error = rows.one()["error"]
    assert "ValueError: one" in error
    assert "KeyError: 'two'" in error


def test_partials_and_callable_objects_can_be_traced(rows: CapturedRows) -> None:
    """What has no name of its own is called after what is inside it."""

    def add(a: int, b: int) -> int:
        return a + b

    assert braintrust.traced(functools.partial(add, 1))(2) == 3
    assert braintrust.traced(Greeter())("you") == "called you"

    names = [row["span_attributes"]["name"] for row in rows.all()]
    assert names == ["add", "Greeter"]


def test_what_is_logged_inside_joins_the_span(rows: CapturedRows) -> None:
    """The span is current while the function runs, and the result wins over a logged output."""

    @braintrust.traced(metadata={"fixed": 1})
    def work() -> str:
        braintrust.current_span().log(metadata={"inside": 2}, output="replaced")
        return "result"

    work()

    row = rows.one()
    assert row["metadata"] == {"fixed": 1, "inside": 2}
    assert row["output"] == "result"


def test_notrace_io_leaves_arguments_and_result_out(rows: CapturedRows) -> None:
    """Only what is logged by hand, the timing and errors are on the span."""

    @braintrust.traced(notrace_io=True)
    def secret(password: str) -> str:
        braintrust.current_span().log(output="by hand")
        return password

    secret("hunter2")

    row = rows.one()
    assert "input" not in row
    assert row["output"] == "by hand"


def test_the_input_is_what_was_passed_not_what_became_of_it(rows: CapturedRows) -> None:
    """A function that changes its argument does not change what was logged."""

    @braintrust.traced
    def empty(items: list[int]) -> None:
        items.clear()

    empty([1, 2])

    assert rows.one()["input"] == {"items": [1, 2]}


@pytest.mark.parametrize("error", [ValueError("bad"), KeyboardInterrupt(), GeneratorExit()])
def test_an_exception_is_on_the_span_and_passes_unchanged(
    error: BaseException, rows: CapturedRows
) -> None:
    """The very same exception leaves the function; its type and message are on the row."""

    @braintrust.traced
    def fail() -> None:
        raise error

    with pytest.raises(type(error)) as caught:
        fail()

    assert caught.value is error
    assert (
        rows.one()["error"]
        .rstrip()
        .endswith(f"{type(error).__name__}: {error}" if str(error) else type(error).__name__)
    )


async def test_coroutine_functions_stay_coroutine_functions(rows: CapturedRows) -> None:
    """Concurrent calls have spans of their own, each under the span that was current."""

    @braintrust.traced
    async def double(number: int) -> int:
        await asyncio.sleep(0)
        braintrust.current_span().log(metadata={"seen": number})
        return number * 2

    @braintrust.traced
    async def both() -> list[int]:
        return list(await asyncio.gather(double(1), double(2)))

    assert inspect.iscoroutinefunction(double)
    assert await both() == [2, 4]

    parent, *children = rows.all()
    assert [row["span_parents"] for row in children] == [[parent["span_id"]]] * 2
    assert {
        (row["input"]["number"], row["output"], row["metadata"]["seen"]) for row in children
    } == {
        (1, 2, 1),
        (2, 4, 2),
    }


async def test_a_cancelled_coroutine_ends_its_span(rows: CapturedRows) -> None:
    """Cancellation is recorded and goes on as it would without the decorator."""
    started = asyncio.Event()

    @braintrust.traced
    async def wait() -> None:
        started.set()
        await asyncio.Event().wait()

    task = asyncio.create_task(wait())
    await started.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    assert "CancelledError" in rows.one()["error"]


def test_generators_pass_everything_through(rows: CapturedRows) -> None:
    """Sent values, thrown exceptions and the return value arrive; items become the output."""

    @braintrust.traced
    def talk(first: str) -> Iterator[Any]:
        heard = yield first
        try:
            yield f"heard {heard}"
        except KeyError as error:
            yield f"caught {error}"
        return "returned"

    def delegate() -> Iterator[Any]:
        return (yield from talk("hello"))

    conversation: Any = delegate()
    said = [next(conversation), conversation.send("you"), conversation.throw(KeyError("k"))]
    with pytest.raises(StopIteration) as stop:
        next(conversation)

    row = rows.one()
    assert inspect.isgeneratorfunction(talk)
    assert said == ["hello", "heard you", "caught 'k'"]
    assert stop.value.value == "returned"
    assert row["input"] == {"first": "hello"}
    assert row["output"] == ["hello", "heard you", "caught 'k'"]
    assert "error" not in row


def test_a_generator_closed_early_is_no_error(rows: CapturedRows) -> None:
    """What it yielded so far is logged, and its own cleanup runs."""
    cleaned = []

    @braintrust.traced
    def count() -> Iterator[int]:
        try:
            yield from range(10)
        finally:
            cleaned.append(True)

    for number in count():
        if number == 2:
            break

    row = rows.one()
    assert cleaned == [True]
    assert row["output"] == [0, 1, 2]
    assert "error" not in row


def test_a_failing_generator_logs_what_it_yielded(rows: CapturedRows) -> None:
    """The items before the error and the error itself are on the row."""

    @braintrust.traced
    def fail() -> Iterator[int]:
        yield 1
        raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        list(fail())

    row = rows.one()
    assert row["output"] == [1]
    assert "ValueError: broken" in row["error"]


def test_a_generators_span_is_not_current_for_its_consumer(rows: CapturedRows) -> None:
    """Spans of the body nest under the generator, spans of the loop body do not."""

    @braintrust.traced
    def produce() -> Iterator[int]:
        with braintrust.start_span(name="in body"):
            yield 1
        with braintrust.start_span(name="in body again"):
            pass

    with braintrust.start_span(name="consumer"):
        for _ in produce():
            with braintrust.start_span(name="in loop"):
                pass

    parents = {row["span_attributes"]["name"]: row["span_parents"] for row in rows.all()}
    ids = {row["span_attributes"]["name"]: row["span_id"] for row in rows.all()}
    assert parents["produce"] == [ids["consumer"]]
    assert parents["in loop"] == [ids["consumer"]]
    assert parents["in body"] == [ids["produce"]]
    assert parents["in body again"] == [ids["produce"]]


async def test_async_generators_pass_everything_through(rows: CapturedRows) -> None:
    """They stay async generator functions; items become the output, also when closed early."""

    @braintrust.traced
    async def count() -> AsyncIterator[int]:
        for number in range(10):
            received = yield number
            assert received in {None, "sent"}

    numbers: Any = count()
    assert inspect.isasyncgenfunction(count)
    assert [await numbers.__anext__(), await numbers.asend("sent")] == [0, 1]
    await numbers.aclose()

    row = rows.one()
    assert row["output"] == [0, 1]
    assert "error" not in row


async def test_an_async_generator_closed_in_another_task_ends_its_span(
    rows: CapturedRows, caplog: pytest.LogCaptureFixture
) -> None:
    """Nothing is printed about contexts, and nothing stays current."""

    @braintrust.traced
    async def count() -> AsyncIterator[int]:
        with braintrust.start_span(name="inner"):
            yield 1

    numbers: Any = count()
    await numbers.__anext__()
    await asyncio.create_task(numbers.aclose())

    assert {row["span_attributes"]["name"] for row in rows.all()} == {"count", "inner"}
    assert braintrust.current_span() is braintrust.NOOP_SPAN
    assert caplog.messages == []


@pytest.mark.parametrize(
    ("limit", "expected"), [("2", None), ("0", None), ("-1", [0, 1, 2]), ("3", [0, 1, 2])]
)
def test_the_items_of_a_generator_are_bounded(
    limit: str, expected: list[int] | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """More items than the limit are not logged at all, and this is said once."""
    from braintrust_otel.testing import capture_rows

    monkeypatch.setenv("BRAINTRUST_MAX_GENERATOR_ITEMS", limit)

    @braintrust.traced
    def count() -> Iterator[int]:
        yield from range(3)

    with capture_rows() as rows:
        braintrust.init_logger(project="traced")
        list(count())

        assert rows.one().get("output") == expected


def test_a_value_that_cannot_be_logged_changes_nothing(rows: CapturedRows) -> None:
    """A raising __repr__ costs that value only."""

    class Hostile:
        def __repr__(self) -> str:
            raise RuntimeError("no")

    @braintrust.traced
    def work(good: int, bad: Any) -> Any:
        return bad

    hostile = Hostile()

    assert work(1, hostile) is hostile
    assert rows.one()["input"] == {"good": 1, "bad": "<non-sanitizable: Hostile>"}
