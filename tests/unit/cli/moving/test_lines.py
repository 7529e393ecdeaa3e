"""Lines are read whatever is in them, and long ones are not held in memory."""

from __future__ import annotations

import io

import pytest

from braintrust_otel.cli.moving.lines import Line, read_lines


def lines(data: bytes, limit: int = 10) -> list[Line]:
    return list(read_lines(io.BytesIO(data), "f", limit))


def test_lines_are_numbered() -> None:
    """Each line comes with its number and where it ends, without its line end."""
    assert lines(b"a\nb\r\n") == [Line("f", 1, b"a", 2), Line("f", 2, b"b", 5)]


def test_blank_lines_count_but_are_not_read() -> None:
    """A blank line has a number, and nothing to import."""
    assert [line.number for line in lines(b"\na\n  \nb\n")] == [2, 4]


def test_cut_line_is_known() -> None:
    """A file that does not end with a line end may have been cut off."""
    assert [line.is_last for line in lines(b"a\nb")] == [False, True]


@pytest.mark.parametrize(
    ("data", "is_too_long"),
    [
        (b"123456789\n", False),
        (b"1234567890\n", False),
        (b"1234567890\r\n", False),
        (b"1234567890", False),
        (b"12345678901\n", True),
        (b"1234567890" * 5 + b"\n", True),
    ],
)
def test_long_line_is_known(data: bytes, *, is_too_long: bool) -> None:
    """Of a line that is too long the beginning is kept; the next one is read as usual."""
    first, second = lines(data + b"\nx\n" if not data.endswith(b"\n") else data + b"x\n")

    assert first.is_too_long is is_too_long
    assert len(first.data) <= 10
    assert (second.data, second.is_too_long) == (b"x", False)
