"""Ids of traces, spans and rows in the forms that rows carry."""

from __future__ import annotations

import re
from typing import NamedTuple

__all__ = [
    "SpanIdentity",
    "format_span_id",
    "format_trace_id",
    "is_span_id",
    "is_trace_id",
    "is_uuid",
    "row_id",
]

_TRACE_ID = re.compile(r"(?!0{32})[0-9a-f]{32}")
_SPAN_ID = re.compile(r"(?!0{16})[0-9a-f]{16}")
_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


class SpanIdentity(NamedTuple):
    """Who a span's row is.

    Attributes:
        row_id: The row's id in its container.
        span_id: The span, unique in its trace only.
        root_span_id: The trace.
        span_parents: The parent spans, the enclosing one first; empty for a root.
    """

    row_id: str
    span_id: str
    root_span_id: str
    span_parents: tuple[str, ...] = ()

    def fields(self) -> dict[str, object]:
        """Return the row fields that say so; ``span_parents`` of a root is null, not empty."""
        return {
            "span_id": self.span_id,
            "root_span_id": self.root_span_id,
            "span_parents": list(self.span_parents) or None,
        }


def format_trace_id(value: int) -> str:
    """Write a trace id as 32 lower-case hex digits."""
    return f"{value:032x}"


def format_span_id(value: int) -> str:
    """Write a span id as 16 lower-case hex digits."""
    return f"{value:016x}"


def row_id(trace_id: str, span_id: str) -> str:
    """Return the row id of a span for which nobody chose one: 48 hex digits.

    It follows from the span alone, so whoever delivers the span, and how often, writes one row.
    """
    return trace_id + span_id


def is_trace_id(text: str) -> bool:
    """Tell whether *text* is a trace id as W3C has it: 32 lower-case hex digits, not all zero."""
    return _TRACE_ID.fullmatch(text) is not None


def is_span_id(text: str) -> bool:
    """Tell whether *text* is a span id as W3C has it: 16 lower-case hex digits, not all zero."""
    return _SPAN_ID.fullmatch(text) is not None


def is_uuid(text: str) -> bool:
    """Tell whether *text* is a UUID in its dashed form, as older senders use for spans."""
    return _UUID.fullmatch(text) is not None
