"""Texts of traces cannot command a terminal."""

from __future__ import annotations

import json

import pytest

from braintrust_otel.cli.texts import clean, first_line, inert_json


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain", "plain"),
        ("", ""),
        ("Übergröße 名前 👩\u200d🚀", "Übergröße 名前 👩\u200d🚀"),
        ("red \x1b[31malert\x1b[0m", "red \\x1b[31malert\\x1b[0m"),
        ("C1 \x9b31m", "C1 \\x9b31m"),
        ("title \x1b]0;owned\x07", "title \\x1b]0;owned\\x07"),
        ("back\x08space", "back\\x08space"),
        ("two\nlines\r\nand\ttabs", "two lines and tabs"),
        ("  indented", "indented"),
        ("line\u2028separator", "line separator"),
        ("abc\u202edcba", "abc\\u202edcba"),
        ("half \ud800 pair", "half \\ud800 pair"),
        ("[red]markup[/red] :bomb:", "[red]markup[/red] :bomb:"),
    ],
)
def test_text_is_one_line_of_printable_characters(text: str, shown: str) -> None:
    """What a terminal would obey becomes visible; what people write stays."""
    assert clean(text) == shown


def test_long_text_is_cut() -> None:
    """A text of megabytes takes one line."""
    assert clean("x" * 3_000_000, 10) == "xxxxxxxxx…"


def test_escapes_count_as_what_is_shown() -> None:
    """Escaping cannot make a text longer than the limit."""
    assert clean("\x1b" * 10, 10) == "\\x1b\\x1b\\…"


@pytest.mark.parametrize(
    ("text", "line"), [("one\ntwo", "one"), ("\n\n  first\nsecond", "first"), ("", ""), ("\n", "")]
)
def test_first_line_is_the_first_that_says_something(text: str, line: str) -> None:
    """Blank lines at the beginning are skipped."""
    assert first_line(text) == line


@pytest.mark.parametrize("obeyed", ["\x7f", "\x9b", "\u202e", "\u2066", "\ufeff", "\U000e0041"])
def test_json_is_escaped_where_a_terminal_obeys(obeyed: str) -> None:
    """JSON text loses the characters that JSON itself allows, and keeps its meaning."""
    value = {"name": f"a{obeyed}ö"}

    text = inert_json(json.dumps(value, ensure_ascii=False))

    assert obeyed not in text
    assert "ö" in text
    assert json.loads(text) == value
