"""Values that programs log by accident, with what arrives in their place."""

from __future__ import annotations

import dataclasses
import datetime as dt
import decimal
import pathlib
import threading
import uuid
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pydantic

__all__ = ["HOSTILE", "UNSPECIFIC"]

MAX_DEPTH = 200


class RaisingStr:
    def __str__(self) -> str:
        raise ValueError("no text")


class RaisingRepr:
    def __repr__(self) -> str:
        raise MemoryError


class Endless:
    def __repr__(self) -> str:
        return f"{self!r}"


class RaisingIter(list[Any]):
    def __iter__(self) -> Iterator[Any]:
        raise RuntimeError("not now")


class RaisingItems(dict[str, Any]):
    def items(self) -> Any:
        raise KeyError("items")


class RaisingMapping(Mapping[str, Any]):
    def __iter__(self) -> Iterator[str]:
        raise OSError("keys")

    def __len__(self) -> int:
        return 1

    def __getitem__(self, key: str) -> Any:
        raise KeyError(key)


class RaisingDump:
    def model_dump(self, **_: Any) -> Any:
        raise TypeError("dump")


class RaisingMeta(type):
    def __getattribute__(cls, name: str) -> Any:
        raise RuntimeError(name)


class RaisingClass(metaclass=RaisingMeta):
    pass


class RaisingError(Exception):
    def __str__(self) -> str:
        raise ValueError


@dataclasses.dataclass
class HalfGood:
    good: int
    bad: object


class Model(pydantic.BaseModel):
    name: str
    size: float


def cyclic_list() -> list[Any]:
    value: list[Any] = [1]
    value.append(value)
    return value


def cyclic_dict() -> dict[str, Any]:
    value: dict[str, Any] = {"a": 1}
    value["self"] = value
    return value


def nested(depth: int) -> list[Any]:
    value: list[Any] = []
    for _ in range(depth - 1):
        value = [value]
    return value


def nested_and_cut(depth: int) -> Any:
    value: Any = "<max depth exceeded>"
    for _ in range(depth):
        value = [value]
    return value


HOSTILE: dict[str, tuple[Any, Any]] = {
    "str raises": (RaisingStr(), "<non-sanitizable: RaisingStr>"),
    "repr raises": (RaisingRepr(), "<non-sanitizable: RaisingRepr>"),
    "repr never ends": (Endless(), "<non-sanitizable: Endless>"),
    "iteration raises": (RaisingIter([1]), "<non-sanitizable: RaisingIter>"),
    "items raise": (RaisingItems(a=1), "<non-sanitizable: RaisingItems>"),
    "keys raise": (RaisingMapping(), "<non-sanitizable: RaisingMapping>"),
    "dump raises": (RaisingDump(), "<non-sanitizable: RaisingDump>"),
    "class raises": (RaisingClass(), "<non-sanitizable: RaisingClass>"),
    "error raises": (RaisingError(), "<non-sanitizable: RaisingError>"),
    "bad field": (HalfGood(1, RaisingStr()), {"good": 1, "bad": "<non-sanitizable: RaisingStr>"}),
    "bad key": ({RaisingStr(): 1, "a": 2}, {"<non-sanitizable: RaisingStr>": 1, "a": 2}),
    "cycle of lists": (cyclic_list(), [1, "<circular reference>"]),
    "cycle of dicts": (cyclic_dict(), {"a": 1, "self": "<circular reference>"}),
    "too deep": (nested(5_000), nested_and_cut(MAX_DEPTH - 1)),
    "NaN": (float("nan"), "NaN"),
    "infinity": (float("-inf"), "-Infinity"),
    "huge integer": (10**30, 10**30),
    "lone surrogate": ("a\ud800b", "a\ufffdb"),
    "NUL": ("a\x00b", "a\x00b"),
    "line separators": ("a\u2028\u2029\x85b", "a\u2028\u2029\x85b"),
    "set": ({1}, [1]),
    "keys that are no text": ({1: "a", None: "b"}, {"1": "a", "None": "b"}),
    "date": (dt.date(2026, 11, 22), "2026-11-22"),
    "decimal": (decimal.Decimal("1.10"), "1.10"),
    "path": (pathlib.PurePosixPath("a/b"), "a/b"),
    "uuid": (uuid.UUID(int=1), "00000000-0000-0000-0000-000000000001"),
    "model": (Model(name="a", size=0.5), {"name": "a", "size": 0.5}),
    "array": (np.array([1, 2]), [1, 2]),
    "number of numpy": (np.float32(0.5), 0.5),
    "text that looks like JSON": ('{"a": 1', '{"a": 1'),
    "a row within": ({"_is_merge": True, "id": "x", "rows": []},) * 2,
}
"""By name: what is logged, and what arrives two levels down in a row."""

UNSPECIFIC: dict[str, Any] = {
    "bytes": b"\xff\x00",
    "lock": threading.Lock(),
    "generator": (number for number in range(3)),
    "function": nested,
    "class": HalfGood,
    "module": np,
    "error": ValueError("text"),
}
"""Values that arrive as some text."""
