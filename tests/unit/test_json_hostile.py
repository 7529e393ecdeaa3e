"""Values that cannot be read cost their own place only, and nothing is raised."""

from __future__ import annotations

import dataclasses
import json
import sys
from collections.abc import Iterator, Mapping
from typing import Any
from unittest.mock import MagicMock

import pydantic
import pytest

from braintrust_otel._json import Marker, dumps, encode
from braintrust_otel._json.limits import CIRCULAR, MAX_DEPTH, TOO_DEEP, TOO_LARGE
from braintrust_otel._json.walk import walk


def stored(value: object) -> Any:
    return json.loads(encode(value).data)


def nested(depth: int, leaf: object = None) -> list[Any]:
    """Return *depth* lists, one in the other, around *leaf*."""
    value: Any = leaf
    for _ in range(depth):
        value = [value]
    return value  # type: ignore[no-any-return]  # a list, as every depth here is positive


class RaisingStr:
    def __str__(self) -> str:
        raise ValueError("no text")


class RaisingRepr:
    def __repr__(self) -> str:
        raise MemoryError


class NoText:
    def __str__(self) -> str:
        return 5  # type: ignore[return-value]  # noqa: PLE0307 - a lie


class Endless:
    def __repr__(self) -> str:
        return f"{self!r}"


class RaisingIter(list[Any]):
    def __iter__(self) -> Iterator[Any]:
        raise RuntimeError("not now")


class RaisingItems(dict[str, Any]):
    def items(self) -> Any:
        raise KeyError("items")


class RaisingKeys(Mapping[str, Any]):
    def __iter__(self) -> Iterator[str]:
        raise OSError("keys")

    def __len__(self) -> int:
        return 1

    def __getitem__(self, key: str) -> Any:
        raise KeyError(key)


class RaisingDump:
    def model_dump(self, **_: Any) -> Any:
        raise TypeError("dump")


class RaisingReference(Marker):
    @property
    def reference(self) -> dict[str, object]:
        raise OSError("gone")


class RaisingMeta(type):
    def __getattribute__(cls, name: str) -> Any:
        raise RuntimeError(name)


class RaisingClass(metaclass=RaisingMeta):
    pass


class RaisingException(Exception):  # noqa: N818 - a name like those of users
    def __str__(self) -> str:
        raise ValueError


class OldRaising:
    __fields__: tuple[str, ...] = ()

    def dict(self, **_: Any) -> Any:
        raise ValueError


BAD = {
    "RaisingStr": RaisingStr(),
    "RaisingRepr": RaisingRepr(),
    "NoText": NoText(),
    "Endless": Endless(),
    "RaisingItems": RaisingItems(),
    "RaisingKeys": RaisingKeys(),
    "RaisingDump": RaisingDump(),
    "RaisingReference": RaisingReference(),
    "RaisingClass": RaisingClass(),
    "RaisingException": RaisingException(),
    "OldRaising": OldRaising(),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_leaf_costs_itself_only(name: str) -> None:
    """The placeholder names the class and stands at the leaf; the neighbours are as they were."""
    bad = BAD[name]

    assert stored(bad) == f"<non-sanitizable: {name}>"
    assert stored({"a": [1, bad, {"b": "c"}], "d": 0.5}) == {
        "a": [1, f"<non-sanitizable: {name}>", {"b": "c"}],
        "d": 0.5,
    }
    assert encode(bad).markers == ()


def test_raising_iteration_costs_itself_only() -> None:
    """A list whose iteration fails is replaced as a whole."""
    assert stored([RaisingIter([1]), 2]) == ["<non-sanitizable: RaisingIter>", 2]


@pytest.mark.parametrize("kind", [RaisingStr, NoText, RaisingRepr])
def test_bad_key(kind: type) -> None:
    """A key that has no text gets a placeholder, its value stays."""
    assert stored({kind(): 1, "a": 2}) == {f"<non-sanitizable: {kind.__name__}>": 1, "a": 2}


def test_bad_entry_of_a_mapping() -> None:
    """An entry that cannot be had does not hide the others."""

    class Partly(RaisingKeys):
        def __iter__(self) -> Iterator[str]:
            return iter(["good", "bad"])

        def __getitem__(self, key: str) -> Any:
            return {"good": 1}[key]

    assert stored(Partly()) == {"good": 1, "bad": "<non-sanitizable: Partly>"}


def test_bad_field_of_a_dataclass() -> None:
    """A field that cannot be had does not hide the others."""

    @dataclasses.dataclass
    class Partly:
        good: int
        bad: object

    value = Partly(1, RaisingStr())

    assert stored(value) == {"good": 1, "bad": "<non-sanitizable: RaisingStr>"}


def test_bad_field_of_a_model() -> None:
    """A model whose dump fails is read field by field, without nulls."""

    class Partly(pydantic.BaseModel):
        model_config = pydantic.ConfigDict(extra="allow")
        good: int
        none: int | None = None

        @pydantic.field_serializer("good")
        def fail(self, _: int) -> int:
            raise ValueError("serializer")

    assert stored([Partly(good=1, extra=2)]) == [{"good": 1, "extra": 2}]


def test_model_that_contains_itself() -> None:
    """A cyclic model is cut where it begins again; its library may unfold it once before."""

    class Node(pydantic.BaseModel):
        name: str
        next: Any = None

    node = Node(name="a")
    node.next = node

    assert stored(node) in (
        {"name": "a", "next": CIRCULAR},
        {"name": "a", "next": {"name": "a", "next": CIRCULAR}},
    )


def test_attributes_that_answer_everything() -> None:
    """A mock, which has every attribute, is shown as text."""
    assert stored(MagicMock(name="m")).startswith("<MagicMock name='m' id=")


def test_lying_class() -> None:
    """A value whose `__class__` fails is still what its type says."""

    class Liar:
        @property
        def __class__(self) -> Any:
            raise RuntimeError("who knows")

        def __str__(self) -> str:
            return "liar"

    assert stored([Liar()]) == ["liar"]


def test_raising_getattr_is_not_asked() -> None:
    """Reading a value asks its class, so a failing `__getattr__` does not matter."""

    class Closed:
        def __getattr__(self, name: str) -> Any:
            raise RuntimeError(name)

        def __str__(self) -> str:
            return "closed"

    assert stored(Closed()) == "closed"


@pytest.mark.parametrize("kind", [KeyboardInterrupt, SystemExit, GeneratorExit])
def test_wish_to_stop_passes(kind: type[BaseException]) -> None:
    """What may be Ctrl-C, a signal's exit or a cancellation is not swallowed."""

    class Stopping:
        def __str__(self) -> str:
            raise kind

    with pytest.raises(kind):
        encode([Stopping()])


def test_circular_list_and_dict() -> None:
    """A container within itself is cut there; the same value twice side by side is not."""
    shared = {"x": 1}
    value: dict[str, Any] = {"twice": [shared, shared]}
    value["self"] = {"deeper": [value]}

    assert stored(value) == {"twice": [{"x": 1}, {"x": 1}], "self": {"deeper": [CIRCULAR]}}


def test_conversion_to_itself() -> None:
    """A value that answers with itself is circular."""

    class Self:
        def model_dump(self, **_: Any) -> Any:
            return self

    assert stored(Self()) == CIRCULAR


def test_conversion_without_end() -> None:
    """A value that always answers with another one of its kind is cut."""

    class Other:
        def model_dump(self, **_: Any) -> Any:
            return Other()

    assert stored([Other()]) == [TOO_DEEP]


@pytest.mark.parametrize("leaf", [None, "text", 0.5, frozenset()])
def test_deepest_nesting(leaf: object) -> None:
    """Containers may be nested 200 deep, with any leaf in the last one."""
    text = encode(nested(MAX_DEPTH, leaf)).data

    assert text.count(b"[") == MAX_DEPTH
    assert TOO_DEEP.encode() not in text


@pytest.mark.parametrize("depth", [MAX_DEPTH + 1, 255, 5_000])
@pytest.mark.parametrize("leaf", [None, frozenset()])
def test_nested_too_deeply(depth: int, leaf: object) -> None:
    """What is nested deeper is cut at the limit, in plain values as in others."""
    text = encode({"deep": nested(depth, leaf), "beside": [1]}).data

    assert text == (
        b'{"deep":'
        + b"[" * (MAX_DEPTH - 1)
        + b'"<max depth exceeded>"'
        + b"]" * (MAX_DEPTH - 1)
        + b',"beside":[1]}'
    )


def test_no_stack_left() -> None:
    """Logging at the very end of the stack raises nothing."""

    def descend() -> bytes:
        try:
            return descend()
        except RecursionError:
            return encode({"a": {1, 2}}).data

    assert json.loads(descend()) in (
        {"a": [1, 2]},
        "<non-sanitizable: value>",
        {"a": "<non-sanitizable: set>"},
    )


def test_small_graph_that_unfolds_without_end() -> None:
    """Ten shared values on each of thirty levels are cut at the size limit."""
    value: Any = "x"
    for _ in range(30):
        value = [value] * 10

    encoded = encode(value)

    assert len(encoded.data) < 20_000_000
    assert TOO_LARGE.encode() in encoded.data


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ([1, 2, 3, {4}], [1, 2, TOO_LARGE]),
        ({"a": 1, "b": 2, "c": {3}}, {"a": 1, "b": 2, TOO_LARGE: TOO_LARGE}),
        ([{1, 2, 3}], [[1, TOO_LARGE]]),
        ([{1}, {2}], [[TOO_LARGE], [TOO_LARGE]]),
        (({1},), [[1]]),
    ],
)
def test_large_values_keep_their_beginning(value: object, expected: object) -> None:
    """A container that is too large keeps what there is room for, and says that it was cut."""
    assert walk(value, [], max_depth=10, max_nodes=2) == expected


def test_endless_mapping() -> None:
    """A mapping that never ends is read up to the limit."""

    class Endless(Mapping[int, int]):
        def __iter__(self) -> Iterator[int]:
            number = 0
            while True:
                yield number
                number += 1

        def __len__(self) -> int:
            return 1

        def __getitem__(self, key: int) -> int:
            return key

    copied = walk(Endless(), [], max_depth=10, max_nodes=3)

    assert copied == {"0": 0, "1": 1, "2": 2, TOO_LARGE: TOO_LARGE}


def test_many_plain_parts_beside_odd_ones() -> None:
    """However plain and odd parts are mixed, each is written as it is alone."""
    value = [[{"plain": index}, {frozenset([index])}, [index] * 3] for index in range(100)]

    assert stored(value) == [
        [{"plain": index}, [f"frozenset({{{index}}})"], [index] * 3] for index in range(100)
    ]


def test_guessing_ends() -> None:
    """Values that look plain for long, and are not, are read all the same."""
    value = [[[0] * 20, {1: index}] for index in range(200)]

    assert stored(value) == [[[0] * 20, {"1": index}] for index in range(200)]


def test_change_by_another_thread_is_outlasted() -> None:
    """A container that changes while it is read is read again."""

    class Changing(dict[str, int]):
        changes = 2

        def items(self) -> Any:
            if Changing.changes:
                Changing.changes -= 1
                raise RuntimeError("dictionary changed size during iteration")
            return super().items()

    assert stored(Changing(a=1)) == {"a": 1}


def test_marker_without_reference() -> None:
    """A kind of marker that forgets its reference is our bug, and costs its leaf only."""

    class Unfinished(Marker):
        pass

    with pytest.raises(NotImplementedError):
        _ = Unfinished().reference
    assert stored([Unfinished()]) == ["<non-sanitizable: Unfinished>"]


def test_array_over_the_limit_is_abbreviated() -> None:
    """An array larger than a whole value may be is shown as its library abbreviates it."""

    class Huge:
        __module__ = "numpy"
        size = sys.maxsize

        def tolist(self) -> Any:
            raise MemoryError

        def __str__(self) -> str:
            return "[0 ... 9]"

    assert stored(Huge()) == "[0 ... 9]"


def test_dumps_splices() -> None:
    """Trusted values are written with the encoded text in them, in one pass."""
    row = {"id": "1", "input": encode({"at": frozenset()}), "tags": ["a", encode("b")]}

    assert dumps(row) == b'{"id":"1","input":{"at":"frozenset()"},"tags":["a","b"]}'


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"n": 2**70, "x": encode([1])}, b'{"n":1180591620717411303424,"x":[1]}'),
        (["\ud800"], '["\ufffd"]'.encode()),
        ({"slipped in": {1}}, b'{"slipped in":[1]}'),
    ],
)
def test_dumps_takes_what_reading_gave(value: object, text: bytes) -> None:
    """Decoded values can be written again, also those that orjson refuses."""
    assert dumps(value) == text


def test_dumps_is_as_deep_as_the_deepest_row() -> None:
    """A value of the greatest depth fits into a row."""
    value = nested(MAX_DEPTH, 2**70)

    assert json.loads(dumps({"output": {"inner": value}})) == {"output": {"inner": value}}
