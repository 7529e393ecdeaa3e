"""Arguments are made ready without changing what the user gave."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import BaseModel

from braintrust_otel.instrument import (
    is_given,
    json_settings,
    listed,
    serialize_response_format,
    take_span_info,
)


class NotGiven:
    """The marker of a client, known by its name."""


class Joke(BaseModel):
    """An answer in a form."""

    text: str


def test_span_info_is_taken_out() -> None:
    """The argument is gone from the request, and says the name and the metadata."""
    kwargs: dict[str, Any] = {"model": "m", "span_info": {"name": "n", "metadata": {"a": 1}}}

    info = take_span_info(kwargs)

    assert kwargs == {"model": "m"}
    assert (info.name, info.metadata) == ("n", {"a": 1})


@pytest.mark.parametrize("given", [None, 5, {"name": 5, "metadata": "x"}, {"name": ""}])
def test_odd_span_info_says_nothing(given: object) -> None:
    """Whatever cannot be understood is taken out too, and ignored."""
    kwargs: dict[str, Any] = {"span_info": given}

    info = take_span_info(kwargs)

    assert kwargs == {}
    assert (info.name, info.metadata) == (None, {})


def test_absent_span_info_says_nothing() -> None:
    """Without the argument there is nothing to take."""
    info = take_span_info({"model": "m"})

    assert (info.name, info.metadata) == (None, {})


@pytest.mark.parametrize(("value", "given"), [(NotGiven(), False), (None, True), (0, True)])
def test_markers_are_not_given(value: object, given: bool) -> None:
    """A client's marker means not given; None and zero are values."""
    assert is_given(value) is given


def test_iterators_are_listed() -> None:
    """An iterator becomes a list, and one under a member of the list too."""
    value = iter([{"role": "user", "content": iter(["a"])}])

    assert listed(value) == [{"role": "user", "content": ["a"]}]


def test_listing_leaves_the_users_message_alone() -> None:
    """The message that held the iterator still holds it; only its copy has the list."""
    content = iter(["a"])
    message = {"role": "user", "content": content}

    result = listed([message, {"role": "user"}])

    assert result == [{"role": "user", "content": ["a"]}, {"role": "user"}]
    assert message["content"] is content


@pytest.mark.parametrize("value", [[{"a": 1}], ({"a": 1},), "text", None, NotGiven()])
def test_what_can_be_read_twice_stays(value: object) -> None:
    """Anything that is no iterator comes back as the same object."""
    assert listed(value) is value


def test_settings_are_those_given_in_json() -> None:
    """Only named settings are told, and only what was given and can be said in JSON."""
    kwargs = {"a": 1, "b": NotGiven(), "c": object(), "d": None, "e": [Joke(text="x")], "f": 2}

    settings = json_settings(kwargs, ("a", "b", "c", "d", "e", "missing"))

    assert settings == {"a": 1, "d": None, "e": [{"text": "x"}]}


def test_pydantic_class_is_serialised() -> None:
    """A class becomes the response format that asks for its schema."""
    described = serialize_response_format(Joke)

    schema = {"name": "Joke", "schema": Joke.model_json_schema()}
    assert described == {"type": "json_schema", "json_schema": schema}


@pytest.mark.parametrize("value", [{"type": "json_object"}, None, "text", int])
def test_other_response_formats_stay(value: object) -> None:
    """Anything else comes back unchanged."""
    assert serialize_response_format(value) is value
