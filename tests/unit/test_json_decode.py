"""JSON text is read strictly where it is ours or a peer's, forgivingly where it is foreign."""

from __future__ import annotations

import json
from typing import Any

import pytest

from braintrust_otel._json import decode, encode, encode_text, loads


@pytest.mark.parametrize(
    "value",
    [
        None,
        "text",
        {"a": [1, 0.5, None, {"b": "\x00é\U0001f600"}]},
        [2**64 - 1, 2**64, -(2**63) - 1, 2**1023],
        {"digits": "12345678901234567890", "n": 10**30},
        1234567890123456789,
        [-(2**63) - 1],
    ],
)
def test_decode_gives_back(value: object) -> None:
    """What was encoded comes back, with every digit."""
    assert decode(encode(value)) == value


@pytest.mark.parametrize("text", ['{"a": 1}', b' {"a": 1}\n', '{"a": 0, "a": 1}'])
def test_loads(text: str | bytes) -> None:
    """Text and bytes are read, and of equal keys the last one wins."""
    assert loads(text) == {"a": 1}


@pytest.mark.parametrize(
    "text",
    ["", "x", "NaN", "[1,]", "1e999", '"\\ud800"', b'"\xff"', "\ufeff1", "[" * 2000, "{'a': 1}"],
)
def test_loads_is_strict(text: str | bytes) -> None:
    """What is no JSON by the letter is refused."""
    with pytest.raises(ValueError):  # noqa: PT011 - the parser's own message
        loads(text)


def test_loads_reads_long_numbers_in_deep_text() -> None:
    """Text too deep for the exact reader is read by the other one, which rounds."""
    text = "[" * 1010 + str(2**64) + "]" * 1010
    value: Any = loads(text)

    while isinstance(value, list):
        (value,) = value

    assert value == 2**64


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"a": [1, "x"]}', {"a": [1, "x"]}),
        (b"null", None),
        ('"text"', "text"),
        ("NaN", None),
        (
            '{"a": NaN, "b": [Infinity, -Infinity], "c": "NaN"}',
            {"a": None, "b": [None] * 2, "c": "NaN"},
        ),
        ("[1e999, -1e999, 1.5, NaN]", [None, None, 1.5, None]),
        (f"[{10**400}]", [str(10**400)]),
        (f"[{'7' * 5000}]", ["7" * 5000]),
        (str(2**70), 2**70),
        ('"a\x00b\tc"', "a\x00b\tc"),
        ('"a\\u0000"', "a\x00"),
        ('\x00{"a": 1}\x00\x00', {"a": 1}),
        ("\ufeff[1]", [1]),
        ("\ufeff[1]".encode(), [1]),
        ('"\\ud800x\\ud83d\\ude00"', "\ufffdx\U0001f600"),
        (b'"\xff"', "\ufffd"),
        ('{"a": 1, "a": 2}', {"a": 2}),
        ('{"a": 1, "a": NaN}', {"a": None}),
    ],
)
def test_foreign_text_is_forgiven(text: str | bytes, expected: object) -> None:
    """What common programs write in place of JSON is read as they mean it."""
    encoded = encode_text(text)

    assert encoded is not None
    assert json.loads(encoded.data) == expected


@pytest.mark.parametrize(
    "text", ["", " ", "hello", "{'a': 1}", "[1", "[1] [2]", "<redacted>", b"\xff", "[" * 100_000]
)
def test_text_that_is_no_json(text: str | bytes) -> None:
    """Anything else is not taken for JSON."""
    assert encode_text(text) is None


def test_foreign_text_is_cut_like_values() -> None:
    """Text that nests deeper than the limit is cut where a value would be."""
    encoded = encode_text("[" * 300 + "]" * 300)

    assert encoded is not None
    assert encoded.data.count(b"[") == 200
