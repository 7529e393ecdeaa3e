"""Laws of the encoder: plain values come back, nothing raises, bad leaves stay alone."""

from __future__ import annotations

import collections
import dataclasses
import datetime as dt
import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from braintrust_otel._json import Encoded, Marker, decode, dumps, encode, encode_text, loads

NUMBERS = (
    st.integers()
    | st.integers(-(2**1023), 2**1023)
    | st.floats(allow_nan=False).filter(lambda number: abs(number) != float("inf"))
)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
JSON = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXTS,
    lambda inner: st.lists(inner) | st.dictionaries(TEXTS, inner),
    max_leaves=20,
)


class Bad:
    """Fails in a way that is drawn."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    def __str__(self) -> str:
        raise self.error

    __repr__ = __iter__ = __str__  # type: ignore[assignment]  # each of them raises


class BadDump(Bad):
    def model_dump(self, **_: Any) -> Any:
        raise self.error


class BadList(list[Any]):
    def __iter__(self) -> Any:
        raise ValueError


class File(Marker):
    @property
    def reference(self) -> dict[str, object]:
        return {"type": "file"}


@dataclasses.dataclass
class Holder:
    held: object


ERRORS = st.sampled_from([ValueError(), RecursionError(), MemoryError(), StopIteration()])
BAD = st.builds(Bad, ERRORS) | st.builds(BadDump, ERRORS)
ODD = (
    BAD
    | st.floats()
    | st.text()
    | st.binary()
    | st.datetimes()
    | st.timedeltas(dt.timedelta(0))
    | st.uuids()
    | st.decimals()
    | st.complex_numbers()
    | st.builds(File)
    | st.just(BadList([1]))
    | st.sampled_from([object, int, Bad, len, NotImplemented, ...])
)
ODD_KEYS = BAD | st.binary() | st.text() | st.floats() | st.integers() | st.none() | st.dates()
HOSTILE = st.recursive(
    JSON | ODD,
    lambda inner: (
        st.lists(inner)
        | st.lists(inner).map(tuple)
        | st.lists(inner).map(collections.deque)
        | st.dictionaries(ODD_KEYS, inner)
        | st.dictionaries(TEXTS, inner).map(collections.UserDict)
        | st.builds(Holder, inner)
        | st.builds(ValueError, inner)
        | inner.map(encode)
    ),
    max_leaves=20,
)


@given(JSON)
def test_plain_values_come_back(value: object) -> None:
    """Any JSON value is read back as it was, by Python's reader and by ours."""
    encoded = encode(value)

    assert json.loads(encoded.data) == value
    assert decode(encoded) == value
    assert loads(encoded.data.decode()) == value


@given(HOSTILE)
def test_anything_is_encoded(value: object) -> None:
    """No value raises, and what comes out is strict JSON in UTF-8."""
    encoded = encode(value)

    loads(encoded.data)


@given(JSON, BAD, JSON)
def test_neighbours_of_a_bad_leaf_are_untouched(before: object, bad: Bad, after: object) -> None:
    """A value that cannot be read is replaced at its place and nowhere else."""
    value = {"before": before, "list": [before, bad, after], "bad": bad, "after": after}

    placeholder = f"<non-sanitizable: {type(bad).__name__}>"
    assert decode(encode(value)) == {
        "before": before,
        "list": [before, placeholder, after],
        "bad": placeholder,
        "after": after,
    }


@given(JSON)
def test_both_ways_agree(value: object) -> None:
    """A value is written alike alone and beside one that orjson cannot write."""
    alone = encode(value).data

    beside = encode([value, frozenset()]).data

    assert json.loads(beside) == [json.loads(alone), "frozenset()"]


@given(st.lists(HOSTILE))
def test_splicing_is_encoding(values: list[object]) -> None:
    """Text spliced from parts is the text of the whole, and so are its markers."""
    parts = [encode(value) for value in values]

    together = Encoded(dumps(parts), tuple(m for part in parts for m in part.markers))

    assert encode(parts) == together


@given(JSON)
def test_foreign_text_of_a_value_is_the_value(value: object) -> None:
    """What Python's own writer makes of a value is read as that value."""
    encoded = encode_text(json.dumps(value, ensure_ascii=False))

    assert encoded is not None
    assert decode(encoded) == value


@given(st.text() | st.binary())
def test_foreign_text_never_raises(text: str | bytes) -> None:
    """Any text is JSON or it is not; what was taken for JSON stays as it is."""
    encoded = encode_text(text)

    assert encoded is None or encode_text(encoded.data) == encoded
