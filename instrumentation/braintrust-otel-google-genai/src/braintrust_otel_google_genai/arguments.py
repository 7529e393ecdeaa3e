"""Reads the arguments of a call by name, however they were given."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from braintrust_otel.instrument import Fields, Reading, SpanInfo

__all__ = ["named", "reader"]


def named(
    method: Callable[..., Any], args: tuple[Any, ...], kwargs: Mapping[str, Any]
) -> Mapping[str, Any]:
    """Return all arguments by name; those given by position have it in the signature."""
    if not args:
        return kwargs
    names = inspect.signature(method).parameters
    return {**dict(zip(names, args, strict=False)), **kwargs}


def reader(
    reading: Reading, asked: Callable[[], Mapping[str, Any]], instance: Any, info: SpanInfo
) -> Callable[[], Fields]:
    """Return what reads the row's first fields, with what a prompt says about the call.

    Args:
        reading: Reads the arguments.
        asked: Returns the arguments by name.
        instance: The object whose method was called.
        info: What the prompt says.
    """
    return partial(_read, reading, asked, instance, info)


def _read(
    reading: Reading, asked: Callable[[], Mapping[str, Any]], instance: Any, info: SpanInfo
) -> Fields:
    fields = dict(reading.request(asked(), instance))
    told: Any = fields.get("metadata", {})
    fields["metadata"] = {**info.metadata, **told}
    return fields
