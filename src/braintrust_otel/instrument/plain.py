"""Turns the models that client libraries use into the plain data they stand for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["members", "plain", "set_members"]

_ATOMS = (str, int, float, bool, type(None))
# Nearly every value is of one of these very types, which is found out faster than a subclass.
_EXACT_ATOMS = frozenset(_ATOMS)


def members(model: Any) -> Mapping[str, Any]:
    """Return the members of a mapping or a pydantic model (version 1 or 2), unset ones included.

    Anything else has none. The mapping may be the model's own: it must not be changed.
    """
    if isinstance(model, dict):
        return model
    if _given(model) is None:
        return {}
    extra = getattr(model, "__pydantic_extra__", None)
    known: dict[str, Any] = model.__dict__
    return {**known, **extra} if extra else known


def set_members(model: Any) -> Mapping[str, Any]:
    """Return the members of a mapping or a pydantic model that were set, defaults left out.

    Anything else has none. The mapping may be the model's own: it must not be changed.
    """
    if isinstance(model, dict):
        return model
    given = _given(model)
    if given is None:
        return {}
    chosen: dict[str, Any] = model.__dict__
    if not chosen.keys() <= given:
        chosen = {name: value for name, value in chosen.items() if name in given}
    extra = getattr(model, "__pydantic_extra__", None)
    return {**chosen, **extra} if extra else chosen


def plain(value: Any, *, without: frozenset[str] = frozenset()) -> Any:
    """Return *value* with every pydantic model in it as a dictionary of the members that were set.

    That is what came over the wire or is going to: defaults that a model fills in are left out.
    Values of other kinds stay as they are, for the encoder to decide.

    Args:
        value: Models, and lists, tuples and dictionaries of them.
        without: Members of models that are left out, at any depth.
    """
    return value if type(value) in _EXACT_ATOMS else _plain(value, without)


def _plain(value: Any, without: frozenset[str]) -> Any:
    if isinstance(value, dict):
        return {
            key: item if type(item) in _EXACT_ATOMS else _plain(item, without)
            for key, item in value.items()
        }
    if isinstance(value, (list, tuple)):
        return [item if type(item) in _EXACT_ATOMS else _plain(item, without) for item in value]
    if isinstance(value, _ATOMS) or _given(value) is None:
        return value
    return {
        name: item if type(item) in _EXACT_ATOMS else _plain(item, without)
        for name, item in set_members(value).items()
        if name not in without
    }


def _given(value: object) -> set[str] | None:
    """Return the names of the members that were set; None when *value* is no model."""
    given = getattr(value, "__pydantic_fields_set__", None)  # version 2
    if given is None:
        given = getattr(value, "__fields_set__", None)  # version 1
    return given if isinstance(given, set) else None
