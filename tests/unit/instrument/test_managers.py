"""A followed stream helper ends its call once, and is to its user what it was before."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from braintrust_otel.instrument import Call, Fields, follow_manager
from support.spans import FakeTracer


class Texts:
    """Adds up texts."""

    def __init__(self, call: Call) -> None:
        self._texts: list[str] = []

    def add(self, chunk: str) -> bool:
        self._texts.append(chunk)
        return True

    def fields(self) -> Fields:
        return {"output": "".join(self._texts)}


class Manager:
    """A stream helper, which may keep what its block raises to itself."""

    def __init__(self, stream: Any, *, swallows: bool = False) -> None:
        self._stream = stream
        self._swallows = swallows

    def __enter__(self) -> Any:
        return self._stream

    def __exit__(self, *raised: object) -> bool:
        return self._swallows


class AsyncManager:
    """The same for asynchronous programs."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    async def __aenter__(self) -> Any:
        return self._stream

    async def __aexit__(self, *raised: object) -> None:
        return None


@pytest.fixture
def tracer() -> FakeTracer:
    """Provide what keeps the span."""
    return FakeTracer()


@pytest.fixture
def start(tracer: FakeTracer) -> Callable[[], Call | None]:
    """Provide what starts the call."""
    return lambda: tracer.calls().start("helper")


def stream() -> Any:
    """Return a stream over two chunks."""
    return SimpleNamespace(_raw_stream=iter("ab"))


Start = Callable[[], "Call | None"]


def test_block_is_a_call_with_what_was_read_in_it(tracer: FakeTracer, start: Start) -> None:
    """The call starts with the block, and the row has the chunks that were read."""
    manager = follow_manager(Manager(stream()), start, Texts)
    before = len(tracer.spans)

    with manager as entered:
        next(entered._raw_stream)

    assert before == 0
    assert isinstance(manager, Manager)
    assert (tracer.span.fields["output"], tracer.span.errors) == ("a", [])
    assert len(tracer.span.ends) == 1


async def test_asynchronous_block_is_a_call(tracer: FakeTracer, start: Start) -> None:
    """The same goes for an asynchronous helper."""
    manager = follow_manager(AsyncManager(stream()), start, Texts)

    async with manager as entered:
        list(entered._raw_stream)

    assert isinstance(manager, AsyncManager)
    assert (tracer.span.fields["output"], len(tracer.span.ends)) == ("ab", 1)


def test_what_a_block_raises_is_on_its_row(tracer: FakeTracer, start: Start) -> None:
    """An error of the block is the call's, also where the helper lets it go no further."""
    mistake = ValueError("a mistake")

    with follow_manager(Manager(stream(), swallows=True), start, Texts):
        raise mistake

    assert (tracer.span.errors, len(tracer.span.ends)) == ([mistake], 1)


async def test_what_an_asynchronous_block_raises_is_on_its_row(
    tracer: FakeTracer, start: Start
) -> None:
    """And goes on as it would."""
    mistake = ValueError("a mistake")

    with pytest.raises(ValueError, match="a mistake") as caught:
        async with follow_manager(AsyncManager(stream()), start, Texts):
            raise mistake

    assert caught.value is mistake
    assert (tracer.span.errors, len(tracer.span.ends)) == ([mistake], 1)


def test_generator_that_is_closed_in_a_block_is_no_error(tracer: FakeTracer, start: Start) -> None:
    """Who leaves a generator around the block has read what he wanted."""

    def texts() -> Any:
        with follow_manager(Manager(stream()), start, Texts) as entered:
            yield from entered._raw_stream

    reading = texts()
    next(reading)

    reading.close()

    assert (tracer.span.fields["output"], tracer.span.errors) == ("a", [])


async def test_nothing_is_followed_where_nothing_is_traced(tracer: FakeTracer) -> None:
    """Without a call the helpers do what they always did."""
    plain = stream()
    source = plain._raw_stream

    with follow_manager(Manager(plain), lambda: None, Texts) as entered:
        assert entered is plain
    async with follow_manager(AsyncManager(plain), lambda: None, Texts) as entered:
        assert entered._raw_stream is source


def test_stream_of_another_make_is_given_as_it_is(tracer: FakeTracer, start: Start) -> None:
    """What keeps its chunks elsewhere cannot be followed; that is reported, and the row ends."""
    other = object()

    with follow_manager(Manager(other), start, Texts) as entered:
        assert entered is other

    assert [doing for doing, _ in tracer.bugs] == ["following a stream helper"]
    assert len(tracer.span.ends) == 1
