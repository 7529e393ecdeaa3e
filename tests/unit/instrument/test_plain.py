"""Models become the plain data that came over the wire."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import BaseModel, ConfigDict
from pydantic.v1 import BaseModel as OldModel
from pydantic.v1 import Extra

from braintrust_otel.instrument import members, plain, set_members


class Part(BaseModel):
    """A model that keeps what it does not know."""

    model_config = ConfigDict(extra="allow")

    text: str | None = None
    rest: Any = None


class OldPart(OldModel):
    """The same in pydantic's first version."""

    text: str | None = None
    rest: Any = None

    class Config:
        extra = Extra.allow


KINDS = pytest.mark.parametrize("kind", [Part, OldPart])


@KINDS
def test_only_what_was_set_is_told(kind: Any) -> None:
    """Defaults are left out, unknown members and explicit nulls are kept, at any depth."""
    value = {"parts": [kind(text=None, rest=(kind(unknown=1),))]}

    assert plain(value) == {"parts": [{"text": None, "rest": [{"unknown": 1}]}]}


@KINDS
def test_members_may_be_left_out(kind: Any) -> None:
    """Named members of models are left out at any depth; those of dictionaries stay."""
    value = kind(text="a", rest={"text": kind(text="b", unknown=1)})

    assert plain(value, without=frozenset({"text"})) == {"rest": {"text": {"unknown": 1}}}


@KINDS
def test_members_of_a_model(kind: Any) -> None:
    """All members include the defaults, the set ones do not."""
    model = kind(text="a", unknown=1)

    assert members(model) == {"text": "a", "rest": None, "unknown": 1}
    assert set_members(model) == {"text": "a", "unknown": 1}


@pytest.mark.parametrize("read", [members, set_members])
def test_mapping_is_its_own_members(read: Any) -> None:
    """A dictionary needs no reading."""
    value = {"a": 1}

    assert read(value) is value


@pytest.mark.parametrize("read", [members, set_members])
@pytest.mark.parametrize("value", [None, "text", 5, ["a"], object()])
def test_anything_else_has_no_members(read: Any, value: object) -> None:
    """What is neither a mapping nor a model has no members."""
    assert read(value) == {}


def test_other_values_stay() -> None:
    """What is no model is left for the encoder."""
    value = object()

    assert plain([value]) == [value]
