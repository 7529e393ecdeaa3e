"""Turns the models that client libraries use into the plain data they stand for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["members", "plain", "set_members"]

_ATOMS = (str, int, float, bool, type(None))


def members(model: Any) -> Mapping[str, Any]:
    """Return the members of a mapping or a pydantic model (version 1 or 2), unset ones included.

    Anything else has none. The mapping may be the model's own: it must not be changed.
    """
    if isinstance(model, dict):
        return model
    if not _is_model(model):
        return {}
    extra = getattr(model, "__pydantic_extra__", None)
    return {**vars(model), **extra} if extra else vars(model)


def set_members(model: Any) -> Mapping[str, Any]:
    """Return the members of a mapping or a pydantic model that were set, defaults left out.

    Anything else has none. The mapping may be the model's own: it must not be changed.
    """
    if isinstance(model, dict):
        return model
    if not _is_model(model):
        return {}
    given: Any = getattr(model, "__pydantic_fields_set__", None)
    if given is None:
        given = getattr(model, "__fields_set__", ())
    chosen = {name: value for name, value in vars(model).items() if name in given}
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
    if isinstance(value, _ATOMS):
        return value
    if isinstance(value, dict):
        return {key: plain(item, without=without) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item, without=without) for item in value]
    if not _is_model(value):
        return value
    chosen = set_members(value)
    return {k: plain(v, without=without) for k, v in chosen.items() if k not in without}


def _is_model(value: object) -> bool:
    kind = type(value)
    return hasattr(kind, "model_fields") or hasattr(kind, "__fields__")
