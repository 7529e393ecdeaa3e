"""What the store reads out of a row to list, order and search it. Pure; any JSON is legal here."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

from braintrust_otel._json import dumps

__all__ = ["Columns", "columns_of", "search_text"]

MAX_WORDS_CHARS = 50_000
"""Characters of one field that the search index sees; the row itself is kept whole."""

_INT_LIMIT = 1 << 63
_BLOB = re.compile(r"(?:data:[^,\s]{0,100},)?[A-Za-z0-9+/=_-]{300,}")

Words = tuple[str, str, str, str]


@dataclass(frozen=True, slots=True)
class Columns:
    """A row in brief.

    Attributes:
        root_span_id: Id of the trace, or None for a row that is no span.
        span_id: Id of the span, or None.
        parents: JSON array of the parents' span ids, or None for none.
        is_root: Whether the row is the root span of its trace.
        type: The span's type, if any.
        start: Seconds since the epoch, if known.
        end: Seconds since the epoch, if known.
        created: When the row was made, ISO 8601.
        has_error: Whether the row has an error.
        tokens: Tokens used, if known.
        name: The span's name, if any.
    """

    root_span_id: str | None
    span_id: str | None
    parents: str | None
    is_root: bool
    type: str | None
    start: float | None
    end: float | None
    created: str
    has_error: bool
    tokens: float | None
    name: str | None

    @property
    def began(self) -> float | None:
        """The start of the span, else the time the row was made; seconds since the epoch."""
        return self.start if self.start is not None else _timestamp(self.created)


def columns_of(row: Mapping[str, Any], now: float) -> Columns:
    """Return the columns of *row*, which is being stored at *now* (seconds since the epoch)."""
    attributes, metrics = _object(row.get("span_attributes")), _object(row.get("metrics"))
    parents = row.get("span_parents")
    root, kind = _text(row.get("root_span_id")), _text(attributes.get("type"))
    tokens = _number(metrics.get("tokens"))
    created = row.get("created")
    return Columns(
        root_span_id=root,
        span_id=_text(row.get("span_id")),
        parents=dumps(parents).decode() if parents else None,
        is_root=root is not None and not parents and kind != "log",
        type=kind,
        start=_number(metrics.get("start")),
        end=_number(metrics.get("end")),
        created=created if isinstance(created, str) else _iso(now),
        has_error=row.get("error") is not None,
        tokens=_number(metrics.get("total_tokens")) if tokens is None else tokens,
        name=_text(attributes.get("name")),
    )


def search_text(row: Mapping[str, Any]) -> Words:
    """Return the words of a row's name, error, input and output, for the search index.

    They are the same before the row is stored and after it is read back, which taking them out of
    the index relies on. Integers over 64 bits may change their form on the way, so neither they
    nor the text that huge ones become (nor anything else that long without a break, such as base64)
    are words.
    """
    name = _object(row.get("span_attributes")).get("name")
    return (
        name if isinstance(name, str) else "",
        _words(row.get("error")),
        _words(row.get("input")),
        _words(row.get("output", row.get("expected"))),
    )


def _words(value: object) -> str:
    words: list[str] = []
    room = MAX_WORDS_CHARS
    for leaf in _leaves(value):
        words.append(leaf[:room])
        room -= len(leaf) + 1
        if room <= 0:
            break
    return "\n".join(words)


def _leaves(value: object) -> Iterator[str]:
    """Yield the texts and numbers of a JSON value in order; a stack, since JSON may be deep."""
    stack = [value]
    while stack:
        item = stack.pop()
        if isinstance(item, str):
            if not _BLOB.fullmatch(item):
                yield item
        elif isinstance(item, dict):
            stack.extend(reversed(item.values()))
        elif isinstance(item, list):
            stack.extend(reversed(item))
        elif isinstance(item, float) or (type(item) is int and abs(item) < _INT_LIMIT):
            yield str(item)


def _object(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        number = float(value)
    except OverflowError:  # JSON has no limit on integers
        return None
    return number if math.isfinite(number) else None


def _iso(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, timezone.utc).isoformat(timespec="microseconds")


def _timestamp(text: str) -> float | None:
    try:
        moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
        return (moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)).timestamp()
    except ValueError:
        return None
