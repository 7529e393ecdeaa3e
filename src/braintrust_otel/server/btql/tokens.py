"""Cuts the text of a query into tokens."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from braintrust_otel.server.btql.query import BtqlError

__all__ = ["Kind", "Token", "tokens_of"]

Kind = Literal["word", "text", "number", "sign", "end"]

_TOKEN: Final = re.compile(
    r"""\s*(?:
        (?P<word>[A-Za-z_]\w*)
      | (?P<number>\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)
      | '(?P<single>(?:[^'\\]|\\.|'')*)'
      | "(?P<double>(?:[^"\\]|\\.)*)"
      | `(?P<back>[^`]*)`
      | (?P<sign><=|>=|!=|<>|[=<>+\-*/(),.\[\]:|])
      | (?P<end>\Z)
    )""",
    re.VERBOSE | re.DOTALL,
)
_ESCAPE: Final = re.compile(r"\\(.)|''", re.DOTALL)
_KINDS: Final[Mapping[str, tuple[Kind, str]]] = {
    "word": ("word", ""),
    "number": ("number", ""),
    "single": ("text", "'"),
    "double": ("text", '"'),
    "back": ("word", "`"),
    "sign": ("sign", ""),
}
_LETTERS: Final = {"n": "\n", "t": "\t", "r": "\r"}
_SHOWN: Final = 30


@dataclass(frozen=True, slots=True)
class Token:
    """A token.

    Attributes:
        kind: What it is.
        value: A word or sign as it stands, a text without its quotes, a number's digits.
        quote: The quote of a text, or nothing.
    """

    kind: Kind
    value: str
    quote: str = ""


def tokens_of(text: str) -> list[Token]:
    """Return the tokens of *text*, an ``end`` last.

    Raises:
        BtqlError: Something in it is no token.
    """
    found: list[Token] = []
    at = 0
    while not found or found[-1].kind != "end":
        match = _TOKEN.match(text, at)
        if match is None:
            raise BtqlError(f"The query cannot be read from {text[at : at + _SHOWN].strip()!r} on.")
        found.append(_token(match))
        at = match.end()
    return found


def _token(match: re.Match[str]) -> Token:
    group = match.lastgroup or "end"
    if group == "end":
        return Token("end", "the end")
    kind, quote = _KINDS[group]
    value = match.group(group)
    return Token(kind, _ESCAPE.sub(_unescaped, value) if kind == "text" else value, quote)


def _unescaped(match: re.Match[str]) -> str:
    letter = match.group(1)
    return "'" if letter is None else _LETTERS.get(letter, letter)
