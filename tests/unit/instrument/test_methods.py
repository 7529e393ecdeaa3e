"""A method that is described by how it is read is captured as one call, however it answers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from types import GeneratorType
from typing import Any

import pytest

from braintrust_otel.instrument import (
    AsyncMethodWrapper,
    Fields,
    MethodWrapper,
    PatchTable,
    Reading,
    Wrapper,
    patch_object,
)
from braintrust_otel.instrument.patching import Patch
from support.spans import FakeTracer


class RefusedError(Exception):
    """An error of the library, with what it was about."""


class Client:
    """A client of a library."""

    def ask(self, question: Any, *, n: int = 1) -> Any:
        """Answer a question."""
        if question == "refuse":
            raise RefusedError("half")
        return question if n == 1 else self._pieces(question)

    def _pieces(self, question: str) -> Iterator[str]:
        yield from question

    async def ask_later(self, question: Any, *, n: int = 1) -> Any:
        """Answer a question in due time."""
        answer = self.ask(question, n=n)
        return answer if n == 1 else self._later(answer)

    async def _later(self, pieces: Iterator[str]) -> AsyncIterator[str]:
        for piece in pieces:
            yield piece

    def ask_lazily(self, question: str) -> Any:
        """Return a stream at once, as some asynchronous methods do; refuse to be asked badly."""
        if not question:
            raise RefusedError("nothing")
        return self._later(iter(question))


class Letters:
    """Adds letters up."""

    def __init__(self) -> None:
        self.text = ""

    def add(self, chunk: str) -> bool:
        self.text += chunk
        return True

    def fields(self) -> Fields:
        return {"output": self.text}


def read_request(asked: Mapping[str, Any], client: Any) -> Fields:
    return {"input": dict(asked), "metadata": {"client": type(client).__name__}}


def read_answer(answer: Any) -> Fields:
    return {"output": answer.upper()}


def read_failure(error: BaseException) -> Fields:
    return {"output": str(error)}


ASK = Reading("ask", read_request, read_answer, Letters, failure=read_failure, listed=("question",))


@pytest.fixture
def tracer() -> FakeTracer:
    return FakeTracer()


@pytest.fixture
def client(tracer: FakeTracer) -> Client:
    """Provide a client whose methods are captured."""
    calls = tracer.calls()
    methods: dict[str, Wrapper] = {
        "ask": MethodWrapper(calls, ASK),
        "ask_later": AsyncMethodWrapper(calls, ASK),
        "ask_lazily": AsyncMethodWrapper(calls, ASK),
    }
    made = Client()
    patch_object(made, methods)
    return made


def ask(client: Client, *args: Any, **kwargs: Any) -> Any:
    return client.ask(*args, **kwargs)


def ask_later(client: Client, *args: Any, **kwargs: Any) -> Any:
    return asyncio.run(client.ask_later(*args, **kwargs))


def pieces(client: Client, *args: Any, **kwargs: Any) -> Any:
    return "".join(client.ask(*args, n=2, **kwargs))


def later_pieces(client: Client, *args: Any, **kwargs: Any) -> Any:
    async def read() -> str:
        return "".join([piece async for piece in await client.ask_later(*args, n=2, **kwargs)])

    return asyncio.run(read())


def lazy_pieces(client: Client, *args: Any, **kwargs: Any) -> Any:
    async def read() -> str:
        return "".join([piece async for piece in client.ask_lazily(*args, **kwargs)])

    return asyncio.run(read())


Way = Callable[..., Any]
EACH_WAY = pytest.mark.parametrize(
    ("way", "output"),
    [
        (ask, "WHEN"),
        (ask_later, "WHEN"),
        (pieces, "when"),
        (later_pieces, "when"),
        (lazy_pieces, "when"),
    ],
)


@EACH_WAY
def test_call_is_one_row(client: Client, tracer: FakeTracer, way: Way, output: str) -> None:
    """At once or in pieces, now or later: the user has his answer, and there is one row of it."""
    answer = way(client, "when")

    span = tracer.span
    assert answer == "when"
    assert (span.name, span.type) == ("ask", "llm")
    assert span.fields["input"]["question"] == "when"
    assert span.fields["metadata"] == {"client": "Client"}
    assert span.fields["output"] == output
    assert len(span.ends) == 1


@EACH_WAY
def test_nothing_is_captured_while_nothing_is_active(
    client: Client, tracer: FakeTracer, way: Way, output: str
) -> None:
    """Calls pass straight through, and prompts' own argument is taken out all the same."""
    tracer.is_active = False

    answer = way(client, "when", span_info={"name": "x"})

    assert (answer, tracer.spans) == ("when", [])


@pytest.mark.parametrize("way", [ask, ask_later])
def test_prompt_names_the_span(client: Client, tracer: FakeTracer, way: Way) -> None:
    """What a prompt says about the call is on its row, and cannot overwrite what was read."""
    way(client, "when", span_info={"name": "mine", "metadata": {"prompt": 1, "client": 2}})

    span = tracer.span
    assert span.name == "mine"
    assert span.fields["metadata"] == {"prompt": 1, "client": "Client"}
    assert "span_info" not in span.fields["input"]


@pytest.mark.parametrize("way", [ask, ask_later])
def test_failure_is_the_library_s_own(client: Client, tracer: FakeTracer, way: Way) -> None:
    """The exception passes unchanged, and what it carries is on the row."""
    with pytest.raises(RefusedError) as caught:
        way(client, "refuse")

    assert tracer.span.errors == [caught.value]
    assert tracer.span.fields["output"] == "half"


def test_arguments_that_are_wrong_at_once_are_told_at_once(
    client: Client, tracer: FakeTracer
) -> None:
    """A method that fails before there is anything to await fails its call there."""
    with pytest.raises(RefusedError):
        client.ask_lazily("")

    assert len(tracer.span.errors) == 1


def test_iterator_is_read_once(client: Client, tracer: FakeTracer) -> None:
    """Library and row both see what an iterator among the arguments gives."""
    answer = client.ask(question=iter([1, 2]), n=2)

    assert list(answer) == [1, 2]
    assert tracer.span.fields["input"] == {"question": [1, 2], "n": 2}


def test_bug_in_reading_an_answer_costs_the_row_only(tracer: FakeTracer) -> None:
    """The user gets his answer whatever becomes of the row."""

    def broken() -> Any:
        raise RuntimeError("bug")

    client = Client()
    reading = Reading("ask", read_request, read_answer, broken)
    patch_object(client, {"ask": MethodWrapper(tracer.calls(), reading)})

    answer = client.ask("when", n=2)

    assert list(answer) == list("when")
    assert [str(bug) for _, bug in tracer.bugs] == ["bug"]
    assert len(tracer.span.ends) == 1


def test_call_within_a_call_is_part_of_it(client: Client, tracer: FakeTracer) -> None:
    """An asynchronous method that calls a captured one is one row."""
    asyncio.run(client.ask_later("when"))

    assert [span.name for span in tracer.spans] == ["ask"]


def test_kind_of_call_is_passed_on(tracer: FakeTracer) -> None:
    """Spans have the type that the description gives them."""
    client = Client()
    reading = Reading("lookup", read_request, read_answer, type="tool")
    patch_object(client, {"ask": MethodWrapper(tracer.calls(), reading)})

    client.ask("when")

    assert tracer.span.type == "tool"


def test_signature_without_names_has_them_in_the_description(tracer: FakeTracer) -> None:
    """Arguments of a method that takes any are told by the order that the description gives."""

    class Anything:
        def ask(self, *args: Any, **kwargs: Any) -> str:
            return "yes"

    client = Anything()
    reading = Reading("ask", read_request, read_answer, positional=("question", "n"))
    patch_object(client, {"ask": MethodWrapper(tracer.calls(), reading)})

    client.ask("when", 1)

    assert tracer.span.fields["input"] == {"question": "when", "n": 1}


def test_what_adds_up_can_know_its_stream(tracer: FakeTracer) -> None:
    """A stream that keeps more than it hands out is there for what adds it up."""
    given = []

    def letters_of(stream: Any) -> Letters:
        given.append(stream)
        return Letters()

    client = Client()
    reading = Reading("ask", read_request, read_answer, accumulate_of=letters_of)
    patch_object(client, {"ask": MethodWrapper(tracer.calls(), reading)})

    answer = client.ask("when", n=2)

    assert list(answer) == list("when")
    assert tracer.span.fields["output"] == "when"
    assert [type(stream) for stream in given] == [GeneratorType]


def test_class_is_patched_alike(tracer: FakeTracer) -> None:
    """The wrappers go around methods of a class, too, and off again."""
    table = PatchTable(
        [Patch(__name__, "Client.ask_later", AsyncMethodWrapper(tracer.calls(), ASK))]
    )
    table.apply()

    later = asyncio.run(Client().ask_later("when"))
    table.undo()
    asyncio.run(Client().ask_later("when"))

    assert later == "when"
    assert len(tracer.spans) == 1
