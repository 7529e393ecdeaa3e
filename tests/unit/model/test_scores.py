"""Checks of what is logged: what passes, what changes, what is refused and how it is told."""

from __future__ import annotations

from collections import UserDict
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from pydantic import BaseModel, RootModel

from braintrust_otel._model.scores import validate_event


@dataclass
class Settings:
    temperature: float


class Model(BaseModel):
    name: str


class Names(RootModel[list[str]]):
    pass


class Unreadable:
    def __repr__(self) -> str:
        raise RuntimeError


def test_fields_without_a_rule_pass() -> None:
    """Input, output and any other field are taken as they are."""
    output = object()

    assert validate_event({"input": 1, "output": output, "foo": "bar"}) == {
        "input": 1,
        "output": output,
        "foo": "bar",
    }


def test_none_means_not_given() -> None:
    """None at the top level is dropped, whatever the field."""
    assert validate_event({"input": None, "scores": None, "id": None, "output": 0}) == {"output": 0}


def test_scores_are_numbers() -> None:
    """Boolean scores become 1 and 0, None stays, other kinds of numbers become floats."""
    scores = {"a": True, "b": None, "c": 0.5, "d": 1, "e": Fraction(1, 4), "f": np.float32(0.5)}

    checked = validate_event({"scores": scores})["scores"]

    assert checked == {"a": 1, "b": None, "c": 0.5, "d": 1, "e": 0.25, "f": 0.5}
    assert type(checked["a"]) is int  # type: ignore[index]  # just compared with a dict
    assert scores["a"] is True


def test_metrics_are_numbers() -> None:
    """Metrics may be any numbers; booleans count as 1 and 0."""
    metrics = {"a": True, "b": 2, "c": -1.5, "d": np.int64(3), "e": np.float64(4)}

    assert validate_event({"metrics": metrics})["metrics"] == {
        "a": 1,
        "b": 2,
        "c": -1.5,
        "d": 3,
        "e": 4,
    }


@pytest.mark.parametrize("metadata", [{"a": 1}, Settings(0.5), Model(name="x"), UserDict(a=1), {}])
def test_metadata_is_what_becomes_an_object(metadata: object) -> None:
    """Dicts, mappings, dataclasses and models are metadata, and are passed on untouched."""
    assert validate_event({"metadata": metadata})["metadata"] is metadata


@pytest.mark.parametrize(
    ("tags", "expected"),
    [(["a", "b"], ["a", "b"]), (("a",), ["a"]), ({"b", "a"}, ["a", "b"]), (frozenset(), [])],
)
def test_tags_become_a_list(tags: object, expected: list[str]) -> None:
    """Lists, tuples and sets of texts are tags, and are stored as a list of their own."""
    checked = validate_event({"tags": tags})["tags"]

    assert checked == expected
    assert checked is not tags


def test_span_attributes_pass() -> None:
    """Span attributes are a dict with text keys."""
    assert validate_event({"span_attributes": {"purpose": "scorer"}}) == {
        "span_attributes": {"purpose": "scorer"}
    }


def test_inputs_is_the_old_name_of_input() -> None:
    """The old name is stored under the new one."""
    assert validate_event({"inputs": 5}) == {"input": 5}


def test_only_one_of_input_and_inputs() -> None:
    """Both names at once are refused; one of them being None is not both."""
    assert validate_event({"input": None, "inputs": 5}) == {"input": 5}
    with pytest.raises(ValueError, match="inputs is the old name"):
        validate_event({"input": 1, "inputs": 2})


@pytest.mark.parametrize(
    ("event", "message"),
    [
        ({"scores": {"a": 2}}, "scores['a'] must be from 0 to 1 or None, not 2"),
        ({"scores": {"a": -0.1}}, "not -0.1"),
        ({"scores": {"a": float("nan")}}, "not nan"),
        ({"scores": {"a": "x"}}, "scores['a'] must be a number from 0 to 1, a bool or None"),
        ({"scores": {1: 0.5}}, "scores must have text keys, but 1 is of type int"),
        ({"scores": [0.5]}, "scores must be a dict of numbers from 0 to 1 or None, not of type l"),
        ({"scores": 0}, "not of type int"),
        ({"metadata": {1: 2}}, "metadata must have text keys, but 1 is of type int"),
        ({"metadata": {Unreadable(): 2}}, "but one of them is of type Unreadable"),
        ({"metadata": [1]}, "metadata must be a dict, or a model or dataclass that becomes one"),
        ({"metadata": "s"}, "not of type str"),
        ({"metadata": Names(["x"])}, "not of type Names"),
        ({"metrics": {"a": "x"}}, "metrics['a'] must be a number, not of type str"),
        ({"metrics": {"a": None}}, "metrics['a'] must be a number, not None"),
        ({"metrics": [1]}, "metrics must be a dict of numbers, not of type list"),
        ({"metrics": {1: 1}}, "metrics must have text keys"),
        ({"tags": "abc"}, "tags must be a list, tuple or set of texts, not of type str"),
        ({"tags": [1]}, "tags must be texts, but 1 is of type int"),
        ({"tags": {1}}, "tags must be texts"),
        ({"tags": [None]}, "but None is None"),
        ({"tags": ["a", "a"]}, "but 'a' is given twice"),
        ({"span_attributes": [1]}, "span_attributes must be a dict with text keys"),
        ({"span_attributes": {1: 2}}, "span_attributes must have text keys"),
    ],
)
def test_wrong_shapes_are_refused(event: dict[str, Any], message: str) -> None:
    """The message names the field, the key, what was given and what is allowed."""
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - the text is compared below
        validate_event(event)

    assert message in str(caught.value)


@pytest.mark.parametrize(
    "name",
    [
        "id",
        "span_id",
        "root_span_id",
        "span_parents",
        "project_id",
        "log_id",
        "experiment_id",
        "dataset_id",
        "prompt_session_id",
        "org_id",
        "_is_merge",
    ],
)
def test_system_fields_are_refused(name: str) -> None:
    """What the system chooses cannot be logged."""
    with pytest.raises(ValueError, match=f"{name} cannot be logged"):
        validate_event({name: "x"})


def test_the_event_is_left_alone() -> None:
    """Neither the event nor what is in it is changed."""
    event = {"inputs": 1, "scores": {"a": True}, "tags": ("a",), "output": None}

    validate_event(event)

    assert event == {"inputs": 1, "scores": {"a": True}, "tags": ("a",), "output": None}
