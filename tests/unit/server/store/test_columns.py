"""What the store reads out of a row."""

from __future__ import annotations

import pytest

from braintrust_otel._json import dumps, loads
from braintrust_otel.server.store.columns import (
    MAX_WORDS_CHARS,
    Columns,
    columns_of,
    search_text,
)
from support.stores import NOW, TRACE, log_row, span_row


def test_span_row_in_brief() -> None:
    """A span's ids, name, type, times, tokens and error are read."""
    row = span_row(
        "a",
        span_parents=["b", "c"],
        span_attributes={"name": "call", "type": "llm"},
        metrics={"start": 1.5, "end": 2, "tokens": 7},
        error="boom",
    )

    assert columns_of(row, NOW) == Columns(
        root_span_id=TRACE,
        span_id="a",
        parents='["b","c"]',
        is_root=False,
        type="llm",
        start=1.5,
        end=2.0,
        created="2026-11-22T03:13:39+00:00",
        has_error=True,
        tokens=7.0,
        name="call",
    )


def test_row_that_is_no_span_has_empty_columns() -> None:
    """A row without span ids is legal; its time of creation is the time of the write."""
    columns = columns_of(log_row("a"), 0.0)

    assert columns == Columns(
        root_span_id=None,
        span_id=None,
        parents=None,
        is_root=False,
        type=None,
        start=None,
        end=None,
        created="1970-01-01T00:00:00.000000+00:00",
        has_error=False,
        tokens=None,
        name=None,
    )


@pytest.mark.parametrize(
    ("metrics", "tokens"),
    [
        ({"tokens": 3, "total_tokens": 9}, 3.0),
        ({"total_tokens": 9}, 9.0),
        ({"tokens": "3"}, None),
        ({"tokens": True}, None),
        ({"tokens": 10**400}, None),
        (None, None),
        ([1], None),
    ],
)
def test_tokens_are_numbers_under_either_name(metrics: object, tokens: float | None) -> None:
    """Tokens are read from `tokens`, else from `total_tokens`, and only if they are a number."""
    assert columns_of(log_row("a", metrics=metrics), NOW).tokens == tokens


@pytest.mark.parametrize(
    ("fields", "is_root"),
    [
        ({"span_parents": None}, True),
        ({"span_parents": []}, True),
        ({"span_parents": ["b"]}, False),
        ({"span_parents": None, "span_attributes": {"type": "log"}}, False),
        ({"root_span_id": None}, False),
    ],
)
def test_root_has_no_parents_and_is_no_log(fields: dict[str, object], is_root: bool) -> None:
    """A root is a span without parents; a log event only borrows the ids of its span."""
    assert columns_of(span_row("a", **fields), NOW).is_root is is_root


@pytest.mark.parametrize(
    ("fields", "began"),
    [
        ({"metrics": {"start": 5}}, 5.0),
        ({"created": "1970-01-01T00:00:07Z"}, 7.0),
        ({"created": "1970-01-01T00:00:07"}, 7.0),
        ({"created": "yesterday"}, None),
        ({}, NOW),
    ],
)
def test_beginning_is_the_start_or_the_creation(
    fields: dict[str, object], began: float | None
) -> None:
    """A row begins with its span, else when it was made."""
    assert columns_of(log_row("a", **fields), NOW).began == began


def test_words_are_texts_and_numbers_in_order() -> None:
    """The search index sees names, texts and numbers, no keys and no punctuation."""
    row = log_row(
        "a",
        span_attributes={"name": "call"},
        error="boom",
        input=[{"role": "user", "content": "hi"}, 7, 1.5, True, None],
        output="bye",
    )

    assert search_text(row) == ("call", "boom", "user\nhi\n7\n1.5", "bye")


def test_words_of_a_record_are_what_it_expects() -> None:
    """A dataset's record has no output: its expected value is searched."""
    assert search_text(log_row("a", expected="yes"))[3] == "yes"


@pytest.mark.parametrize("value", ["x " * MAX_WORDS_CHARS, ["y " * 15_000, "z " * 15_000, "never"]])
def test_words_are_bounded(value: object) -> None:
    """A huge value costs the search index no more than its bound."""
    words = search_text(log_row("a", input=value))[2]

    assert MAX_WORDS_CHARS <= len(words) <= MAX_WORDS_CHARS + 1
    assert "never" not in words


def test_deep_values_are_walked() -> None:
    """Nesting, however deep, does not break the walk."""
    value: object = "bottom"
    for _ in range(5_000):
        value = [value]

    assert search_text({"input": value})[2] == "bottom"


@pytest.mark.parametrize("number", [0, -3, 1 << 64, 10**30, -(10**400), 0.1, 1e300, 2.0])
def test_words_survive_storing(number: float) -> None:
    """The words of a row are those of the same row read back: only so can they be taken out."""
    row = {"input": [number, "x"]}

    assert search_text(loads(dumps(row))) == search_text(row)


@pytest.mark.parametrize("blob", ["A" * 300, "data:image/png;base64," + "iVBOR/+=" * 50, "9" * 400])
def test_blobs_are_no_words(blob: str) -> None:
    """Encoded files are not indexed: nobody searches for their text."""
    assert search_text({"input": ["see", blob]})[2] == "see"
