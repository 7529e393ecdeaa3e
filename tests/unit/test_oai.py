"""The names that other packages look for under ``braintrust_otel.oai``."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import openai
import pytest
from pydantic import BaseModel
from typing_extensions import Self

import braintrust_otel as braintrust
from braintrust_otel import oai
from braintrust_otel.oai import AsyncResponseWrapper, NamedWrapper, prettify_params


class Weather(BaseModel):
    """An answer in a form."""

    rain: bool


class Stream:
    """An asynchronous stream, as a client gives it."""

    def __init__(self) -> None:
        self.status = 200
        self.entered: list[str] = []
        self._chunks = iter(["a", "b"])

    def __aiter__(self) -> AsyncIterator[str]:
        return self

    async def __anext__(self) -> str:
        try:
            return next(self._chunks)
        except StopIteration:
            raise StopAsyncIteration from None

    async def __aenter__(self) -> Self:
        self.entered.append("in")
        return self

    async def __aexit__(self, *raised: object) -> bool:
        self.entered.append("out")
        return raised[0] is KeyError

    def __repr__(self) -> str:
        return "<the stream>"


@pytest.mark.parametrize("name", oai.__all__)
def test_both_paths_give_the_same(name: str) -> None:
    """The package itself has every name of the module, and it is the same thing."""
    assert getattr(braintrust, name) is getattr(oai, name)


def test_named_wrapper_answers_for_the_wrapped() -> None:
    """Attributes that the wrapper does not have are those of the object within."""
    wrapper = NamedWrapper("text")

    assert wrapper.upper() == "TEXT"


@pytest.mark.parametrize("kind", [NamedWrapper, AsyncResponseWrapper])
def test_half_made_wrapper_has_no_attributes(kind: type[Any]) -> None:
    """A wrapper that is being copied, and holds nothing yet, says so instead of recursing."""
    wrapper = kind.__new__(kind)

    with pytest.raises(AttributeError):
        wrapper.upper()


def test_answer_wrapper_looks_like_the_answer() -> None:
    """Whoever looks at the wrapper sees the answer: its class, its attributes, its text."""
    stream = Stream()

    wrapper: Any = AsyncResponseWrapper(stream)

    assert isinstance(wrapper, Stream)
    assert wrapper.status == 200
    assert (str(wrapper), repr(wrapper)) == ("<the stream>", "<the stream>")


async def test_answer_wrapper_is_iterated_over() -> None:
    """Iterating gives the chunks, all at once or one by one."""
    wrapper = AsyncResponseWrapper(Stream())

    first = await anext(wrapper)
    rest = [chunk async for chunk in wrapper]

    assert [first, *rest] == ["a", "b"]


async def test_answer_wrapper_is_entered() -> None:
    """Entering enters the answer and gives the wrapper; leaving leaves the answer its say."""
    stream = Stream()

    async with AsyncResponseWrapper(stream) as entered:
        assert type(entered) is AsyncResponseWrapper
        raise KeyError("taken back by the stream")

    assert stream.entered == ["in", "out"]


async def test_answer_that_cannot_be_entered_is_entered_all_the_same() -> None:
    """An answer that is no context manager is none to its wrapper either, which does no harm."""
    with pytest.raises(KeyError):
        async with AsyncResponseWrapper(5):
            raise KeyError("passes")


async def test_answer_that_is_no_stream_is_said_to_be_none() -> None:
    """Iterating over anything else is a plain type error that names it."""
    wrapper = AsyncResponseWrapper(5)

    with pytest.raises(TypeError, match="'int'"):
        aiter(wrapper)
    with pytest.raises(TypeError, match="'int'"):
        await anext(wrapper)


def test_parameters_are_cleaned() -> None:
    """What was not given is left out, None stays, and a class becomes its schema."""
    asked = {
        "model": "tiny",
        "stop": None,
        "seed": openai.NOT_GIVEN,
        "response_format": Weather,
    }

    pretty = prettify_params(asked)

    assert pretty == {
        "model": "tiny",
        "stop": None,
        "response_format": {
            "type": "json_schema",
            "json_schema": {"name": "Weather", "schema": Weather.model_json_schema()},
        },
    }
    assert asked["response_format"] is Weather


def test_other_response_formats_stay() -> None:
    """A response format that is no class is logged as it is."""
    given = {"type": "json_object"}

    assert oai.serialize_response_format(given) is given
