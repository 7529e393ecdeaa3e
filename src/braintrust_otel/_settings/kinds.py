"""How the text of a variable becomes a value."""

from __future__ import annotations

import math
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

__all__ = [
    "AMOUNT",
    "CONTENT",
    "DIRECTORY",
    "FLAG",
    "KEY",
    "PATH",
    "SECONDS",
    "SHARE",
    "TEXT",
    "TIMEOUT",
    "URL",
    "Kind",
    "choice",
    "whole",
]

_YES = frozenset({"true", "1", "yes", "y", "on"})
_NO = frozenset({"false", "0", "no", "n", "off"})


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of value.

    Attributes:
        meaning: What is accepted, as it follows "is not".
        parse: Turns the text into the value; raises ``ValueError`` when it cannot.
        keeps_wrong: Whether a wrong text is used as it is, instead of the default.
    """

    meaning: str
    parse: Callable[[str], object]
    keeps_wrong: bool = False


def _flag(text: str) -> bool:
    word = text.strip().lower()
    if word not in _YES | _NO:
        raise ValueError(text)
    return word in _YES


def _content(text: str) -> str:
    word = text.strip().lower()
    if word == "only":
        return word
    return "true" if _flag(text) else "false"


def _seconds(text: str) -> float:
    seconds = float(text)
    if not math.isfinite(seconds) or seconds < 0:
        raise ValueError(text)
    return seconds


def _share(text: str) -> float:
    share = _seconds(text)
    if share > 1:
        raise ValueError(text)
    return share


def _timeout(text: str) -> float:
    seconds = _seconds(text)
    if not seconds:
        raise ValueError(text)
    return seconds


def _url(text: str) -> str:
    url = text.strip().rstrip("/")
    scheme, separator, rest = url.partition("://")
    if scheme.lower() not in ("http", "https") or not separator or not rest:
        raise ValueError(text)
    return url


def _directory(text: str) -> str:
    # The variable's own surrounding blanks can only be a slip.
    return os.path.expanduser(text.strip())  # noqa: PTH111 - never raises, unlike Path.expanduser


def whole(minimum: int) -> Kind:
    """Return the kind of whole numbers from *minimum*."""

    def parse(text: str) -> int:
        number = int(text)
        if number < minimum:
            raise ValueError(text)
        return number

    return Kind(f"a whole number from {minimum}", parse)


def choice(*words: str) -> Kind:
    """Return the kind that takes one of *words*, in any case."""

    def parse(text: str) -> str:
        word = text.strip().lower()
        if word not in words:
            raise ValueError(text)
        return word

    return Kind(f"one of {', '.join(words)}", parse)


KEY = Kind("a key", lambda text: text.rstrip("\r\n"))
"""Trailing newlines come with keys that were read from files; nothing else is trimmed."""

URL = Kind("a URL that starts with http:// or https://", _url, keeps_wrong=True)
"""A wrong URL stays: the default is another server, which is not to get the user's data."""

TEXT = Kind("text", str.strip)
DIRECTORY = Kind("a directory", _directory)
PATH = Kind("a directory", lambda text: Path(_directory(text)))
FLAG = Kind("true or false", _flag)
CONTENT = Kind("true, false or only", _content)
SHARE = Kind("a number from 0 to 1", _share)
AMOUNT = Kind("a number from 0", _seconds)
SECONDS = Kind("a number of seconds from 0", _seconds)
TIMEOUT = Kind("a number of seconds over 0", _timeout)
