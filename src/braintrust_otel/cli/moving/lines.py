"""Reads a file line by line, whatever is in it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

__all__ = ["MAX_LINE_BYTES", "Line", "read_lines"]

MAX_LINE_BYTES = 64 * 1024 * 1024
"""Longer lines are left out: no row is that long, and memory is bounded."""


class Line(NamedTuple):
    """One line of a file.

    Attributes:
        file: The file's name, without its directory.
        number: The line's number, from 1.
        data: What stands in it, without its end; the beginning of it if it is too long.
        end: Bytes from the beginning of the file to the line's end.
        is_too_long: Whether there is more of it than is read.
        is_last: Whether the file ends with it, without a line end.
    """

    file: str
    number: int
    data: bytes
    end: int
    is_too_long: bool = False
    is_last: bool = False


def read_lines(stream: BinaryIO, file: str, limit: int = MAX_LINE_BYTES) -> Iterator[Line]:
    """Yield the lines of *stream* that are not blank, at most *limit* bytes of each in memory."""
    number = end = 0
    while data := stream.readline(limit):
        number += 1
        end += len(data)
        is_too_long = False
        rest = data
        while len(rest) == limit and not rest.endswith(b"\n"):
            rest = stream.readline(limit)
            end += len(rest)
            is_too_long = is_too_long or rest not in {b"", b"\n", b"\r\n"}
        if data.strip():
            is_last = not rest.endswith(b"\n")
            yield Line(file, number, data.rstrip(b"\r\n"), end, is_too_long, is_last)
