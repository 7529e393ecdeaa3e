"""Text from traces made safe to print: one line, nothing that a terminal would obey."""

from __future__ import annotations

import json
import re

__all__ = ["clean", "first_line", "inert_json"]

MAX_CHARS = 200
"""Longer texts are cut: they are names, models and first lines of errors."""

# Inside words of some scripts and inside emoji; they move nothing and hide nothing.
_JOINERS = "\u200c\u200d"
# JSON text holds these as they are; some terminals obey C1 controls, and others reorder text.
_OBEYED = re.compile(
    "[\x7f-\x9f\xad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\U000e0000-\U000e007f]"
)


def clean(value: object, limit: int = MAX_CHARS) -> str:
    """Return *value* as one line of at most *limit* printable characters.

    White space of any kind becomes single blanks, so that a text cannot pretend to be several
    lines or columns. Control characters, escape sequences and marks that change the direction
    of writing are shown as escapes.
    """
    # Cut before looking at each character: a text may have megabytes.
    text = " ".join(str(value)[: 2 * limit].split())
    if not text.isprintable():
        text = "".join(map(_shown, text))
    return text if len(text) <= limit else f"{text[: limit - 1]}…"


def first_line(text: str, limit: int = MAX_CHARS) -> str:
    """Return the first line of *text* that is not blank, cleaned."""
    return clean(text.lstrip().partition("\n")[0], limit)


def inert_json(text: str) -> str:
    """Return the JSON *text* with escapes for what a terminal would obey; it means the same."""
    return _OBEYED.sub(lambda found: _escape(found[0]), text)


def _shown(character: str) -> str:
    if character.isprintable() or character in _JOINERS:
        return character
    return character.encode("unicode_escape").decode()


def _escape(character: str) -> str:
    return json.dumps(character)[1:-1] if character > "\x7f" else "\\u007f"
