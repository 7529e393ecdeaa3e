"""Any value becomes JSON text: each kind of value in its documented form."""

from __future__ import annotations

import dataclasses
import datetime as dt
import enum
import json
import uuid
import warnings
from array import array
from collections import Counter, OrderedDict, UserDict, defaultdict, namedtuple
from decimal import Decimal
from fractions import Fraction
from pathlib import PurePosixPath
from types import MappingProxyType, SimpleNamespace
from typing import Any, ClassVar

import numpy as np
import pydantic
import pydantic.v1
import pytest
import wrapt

from braintrust_otel._json import Encoded, Marker, encode


def stored(value: object) -> Any:
    return json.loads(encode(value).data)


class Color(enum.Enum):
    RED = "red"


class Shade(str, enum.Enum):
    DARK = "dark"


class Level(enum.IntEnum):
    HIGH = 3


class Text(str):
    __slots__ = ()

    def __str__(self) -> str:
        return "not this"


class Number(float):
    def __repr__(self) -> str:
        return "not this"


class Opaque:
    def __str__(self) -> str:
        return "opaque"


class NamedPlaceholder:
    __braintrust_placeholder__ = "<span>"


class AttrDict(dict[str, Any]):
    """A dict whose attributes are its entries: asking the value for `items` finds an entry."""

    def __init__(self, **entries: Any) -> None:
        super().__init__(**entries)
        self.__dict__ = self


class File(Marker):
    def __init__(self, name: str, note: object = None) -> None:
        self.name = name
        self.note = note

    @property
    def reference(self) -> dict[str, object]:
        return {"type": "file", "name": self.name, "note": self.note}


@dataclasses.dataclass
class Point:
    x: int
    _y: object
    kind: ClassVar[str] = "not a field"
    late: int = dataclasses.field(init=False)


@dataclasses.dataclass(slots=True)
class Slotted:
    x: int


class Model(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(arbitrary_types_allowed=True, extra="allow")

    name: str
    missing: int | None = None
    inner: Model | None = None
    file: File | None = None
    at: dt.date | None = None


class Names(pydantic.RootModel[list[str]]):
    pass


class OldModel(pydantic.v1.BaseModel):
    name: str
    missing: int | None = None


Pair = namedtuple("Pair", "a b")  # noqa: PYI024 - the old kind is what is tested

DATE = dt.date(2026, 1, 2)
TIME = dt.datetime(2026, 1, 2, 3, 4, 5, tzinfo=dt.timezone.utc)
ID = uuid.UUID(int=7)


@pytest.mark.parametrize(
    "value",
    [
        None,
        True,
        0,
        -(2**63),
        2**64 - 1,
        1.5,
        -0.0,
        1e300,
        "",
        "text",
        "Grüße \U0001f600 \u2028 \x00",
        [],
        {},
        [[], {}, [1, [2.5, [None, {"a": {"b": False}}]]]],
        {"": 1, "null": None, "nested": {"list": ["x"] * 20, "numbers": [0.5] * 20}},
        {"mixed": [1, "a", None, 0.5, True] * 10, "text": "[" * 300},
    ],
)
def test_json_values_are_themselves(value: object) -> None:
    """What JSON can hold is written as it is."""
    assert stored(value) == value


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (float("nan"), "NaN"),
        (float("inf"), "Infinity"),
        (float("-inf"), "-Infinity"),
        (np.float64("nan"), "NaN"),
        (b"x\xff", "b'x\\xff'"),
        (bytearray(b"x"), "bytearray(b'x')"),
        (frozenset([1]), "frozenset({1})"),
        (Color.RED, "Color.RED"),
        (Shade.DARK, "dark"),
        (Text("this"), "this"),
        (1 + 2j, "(1+2j)"),
        (TIME, "2026-01-02 03:04:05+00:00"),
        (DATE, "2026-01-02"),
        (dt.timedelta(seconds=90), "0:01:30"),
        (ID, "00000000-0000-0000-0000-000000000007"),
        (Decimal("1.10"), "1.10"),
        (Fraction(1, 3), "1/3"),
        (PurePosixPath("a/b"), "a/b"),
        (range(3), "range(0, 3)"),
        (array("i", [1]), "array('i', [1])"),
        (ValueError("went wrong"), "went wrong"),
        (KeyError("name"), "'name'"),
        (TimeoutError(), "TimeoutError"),
        (int, "<class 'int'>"),
        (len, "<built-in function len>"),
        (Opaque(), "opaque"),
        (SimpleNamespace(a=1), "namespace(a=1)"),
        (NamedPlaceholder(), "<span>"),
        (wrapt.ObjectProxy("wrapped"), "wrapped"),
        (np.longdouble("1.5"), "1.5"),
        (np.datetime64("2026-01-02"), "2026-01-02"),
        (pydantic.SecretStr("secret"), "**********"),
        ("a\ud800b", "a\ufffdb"),
        ("\udfff", "\ufffd"),
        (Text("Grüße \U0001f600"), "Grüße \U0001f600"),
        ("\ufeffé\ud83d\ude00", "\ufeffé\U0001f600"),
    ],
)
def test_other_leaves_become_text(value: object, text: str) -> None:
    """What JSON cannot hold becomes the text that its reader expects, alone and inside."""
    assert stored(value) == text
    assert stored([1, value]) == [1, text]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (Level.HIGH, 3),
        (Number(0.5), 0.5),
        ((1, (2,)), [1, [2]]),
        ({1}, [1]),
        (Pair(1, DATE), [1, "2026-01-02"]),
        (OrderedDict(b=1, a=DATE), {"b": 1, "a": "2026-01-02"}),
        (defaultdict(list, a=[1]), {"a": [1]}),
        (Counter("aab"), {"a": 2, "b": 1}),
        (UserDict(a=1), {"a": 1}),
        (MappingProxyType({"a": DATE}), {"a": "2026-01-02"}),
        (AttrDict(items=1, a=DATE), {"items": 1, "a": "2026-01-02"}),
        (Slotted(1), {"x": 1}),
        (np.int64(5), 5),
        (np.float32(0.5), 0.5),
        (np.bool_(1), True),
        (np.str_("text"), "text"),
        (np.array([[1, 2], [3, 4]]), [[1, 2], [3, 4]]),
        (np.array([0.5, np.nan]), [0.5, "NaN"]),
        (np.array(7), 7),
        (np.array(["a", DATE], dtype=object), ["a", "2026-01-02"]),
        (np.ma.masked_array([1, 2], [False, True]), [1, None]),
    ],
)
def test_containers_and_numbers_keep_their_shape(value: object, expected: object) -> None:
    """Arrays, objects and numbers of other libraries become those of JSON."""
    assert stored(value) == expected


def test_long_list_of_numbers() -> None:
    """One number that JSON cannot hold is found among many."""
    numbers = [0.5] * 50

    assert stored([*numbers, float("nan"), *numbers]) == [*numbers, "NaN", *numbers]


@pytest.mark.parametrize(
    ("key", "text"),
    [
        (1, "1"),
        (None, "None"),
        (True, "True"),
        (1.5, "1.5"),
        ((1, 2), "(1, 2)"),
        (b"k", "b'k'"),
        (Shade.DARK, "dark"),
        (Color.RED, "Color.RED"),
        (DATE, "2026-01-02"),
        ("a\ud800", "a\ufffd"),
    ],
)
def test_keys_become_text(key: object, text: str) -> None:
    """A key that is no text becomes its string form."""
    assert stored({key: 1, "other": 2}) == {text: 1, "other": 2}


@pytest.mark.parametrize("number", [2**64, -(2**63) - 1, 2**1023, 10**308, -(10**308)])
def test_huge_integers_keep_every_digit(number: int) -> None:
    """Integers over 64 bits are JSON numbers while they are in the range of a float."""
    assert stored({"n": [number]}) == {"n": [number]}


@pytest.mark.parametrize("number", [10**309, -(10**309), 2**1024 - 1])
def test_integers_beyond_floats_are_text(number: int) -> None:
    """Integers that readers would take for infinite are written as text."""
    assert stored(number) == str(number)


def test_integer_with_too_many_digits_is_hexadecimal() -> None:
    """Python refuses to compute thousands of decimal digits, so hexadecimal ones are written."""
    assert stored(16**5000) == "0x1" + "0" * 5000


def test_dataclass_field_by_field() -> None:
    """Every field that is set is kept, private ones too; one that is not has a placeholder."""
    assert stored(Point(1, {"at": DATE})) == {
        "x": 1,
        "_y": {"at": "2026-01-02"},
        "late": "<non-sanitizable: Point>",
    }


def test_pydantic_model_without_nulls() -> None:
    """A model is its dump without the fields that are None, extra ones included."""
    model = Model(name="a", inner=Model(name="b", at=DATE), more=[None, 1])

    assert stored(model) == {
        "name": "a",
        "inner": {"name": "b", "at": "2026-01-02"},
        "more": [None, 1],
    }


def test_pydantic_does_not_warn() -> None:
    """A model whose fields hold other types than declared is logged without a warning."""
    model = Model.model_construct(name=5)

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        text = encode(model).data

    assert text == b'{"name":5}'
    assert caught == []


def test_pydantic_root_model() -> None:
    """A model of a list is that list."""
    assert stored(Names(["a", "b"])) == ["a", "b"]


def test_pydantic_1_model_without_nulls() -> None:
    """A model of pydantic 1 is its dict without the fields that are None."""
    assert stored(OldModel(name="a")) == {"name": "a"}


@pytest.mark.parametrize(
    ("model", "schema"),
    [(Names, Names.model_json_schema()), (OldModel, OldModel.schema())],
)
def test_pydantic_class_is_its_schema(model: type, schema: dict[str, object]) -> None:
    """A model's class, as given for structured output, becomes its JSON schema."""
    assert stored({"response_format": model}) == {"response_format": schema}


def test_pydantic_class_without_schema_is_its_name() -> None:
    """A class that has no schema is still shown."""
    assert stored(Model) == str(Model)


def test_encoded_is_spliced() -> None:
    """What was encoded before is put in as it is, its markers with it."""
    file = File("a")
    inner = encode({"file": file, "at": DATE})

    outer = encode([inner, inner])

    assert json.loads(outer.data) == [json.loads(inner.data)] * 2
    assert outer.markers == (file, file)


@pytest.mark.parametrize(
    "wrap",
    [
        lambda file: file,
        lambda file: [file],
        lambda file: {"content": [{"image": file}]},
        lambda file: Point(1, file),
        lambda file: Model(name="a", file=file),
        lambda file: UserDict(a=file),
        lambda file: np.array([file, 1], dtype=object),
    ],
)
def test_markers_survive(wrap: Any) -> None:
    """Wherever an attachment is, the text has its reference and the marker stays in reach."""
    file = File("a.png", note=DATE)

    encoded = encode(wrap(file))

    assert b'{"type":"file","name":"a.png","note":"2026-01-02"}' in encoded.data
    assert encoded.markers == (file,)
    assert encoded.markers[0] is file


def test_markers_are_collected_in_order() -> None:
    """Each occurrence counts, so that text and markers can be read side by side."""
    first, second = File("1"), File("2")

    assert encode({"a": [first, second], "b": first}).markers == (first, second, first)


def test_later_changes_do_not_show() -> None:
    """The text is a snapshot of the value as it was logged."""
    value = {"messages": [{"role": "user"}]}
    encoded = encode(value)

    value["messages"][0]["role"] = "changed"

    assert encoded.data == b'{"messages":[{"role":"user"}]}'


def test_value_is_left_alone() -> None:
    """Encoding does not change what it encodes."""
    value = {1: [float("nan"), {2}, "a\ud800"], "at": DATE}

    encode(value)

    assert str(value) == str({1: [float("nan"), {2}, "a\ud800"], "at": DATE})


def test_iterators_are_not_consumed() -> None:
    """A generator is the program's to read; it is shown as what it is."""
    generator = (number for number in [1, 2])

    assert stored(generator).startswith("<generator object ")
    assert list(generator) == [1, 2]


def test_encoded_values_compare_and_hide() -> None:
    """Encoded text is equal by content, usable in sets, and never shown by accident."""
    encoded = encode({"prompt": "secret"})

    assert encoded == encode({"prompt": "secret"})
    assert encoded != encode({"prompt": "other"})
    assert encoded != b'{"prompt":"secret"}'
    assert {encoded} == {Encoded(b'{"prompt":"secret"}')}
    assert repr(encoded) == "<Encoded 19 bytes, 0 markers>"
